"""How large a document is. Every fragment is counted once, however often it is spread, so that counting is linear.

Limiters that expand fragments can be turned against their server: twenty that each spread the next one twice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionNode,
)

Definition = OperationDefinitionNode | FragmentDefinitionNode


class Measures(NamedTuple):
    """`depth` counts fields below each other; `introspects` says whether the schema itself is asked for."""

    depth: int
    aliases: int
    fragments: int
    directives: int
    introspects: bool


@dataclass
class _Part:
    """An operation or a fragment by itself; `spreads` are the fragments that stand in it, each below so many fields."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    introspects: bool = False
    spreads: list[tuple[int, str]] = field(default_factory=list)


def measure(document: DocumentNode) -> Measures:
    """Measures a document that was parsed; it need not be valid."""
    definitions = [one for one in document.definitions if isinstance(one, Definition)]
    fragments = {one.name.value: _part(one) for one in definitions if isinstance(one, FragmentDefinitionNode)}
    operations = [_part(one) for one in definitions if isinstance(one, OperationDefinitionNode)]
    parts = [*fragments.values(), *operations]
    return Measures(
        depth=max((_depth(one, fragments, {}) for one in operations), default=0),
        aliases=sum(one.aliases for one in parts),
        fragments=len(definitions) - len(operations),
        directives=sum(one.directives for one in parts),
        introspects=any(one.introspects for one in parts),
    )


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
