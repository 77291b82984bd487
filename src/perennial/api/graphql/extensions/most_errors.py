"""How many errors an answer has: enough to be of use, and never so few that a field that failed has none."""

from collections import Counter
from collections.abc import Iterable, Iterator

from graphql import GraphQLError

ERRORS_MAX = 10  # of a document, and of a field in all entries of a list


def most(errors: Iterable[GraphQLError]) -> Iterator[GraphQLError]:
    """The first ten errors of each field, and of what belongs to none: the document and its variables.

    The entries of a list have one field, so that a thousand of them do not have a thousand errors.
    """
    found = Counter[tuple[str, ...]]()
    for error in errors:
        field = tuple(step for step in error.path or () if isinstance(step, str))
        found[field] += 1
        if found[field] <= ERRORS_MAX:
            yield error
