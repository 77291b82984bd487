"""Whether a field is selected, of a document that is not executed yet."""

from collections.abc import Mapping

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode


def is_selected(name: str, selected: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> bool:
    """Whether a field of this name is among these selections, also by fragments, each of which is looked at once."""
    waiting, spread = list(selected.selections), set[str]()
    while waiting:
        node = waiting.pop()
        if isinstance(node, FieldNode) and node.name.value == name:
            return True
        if isinstance(node, InlineFragmentNode):
            waiting += node.selection_set.selections
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
            spread.add(node.name.value)
            waiting += fragments[node.name.value].selection_set.selections
    return False
