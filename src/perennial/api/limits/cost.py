"""The cost of a query: how many objects its response can hold if every page is full.

A scalar field under an alias counts as an object, because an object can have any number of those.
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

from perennial.core.states import Platform

# A mutation writes and takes locks, whatever its response holds.
MUTATION_COST = 10
# The longest list that is no page: a post has a publication, and an owner an account, for each platform.
LIST_LENGTH = len(Platform)
# The assumed length of introspection's lists: types, their fields, their arguments.
INTROSPECTION_LIST_LENGTH = 5


def cost(
    schema: GraphQLSchema, document: DocumentNode, name: str | None, variables: Mapping[str, Any], page_size: int
) -> int:
    """How many objects the response to the named operation of a valid document can hold.

    A page counts as `page_size` entries at most: the field itself refuses a larger `first`.
    """
    definitions = document.definitions
    operations = [one for one in definitions if isinstance(one, OperationDefinitionNode)]
    chosen = next((one for one in operations if one.name and one.name.value == name), operations[0])
    values = _variable_defaults(chosen) | {key: value for key, value in variables.items() if value is not None}
    fragments = {one.name.value: one for one in definitions if isinstance(one, FragmentDefinitionNode)}
    root = schema.get_root_type(chosen.operation)
    return _CostCounter(schema, fragments, values, page_size).selection_cost(chosen.selection_set, root)


class _CostCounter:
    """Adds up the document, each fragment once: its cost does not depend on where it is spread."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
        page_size: int,
    ) -> None:
        self._schema, self._fragments, self._variables, self._page_size = schema, fragments, variables, page_size
        self._fragment_costs: dict[str, int] = {}

    @cached_property
    def _meta_fields(self) -> dict[str, GraphQLNamedType | None]:
        return {"__schema": self._schema.get_type("__Schema"), "__type": self._schema.get_type("__Type")}

    def selection_cost(self, selected: SelectionSetNode, parent: GraphQLNamedType | None) -> int:
        """The cost of these selections on an object of that type. A fragment spread twice in them counts once."""
        total, spread = 0, set[str]()
        for node in selected.selections:
            if isinstance(node, FieldNode):
                total += self._field_cost(node, parent)
            elif isinstance(node, FragmentSpreadNode):
                total += self._fragment_cost(node.name.value) if node.name.value not in spread else 0
                spread.add(node.name.value)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                kind = self._schema.get_type(condition.name.value) if condition else parent
                total += self.selection_cost(node.selection_set, kind)
        return total

    def _field_cost(self, node: FieldNode, parent: GraphQLNamedType | None) -> int:
        own = MUTATION_COST if parent is not None and parent is self._schema.mutation_type else 0
        return own + self._objects(node, parent)

    def _objects(self, node: FieldNode, parent: GraphQLNamedType | None) -> int:
        if node.selection_set is None:
            return 1 if node.alias else 0
        if node.name.value in self._meta_fields:
            return 1 + self.selection_cost(node.selection_set, self._meta_fields[node.name.value])
        field: GraphQLField | None = getattr(parent, "fields", {}).get(node.name.value)
        if field is None:
            return 0
        return self._length(node, field, parent) * (
            1 + self.selection_cost(node.selection_set, get_named_type(field.type))
        )

    def _fragment_cost(self, name: str) -> int:
        if name not in self._fragment_costs:
            fragment = self._fragments[name]
            kind = self._schema.get_type(fragment.type_condition.name.value)
            self._fragment_costs[name] = self.selection_cost(fragment.selection_set, kind)
        return self._fragment_costs[name]

    def _length(self, node: FieldNode, field: GraphQLField, parent: GraphQLNamedType | None) -> int:
        """How many objects the field can hold. A page is counted where `first` is, not again at its `nodes`."""
        if "first" in field.args:
            return self._page_length(node, field)
        of_type = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        owner = parent.name if parent else ""
        if not is_list_type(of_type) or owner.endswith("Connection"):
            return 1
        return INTROSPECTION_LIST_LENGTH if owner.startswith("__") else LIST_LENGTH

    def _page_length(self, node: FieldNode, field: GraphQLField) -> int:
        argument: Any = next((one.value for one in node.arguments or () if one.name.value == "first"), None)
        if isinstance(argument, VariableNode):
            value = self._variables.get(argument.name.value)
        else:
            value = _to_int(argument) if isinstance(argument, IntValueNode) else None
        if value is None:
            value = _default_page_length(field)
        # A value that is no integer is refused later, unless graphql-core coerces it: 100.0 is 100.
        return min(max(1, int(value)), self._page_size) if isinstance(value, int | float) else self._page_size


def _default_page_length(field: GraphQLField) -> int:
    value = field.args["first"].default_value
    return value if isinstance(value, int) else 1


def _variable_defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    """The integer defaults of the operation's variables, by name."""
    return {
        one.variable.name.value: _to_int(one.default_value)
        for one in operation.variable_definitions or ()
        if isinstance(one.default_value, IntValueNode)
    }


def _to_int(node: IntValueNode) -> int:
    """The literal's value, cut off after 20 digits: an ID can be a number of any length."""
    return int(node.value[:20])
