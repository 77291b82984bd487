"""What a query may cost: how many objects it can answer with, where every page is full.

A field under another name counts as an object: of these there can be any number in one.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_list_type,
)
from graphql.type import GraphQLNonNull

# A mutation writes, and locks, whatever it answers.
MUTATION = 10
# Lists that are no pages: a post has a publication for each platform, and so has an owner accounts.
LIST = 2
# Lists of the introspection: the types, their fields, their arguments.
INTROSPECTED = 5


def cost(
    schema: GraphQLSchema, document: DocumentNode, name: str | None, variables: Mapping[str, Any], page_size: int
) -> int:
    """How many objects the operation of this name can answer with, in a document that is valid.

    Pages have `page_size` entries at most: who asks for larger ones is told so by them.
    """
    definitions = document.definitions
    operations = [one for one in definitions if isinstance(one, OperationDefinitionNode)]
    chosen = next((one for one in operations if one.name and one.name.value == name), operations[0])
    given = _defaults(chosen) | {key: value for key, value in variables.items() if value is not None}
    fragments = {one.name.value: one for one in definitions if isinstance(one, FragmentDefinitionNode)}
    root = schema.get_root_type(chosen.operation)
    return _Cost(schema, fragments, given, page_size).of(chosen.selection_set, root)


class _Cost:
    """Counts down the document, each fragment once: what it costs does not depend on where it is spread."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
        page_size: int,
    ) -> None:
        self._schema, self._fragments, self._variables, self._page_size = schema, fragments, variables, page_size
        self._known: dict[str, int] = {}

    @cached_property
    def _meta_fields(self) -> dict[str, GraphQLNamedType | None]:
        return {"__schema": self._schema.get_type("__Schema"), "__type": self._schema.get_type("__Type")}

    def of(self, selected: SelectionSetNode, parent: GraphQLNamedType | None) -> int:
        """What these selections cost, on an object of that type. A fragment that is spread twice is answered once."""
        total, spread = 0, set[str]()
        for node in selected.selections:
            if isinstance(node, FieldNode):
                total += self._field(node, parent)
            elif isinstance(node, FragmentSpreadNode):
                total += self._fragment(node.name.value) if node.name.value not in spread else 0
                spread.add(node.name.value)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                kind = self._schema.get_type(condition.name.value) if condition else parent
                total += self.of(node.selection_set, kind)
        return total

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> int:
        once = MUTATION if parent is not None and parent is self._schema.mutation_type else 0
        return once + self._answered(node, parent)

    def _answered(self, node: FieldNode, parent: GraphQLNamedType | None) -> int:
        if node.selection_set is None:
            return 1 if node.alias else 0
        if node.name.value in self._meta_fields:
            return 1 + self.of(node.selection_set, self._meta_fields[node.name.value])
        field: GraphQLField | None = getattr(parent, "fields", {}).get(node.name.value)
        if field is None:
            return 0
        return self._times(node, field, parent) * (1 + self.of(node.selection_set, get_named_type(field.type)))

    def _fragment(self, name: str) -> int:
        if name not in self._known:
            fragment = self._fragments[name]
            kind = self._schema.get_type(fragment.type_condition.name.value)
            self._known[name] = self.of(fragment.selection_set, kind)
        return self._known[name]

    def _times(self, node: FieldNode, field: GraphQLField, parent: GraphQLNamedType | None) -> int:
        """How many of them there can be. A page is counted where its `first` stands, not again at its `nodes`."""
        if "first" in field.args:
            return self._first(node, field)
        of_type = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        owner = parent.name if parent else ""
        if not is_list_type(of_type) or owner.endswith("Connection"):
            return 1
        return INTROSPECTED if owner.startswith("__") else LIST

    def _first(self, node: FieldNode, field: GraphQLField) -> int:
        given: Any = next((one.value for one in node.arguments or () if one.name.value == "first"), None)
        if isinstance(given, VariableNode):
            value = self._variables.get(given.name.value)
        else:
            value = _whole(given) if isinstance(given, IntValueNode) else None
        if value is None:
            value = _default(field)
        # What is no whole number is refused later, or taken as one: 100.0 is 100 to graphql-core.
        return min(max(1, int(value)), self._page_size) if isinstance(value, int | float) else self._page_size


def _default(field: GraphQLField) -> int:
    value = field.args["first"].default_value
    return value if isinstance(value, int) else 1


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    """The whole numbers that the operation's variables are when they are not given."""
    return {
        one.variable.name.value: _whole(one.default_value)
        for one in operation.variable_definitions or ()
        if isinstance(one.default_value, IntValueNode)
    }


def _whole(node: IntValueNode) -> int:
    """The number, cut off where it is too large for a page: an ID can be a number of any length."""
    return int(node.value[:20])
