"""Locates the values of a document: the names of the arguments and input fields that enclose each.

graphql-core passes the path of a wrong value to the callbacks of its validate_input_* functions, but its rule for
literals and its execution omit it from the errors that they report.
"""

from collections.abc import Hashable
from functools import cached_property
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    ListValueNode,
    Node,
    ObjectFieldNode,
    ObjectValueNode,
    VariableDefinitionNode,
    Visitor,
    visit,
)

Names = tuple[str, ...]


class ValuePlaces:
    """The locations of a document's values, computed once: a hundred errors can be about a thousand values."""

    def __init__(self, document: DocumentNode) -> None:
        self._document = document

    def names_around(self, target: Node) -> Names:
        """The names of the arguments and input fields around the value, and its indexes in lists; () if unknown."""
        return self._names.get(id(target)) or self._names.get(_structure(target), ())

    @cached_property
    def _names(self) -> dict[Hashable, Names]:
        """The names by the node's id, and by its structure, of which the first value with an equal one is kept."""
        found: dict[Hashable, Names] = {}

        def enter(node: Node, names: Names) -> None:
            found[id(node)] = names
            found.setdefault(_structure(node), names)
            if isinstance(node, ObjectFieldNode):
                enter(node.value, (*names, node.name.value))
            elif isinstance(node, ObjectValueNode):
                for field in node.fields:
                    enter(field, names)
            elif isinstance(node, ListValueNode):
                for place, value in enumerate(node.values):
                    enter(value, (*names, str(place)))

        class Finder(Visitor):
            def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
                enter(node.value, (node.name.value,))

            def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> None:
                if node.default_value:
                    enter(node.default_value, ())

        visit(self._document, Finder())
        return found


def _structure(node: Node) -> Hashable:
    """A key that a node shares with its copies: graphql-core copies a list or an object where a scalar or an enum is
    expected, but neither the names nor the scalar values in it. Empty ones at several places share a key too.
    """
    if isinstance(node, ListValueNode):
        return (ListValueNode, *map(_structure, node.values))
    if isinstance(node, ObjectValueNode):
        return (ObjectValueNode, *map(_structure, node.fields))
    return id(node.name) if isinstance(node, ObjectFieldNode) else id(node)
