"""Values that fit: ids of what there is, times that are about to come, numbers in range.

By itself schemathesis finds every argument's type, and hardly a value that means anything.
"""

import json
import os
import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import graphql
from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    GraphQLOutputType,
    IntValueNode,
    ListValueNode,
    NameNode,
    ObjectFieldNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    Visitor,
)
from hypothesis import strategies as st

from fuzz import queues

USER = os.environ["FUZZ_USER"]
FITTING = 0.9  # of the values; the others stay as strange as they were made
KEPT = 20
WHATEVER = {"Query.node", "Query.nodes"}  # these take the id of anything
NOUN = re.compile("post|queue|publication|account|execution", re.IGNORECASE)
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# Ids, cursors and URLs, the latest last, by noun; and of operations that want such as are in trouble.
known: dict[str, list[str]] = defaultdict(list, json.loads(os.environ["FUZZ_KNOWN"]))

_SOON = st.integers(1, 8).map(lambda seconds: datetime.now(UTC) + timedelta(seconds=seconds))
_LATER = st.datetimes(datetime(2030, 1, 1), datetime(2090, 1, 1)).map(lambda time: time.replace(tzinfo=UTC))  # noqa: DTZ001
_ODD = [
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59.999999999-23:59",
    "2030-02-30T00:00:00Z",
    "2030-06-30T23:59:60Z",
    "2030-01-01T00:00:00",
    "2030-01-01",
    "",
]
TIMES = st.one_of(_SOON.map(datetime.isoformat), _LATER.map(datetime.isoformat), st.sampled_from(_ODD))


class Fitter(Visitor):
    """Fits a document for one operation, of that type. What is of a wrong kind on purpose stays so."""

    def __init__(self, operation: str, answers: GraphQLOutputType, random: Random) -> None:
        super().__init__()
        self._operation, self._random = operation, random
        self._right: set[str] = set()
        self._ids = _ids(answers)

    def fitted(self, document: DocumentNode) -> DocumentNode:
        """The document with other values, and with ids to go on with."""
        found: DocumentNode = graphql.visit(document, self)
        return found

    def enter_argument(self, node: ArgumentNode, *_: Any) -> ArgumentNode:
        value, self._right = node.value, set()
        if node.name.value == "input" and self._random.random() < FITTING:
            value, self._right = queues.fitted_input(self._operation, value, self._random)
        return ArgumentNode(name=node.name, value=self._value(node.name.value, value))

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> ObjectFieldNode:
        if node.name.value in self._right:
            return node
        return ObjectFieldNode(name=node.name, value=self._value(node.name.value, node.value))

    def leave_field(self, node: FieldNode, _key: Any, _parent: Any, path: list[Any], *_: Any) -> FieldNode | None:
        selected = node.selection_set.selections if node.selection_set else ()
        names = {(one.alias or one.name).value for one in selected if isinstance(one, FieldNode)}
        is_outermost = path.count("selections") == 1
        if not (is_outermost and self._ids and names) or "id" in names:
            return None
        more = SelectionSetNode(selections=(*selected, *self._ids))
        return FieldNode(name=node.name, alias=node.alias, arguments=node.arguments, selection_set=more)

    def _value(self, name: str, value: ValueNode) -> ValueNode:
        if self._random.random() > FITTING:
            return value
        if isinstance(value, IntValueNode) and -(2**31) <= int(value.value) < 2**31:
            return IntValueNode(value=str(self._random.randint(1, 100)))
        if isinstance(value, ListValueNode) and name in {"ids", "postIds"}:
            return ListValueNode(values=tuple(self._value(name.removesuffix("s"), one) for one in value.values[:3]))
        if isinstance(value, ListValueNode):
            return ListValueNode(values=value.values[:1])  # two texts for one platform are refused
        if isinstance(value, StringValueNode):
            return StringValueNode(value=self._text(name, value.value))
        return value

    def _text(self, name: str, text: str) -> str:
        number = self._random.randint(1, 10**9)
        fitting = {
            "content": "".join(one for one in f"Hello {text}" if one.isprintable())[:200],
            "accessToken": f"sandbox-{USER}",
            "idempotencyKey": f"key-{number % 300}",
            "url": f"https://www.linkedin.com/feed/update/urn:li:share:{number}/",
        }
        if (found := queues.text_of(name, self._random)) is not None:
            return found
        if name == "after":
            return self._one_of("cursor", text)
        if name == "id":
            return self._one_of(self._operation, text) if self._operation in known else self._id(self._operation, text)
        return self._id(name, text) if name.endswith("Id") else fitting.get(name, text)

    def _id(self, name: str, text: str) -> str:
        if name in WHATEVER:
            return self._one_of(self._random.choice([noun for noun in known if noun != "cursor"] or [""]), text)
        noun = NOUN.search(name)
        return self._one_of(noun[0].lower(), text) if noun else text

    def _one_of(self, noun: str, text: str) -> str:
        return self._random.choice(known[noun]) if known[noun] else text


def _ids(answers: GraphQLOutputType) -> list[FieldNode]:
    """Asks for the id of what is answered; of a payload, for that of its thing, or of what is gone."""
    fields: dict[str, Any] = getattr(graphql.get_named_type(answers), "fields", {})
    own = [_field(name) for name in ("id", "deletedId") if name in fields]
    return own or [_field(name, *_named(one.type)) for name, one in fields.items() if _has_id(one.type)]


def _named(answers: GraphQLOutputType) -> list[FieldNode]:
    """What is asked of a thing: its id, and of a queue when it runs next."""
    fields = getattr(graphql.get_nullable_type(answers), "fields", {})
    return [_field(name) for name in ("id", "nextScheduledTime") if name in fields]


def _has_id(answers: GraphQLOutputType) -> bool:
    """Whether it is one thing that has an id, and no list of such things."""
    return "id" in getattr(graphql.get_nullable_type(answers), "fields", {})


def _field(name: str, *selected: FieldNode) -> FieldNode:
    return FieldNode(
        name=NameNode(value=name), selection_set=SelectionSetNode(selections=selected) if selected else None
    )


def keep(data: Any, noun: str = "") -> None:
    """Remembers the ids and cursors in an answer, each by its noun: in `originalPost { id }` it is a post's."""
    if isinstance(data, list):
        for one in data:
            keep(one, noun)
    elif isinstance(data, dict):
        queues.keep_time(data)
        for name, value in data.items():
            if name == "deletedId":
                _forget(value)
            elif name == "deleteQueues":
                for one in (value or {}).get("results", []):
                    _forget(one.get("id"))
            else:
                nouns = NOUN.findall(name)
                keep(value, nouns[-1].lower() if nouns else name if name == "cursor" else noun)
    elif isinstance(data, str) and data not in known[noun] and (noun == "cursor" or ID.fullmatch(data)):
        known[noun] = [*known[noun], data][-KEPT:]


def _forget(gone: Any) -> None:
    queues.next_times.pop(str(gone), None)
    for noun, found in known.items():
        known[noun] = [one for one in found if one != gone]
