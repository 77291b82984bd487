"""Finds out which fields a query selects, so that rows nobody selected are not read."""

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, SelectionNode

from perennial.api.graphql.context import Info


def is_selected(info: Info, field: str) -> bool:
    """Whether a field of this name is selected anywhere below the field that is being resolved.

    Fields that a directive leaves out count too. Each fragment is searched once, however often it is spread: 22
    fragments that each spread the next one twice would otherwise be searched four million times.
    """
    raw = info._raw_info
    pending: list[SelectionNode | FragmentDefinitionNode] = list(raw.field_nodes)
    seen: set[str] = set()
    while pending:
        node = pending.pop()
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            pending += [] if name in seen else [raw.fragments[name]]
            seen.add(name)
            continue
        if isinstance(node, FieldNode) and node.name.value == field:
            return True
        selected = getattr(node, "selection_set", None)
        pending += selected.selections if selected else ()
    return False
