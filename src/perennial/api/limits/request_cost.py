"""What it takes to check a request, in points: the reading of its texts, and the validation of its document.

An operation costs this at least, and a request that is refused costs no more.
"""

import json
from collections.abc import Mapping
from typing import Any

from graphql import DocumentNode

from perennial.api.limits.measures import same_name_pairs

LEAST = 3  # of any request
NOT_VALID = 2  # more of a document that is not: nobody keeps it, and its errors are told
CHARACTERS = 75  # of a document, for a point
VARIABLES_CHARACTERS = 1_000  # of the variables, as JSON, and of what cannot be read
TOO_DEEP = 10_000  # characters that variables count of which nobody can say how many they have
PAIRS = 250  # of fields with one name, which validation has to compare


def text_cost(length: int) -> int:
    """The points of a request of that length that is refused before its document is read."""
    return LEAST + length // VARIABLES_CHARACTERS


def request_cost(
    query: str, document: DocumentNode | None, variables: Mapping[str, Any] | None, comparisons_max: int
) -> int:
    """The points of a request whose document was read, or has no syntax and is None.

    They are the same whether the document was known or not. Validation gives up after `comparisons_max`.
    """
    pairs = min(same_name_pairs(document), comparisons_max) if document else 0
    return text_cost(_length(variables)) + len(query) // CHARACTERS + pairs // PAIRS


def _length(variables: Mapping[str, Any] | None) -> int:
    """The characters of the variables as JSON."""
    try:
        return len(json.dumps(variables, separators=(",", ":"))) if variables else 0
    except RecursionError:  # they could be read, with a little more room on the stack
        return TOO_DEEP
