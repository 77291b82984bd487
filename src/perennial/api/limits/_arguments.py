"""The numbers in a field's arguments that say how much it answers with, before they are coerced."""

from collections.abc import Collection, Mapping
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInputType,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    ValueNode,
    VariableNode,
    get_named_type,
)


class Arguments:
    """Reads the arguments in an operation, whose variables are as the caller sent them."""

    def __init__(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> None:
        given = {key: value for key, value in variables.items() if value is not None}
        self._variables: dict[str, Any] = _variable_defaults(operation) | given

    def ids(self, node: FieldNode, field: GraphQLField, name: str) -> int | None:
        """How many ids the field is given by this name, as an argument or in its input; None if it takes none."""
        argument = next((one for one, each in field.args.items() if name in (one, *_fields_of(each.type))), None)
        if argument is None:
            return None
        given = self._argument(node, argument)
        if isinstance(given, ObjectValueNode):
            given = self._value(next((one.value for one in given.fields if one.name.value == name), None))
        elif isinstance(given, Mapping):
            given = given.get(name)
        several = given.values if isinstance(given, ListValueNode) else given
        return max(1, len(several)) if isinstance(several, list | tuple) else 1

    def is_given(self, node: FieldNode, name: str) -> bool:
        """Whether the field has the argument, and it is not null."""
        value = self._argument(node, name)
        return value is not None and not isinstance(value, NullValueNode)

    def page_length(self, node: FieldNode, field: GraphQLField, page_size: int) -> int:
        """How many entries the page can have; `page_size` at most, because the field refuses a larger `first`."""
        value = self._argument(node, "first")
        if isinstance(value, IntValueNode):
            value = int(value.value[:20])  # an ID can be a number of any length, and stand here by mistake
        elif isinstance(value, ValueNode):
            value = None
        if value is None:
            value = _default_page_length(field)
        # A value that is no integer is refused later, unless graphql-core coerces it: 100.0 is 100.
        return int(min(max(1, value), page_size)) if isinstance(value, int | float) else page_size

    def _argument(self, node: FieldNode, name: str) -> Any:
        return self._value(next((one.value for one in node.arguments or () if one.name.value == name), None))

    def _value(self, node: Any) -> Any:
        """What the node stands for: of a variable its value, which may be the node of its default."""
        return self._variables.get(node.name.value) if isinstance(node, VariableNode) else node


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
