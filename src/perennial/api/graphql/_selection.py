"""What a query asks for below a field, so that nothing is read for nobody."""

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, SelectionNode

from perennial.api.graphql.context import Info


def asks_for(info: Info, field: str) -> bool:
    """Whether a field of this name is named anywhere below the one that is being resolved.

    What a directive leaves out counts too. Each fragment is looked into once, however often it is spread: 22 that each
    spread the next one twice would be four million else.
    """
    raw = info._raw_info
    left: list[SelectionNode | FragmentDefinitionNode] = list(raw.field_nodes)
    seen: set[str] = set()
    while left:
        node = left.pop()
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            left += [] if name in seen else [raw.fragments[name]]
            seen.add(name)
            continue
        if isinstance(node, FieldNode) and node.name.value == field:
            return True
        selected = getattr(node, "selection_set", None)
        left += selected.selections if selected else ()
    return False
