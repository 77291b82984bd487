"""docs/api.md taken apart: what its examples send, and what they are answered, in the order of the page."""

import json
import re
from typing import Any, NamedTuple

from graphql import OperationDefinitionNode, parse

from support.pages.reference import PAGE, without_blocks

TEXT = PAGE.read_text()

_HEADINGS_AND_CODE = re.compile(r"^(#+) `?([^\n`]+)`?$|^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Example(NamedTuple):
    """A document with its variables, or a snippet of shell; and what of the answer the page shows, if it shows any."""

    topic: str
    heading: str
    language: str
    code: str
    variables: dict[str, Any]
    answer: dict[str, Any] | None

    @property
    def kind(self) -> str:
        """What a document is: a query, a mutation or a subscription. A snippet of shell is none of them."""
        if self.language != "graphql":
            return self.language
        (operation,) = parse(self.code).definitions
        assert isinstance(operation, OperationDefinitionNode)
        return operation.operation.value


def examples(text: str = TEXT) -> list[Example]:
    """All of the page's. A block of JSON is the variables of the code above it or, with `data` in it, its answer."""
    found: list[Example] = []
    topic = heading = ""
    for level, words, language, code in _HEADINGS_AND_CODE.findall(without_blocks(text)):
        if level:
            topic, heading = (words, words) if level == "##" else (topic, words)
        elif language != "json":
            found.append(Example(topic, heading, language, code, {}, None))
        else:
            value = json.loads(code)
            of = {"answer": value} if "data" in value else {"variables": value}
            found[-1] = found[-1]._replace(**of)
    return found


def documents() -> list[str]:
    """All documents of the examples."""
    return [one.code for one in examples() if one.language == "graphql"]
