"""How large a document is. Every fragment is counted once, however often it is spread, so that counting is linear.

Limiters that expand fragments can be turned against their server: twenty that each spread the next one twice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionNode,
)

Definition = OperationDefinitionNode | FragmentDefinitionNode


@dataclass
class _Part:
    """An operation or a fragment by itself; `spreads` are the fragments that stand in it, each below so many fields."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    introspects: bool = False
    spreads: list[tuple[int, str]] = field(default_factory=list)


class Measures:
    """The measures of a document that was parsed; it need not be valid.

    `introspects` says whether the schema itself is asked for.
    """

    def __init__(self, document: DocumentNode) -> None:
        definitions = [one for one in document.definitions if isinstance(one, Definition)]
        self._named = {one.name.value: _part(one) for one in definitions if isinstance(one, FragmentDefinitionNode)}
        self._operations = [_part(one) for one in definitions if isinstance(one, OperationDefinitionNode)]
        parts = [*self._named.values(), *self._operations]
        self.aliases = sum(one.aliases for one in parts)
        self.fragments = len(definitions) - len(self._operations)
        self.directives = sum(one.directives for one in parts)
        self.introspects = any(one.introspects for one in parts)

    @cached_property
    def depth(self) -> int:
        """How many fields stand below each other. To be asked for where the fragments are not too many: it goes down
        from one to the next.
        """
        return max((_depth(one, self._named, {}) for one in self._operations), default=0)


def _part(definition: Definition) -> _Part:
    variables = definition.variable_definitions or ()
    part = _Part(directives=len(definition.directives or ()) + sum(len(one.directives or ()) for one in variables))
    for node, above in _selections(definition):
        part.directives += len(node.directives or ())
        if isinstance(node, FragmentSpreadNode):
            part.spreads.append((above, node.name.value))
        elif isinstance(node, FieldNode):
            part.depth = max(part.depth, above + 1)
            part.aliases += node.alias is not None
            part.introspects |= node.name.value in ("__schema", "__type")
    return part


def _selections(definition: Definition) -> Iterator[tuple[SelectionNode, int]]:
    """All that is selected, each with the number of fields above it; without recursion, which depth would exhaust."""
    waiting = [(definition.selection_set, 0)]
    while waiting:
        selected, above = waiting.pop()
        for node in selected.selections:
            yield node, above
            if inner := getattr(node, "selection_set", None):
                waiting.append((inner, above + isinstance(node, FieldNode)))


def _depth(part: _Part, fragments: Mapping[str, _Part], known: dict[str, int]) -> int:
    """How deep it is with its fragments. One that is open, because it contains itself, adds nothing: it is invalid."""
    depth = part.depth
    for above, name in part.spreads:
        if name not in known and name in fragments:
            known[name] = 0
            known[name] = _depth(fragments[name], fragments, known)
        depth = max(depth, above + known.get(name, 0))
    return depth
