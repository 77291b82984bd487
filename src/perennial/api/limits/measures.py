"""The size of a document. Every fragment is counted once, however often it is spread, so counting takes linear time.

A limiter that expands fragments can be attacked with twenty of them that each spread the next one twice.
"""

from collections import Counter
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
    """The size of one operation or fragment; `spreads` has the depth and the name of each fragment spread in it."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    introspects: bool = False
    spreads: list[tuple[int, str]] = field(default_factory=list)


class DocumentMeasures:
    """The sizes of a parsed document, which need not be valid.

    `introspects` tells whether it queries the schema itself.
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
        """The largest number of nested fields. Check the number of `fragments` before: this recurses from one into the
        next.
        """
        return max((_depth(one, self._named, {}) for one in self._operations), default=0)


def same_name_pairs(document: DocumentNode) -> int:
    """How many pairs of fields have one name in the answer, wherever they stand.

    Validation compares two fields only if they have; so it compares no more than these.
    """
    definitions = (one for one in document.definitions if isinstance(one, Definition))
    fields = (node for one in definitions for node, _ in _selections(one) if isinstance(node, FieldNode))
    names = Counter((node.alias or node.name).value for node in fields)
    return sum(number * (number - 1) // 2 for number in names.values())


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
    """Every selection, with the number of fields above it; without recursion, which a deep document would exhaust."""
    waiting = [(definition.selection_set, 0)]
    while waiting:
        selected, above = waiting.pop()
        for node in selected.selections:
            yield node, above
            if inner := getattr(node, "selection_set", None):
                waiting.append((inner, above + isinstance(node, FieldNode)))


def _depth(part: _Part, fragments: Mapping[str, _Part], known: dict[str, int]) -> int:
    """The depth of a part with its fragments. One that contains itself adds nothing: the document is invalid."""
    depth = part.depth
    for above, name in part.spreads:
        if name not in known and name in fragments:
            known[name] = 0
            known[name] = _depth(fragments[name], fragments, known)
        depth = max(depth, above + known.get(name, 0))
    return depth
