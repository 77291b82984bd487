"""Where the values of a document stand: the names of the arguments and input fields around them."""

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    ListValueNode,
    Node,
    ObjectFieldNode,
    ObjectValueNode,
    ValueNode,
    Visitor,
    visit,
)

Place = tuple[Node | tuple[Node, ...], ...]


class ValuePlaces:
    """The places of a document's values, looked up once: a hundred errors can be about a thousand values."""

    def __init__(self, document: DocumentNode) -> None:
        self._document = document

    def names_around(self, target: Node) -> list[str]:
        """The names of the arguments and input fields that enclose the value, with its places in lists."""
        place = self._places.get(id(target))
        if place is None:
            place = next((one for one in self._places.values() if _is_copy(target, one[-1])), ())
        return list(_names(place))

    @cached_property
    def _places(self) -> dict[int, Place]:
        found: dict[int, Place] = {}

        class Finder(Visitor):
            def enter(self, node: Node, _key: Any, parent: Any, _path: Any, ancestors: list[Any]) -> None:
                if isinstance(node, ValueNode | ObjectFieldNode):
                    found[id(node)] = (*ancestors, parent, node)

        visit(self._document, Finder())
        return found


def _names(place: Place) -> Iterator[str]:
    for outer, inner in pairwise(place):
        if isinstance(outer, ArgumentNode | ObjectFieldNode):
            yield outer.name.value
        elif isinstance(outer, tuple) and isinstance(inner, ValueNode):
            yield str(outer.index(inner))


def _is_copy(target: Any, node: Any) -> bool:
    """Whether it is the copy without a place that graphql-core makes of a list or an object when it puts in the
    variables: that has the same parts.
    """
    if node is target:
        return True
    if target.loc is not None or type(node) is not type(target):
        return False
    ours, theirs = list(_parts(node)), list(_parts(target))
    return len(ours) == len(theirs) and all(_is_copy(one, other) for one, other in zip(theirs, ours, strict=True))


def _parts(node: Node) -> Iterator[Node]:
    if isinstance(node, ListValueNode):
        yield from node.values
    elif isinstance(node, ObjectValueNode):
        for field in node.fields:
            yield from (field.name, field.value)
