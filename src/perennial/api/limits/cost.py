"""The cost of a query: how many objects its response can hold if every page is full.

A scalar field under an alias counts as an object, because an object can have any number of those. A field that takes
ids counts as often as it is given some, and what is selected of an interface as the type of which that costs most.
"""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInputType,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
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
# How many ids a field takes at most that takes a list of them; it refuses more by itself.
IDS_MAX = 100


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
        self._fragment_costs: dict[tuple[str, str], int] = {}

    @cached_property
    def _meta_fields(self) -> dict[str, GraphQLNamedType | None]:
        return {"__schema": self._schema.get_type("__Schema"), "__type": self._schema.get_type("__Type")}

    def selection_cost(self, selected: SelectionSetNode, parent: GraphQLNamedType | None) -> int:
        """The cost of these selections on an object of that type; of an interface, on the type where they cost most."""
        if is_abstract_type(parent):
            return max(self._object_cost(selected, kind) for kind in self._schema.get_possible_types(parent))
        return self._object_cost(selected, parent)

    def _object_cost(self, selected: SelectionSetNode, parent: GraphQLNamedType | None) -> int:
        """The cost on an object of exactly that type. A fragment spread twice in these selections counts once."""
        total, spread = 0, set[str]()
        for node in selected.selections:
            if isinstance(node, FieldNode):
                total += self._field_cost(node, parent)
            elif isinstance(node, FragmentSpreadNode):
                total += self._fragment_cost(node.name.value, parent) if node.name.value not in spread else 0
                spread.add(node.name.value)
            elif isinstance(node, InlineFragmentNode) and self._applies(node, parent):
                total += self._object_cost(node.selection_set, parent)
        return total

    def _applies(self, fragment: InlineFragmentNode | FragmentDefinitionNode, parent: GraphQLNamedType | None) -> bool:
        """Whether the fragment is one for objects of that type."""
        if fragment.type_condition is None:
            return True
        kind: Any = self._schema.get_type(fragment.type_condition.name.value)
        return kind is parent or (is_abstract_type(kind) and self._schema.is_sub_type(kind, parent))  # type: ignore[arg-type]

    def _field_cost(self, node: FieldNode, parent: GraphQLNamedType | None) -> int:
        if node.selection_set is None:
            return 1 if node.alias else 0
        if node.name.value in self._meta_fields:
            return 1 + self.selection_cost(node.selection_set, self._meta_fields[node.name.value])
        field: GraphQLField | None = getattr(parent, "fields", {}).get(node.name.value)
        if field is None:
            return 0
        times = self._length(node, field, parent)
        own = MUTATION_COST if parent is self._schema.mutation_type else 0
        return times * (own + 1 + self.selection_cost(node.selection_set, get_named_type(field.type)))

    def _fragment_cost(self, name: str, parent: GraphQLNamedType | None) -> int:
        key = (name, parent.name if parent else "")
        if key not in self._fragment_costs:
            fragment = self._fragments[name]
            cost_of_it = self._object_cost(fragment.selection_set, parent) if self._applies(fragment, parent) else 0
            self._fragment_costs[key] = cost_of_it
        return self._fragment_costs[key]

    def _length(self, node: FieldNode, field: GraphQLField, parent: GraphQLNamedType | None) -> int:
        """How many objects the field can hold. A list is counted where `first` or `ids` are, not again below that."""
        if "first" in field.args:
            return self._page_length(node, field)
        if (ids := self._ids_given(node, field)) is not None:
            return min(max(1, ids), IDS_MAX)
        of_type = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        owner = parent.name if parent else ""
        if not is_list_type(of_type) or owner.endswith("Connection") or node.name.value == "results":
            return 1
        return INTROSPECTION_LIST_LENGTH if owner.startswith("__") else LIST_LENGTH

    def _ids_given(self, node: FieldNode, field: GraphQLField) -> int | None:
        """How many ids the field is given, as an argument or in its input; None if it takes no list of them."""
        argument = next((name for name, one in field.args.items() if "ids" in (name, *_fields_of(one.type))), None)
        if argument is None:
            return None
        given = self._value(next((one.value for one in node.arguments or () if one.name.value == argument), None))
        if isinstance(given, ObjectValueNode):
            given = self._value(next((one.value for one in given.fields if one.name.value == "ids"), None))
        elif isinstance(given, Mapping):
            given = given.get("ids")
        if isinstance(given, ListValueNode):
            return len(given.values)
        return len(given) if isinstance(given, list) else 1

    def _value(self, node: Any) -> Any:
        """What the node stands for: of a variable its value, which may be the node of its default."""
        return self._variables.get(node.name.value) if isinstance(node, VariableNode) else node

    def _page_length(self, node: FieldNode, field: GraphQLField) -> int:
        value = self._value(next((one.value for one in node.arguments or () if one.name.value == "first"), None))
        if isinstance(value, IntValueNode):
            value = _to_int(value)
        elif isinstance(value, ValueNode):
            value = None
        if value is None:
            value = _default_page_length(field)
        # A value that is no integer is refused later, unless graphql-core coerces it: 100.0 is 100.
        return min(max(1, int(value)), self._page_size) if isinstance(value, int | float) else self._page_size


def _fields_of(kind: GraphQLInputType) -> Collection[str]:
    return getattr(get_named_type(kind), "fields", {})


def _default_page_length(field: GraphQLField) -> int:
    value = field.args["first"].default_value
    return value if isinstance(value, int) else 1


def _variable_defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    """The nodes of the operation's defaults, by the variable's name."""
    return {
        one.variable.name.value: one.default_value
        for one in operation.variable_definitions or ()
        if one.default_value is not None
    }


def _to_int(node: IntValueNode) -> int:
    """The literal's value, cut off after 20 digits: an ID can be a number of any length."""
    return int(node.value[:20])
