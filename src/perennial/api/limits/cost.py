"""What an operation can answer with, in points: how many objects its response can hold if every page is full.

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
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_list_type,
)
from graphql.type import GraphQLNonNull

from perennial.api.limits._arguments import Arguments
from perennial.api.limits._selections import is_selected
from perennial.core.states import Platform

# A mutation writes and takes locks, whatever its payload holds; one of several ids does so for each.
MUTATION_COST = 10
# How many ids a field takes at most that takes a list of them; it refuses more by itself.
IDS_MAX = 100
# These were measured (bench/points.py), those on all queues of an owner for as many as there may be by default: 10,000.
# The end of a pause computes where each queue goes on, and writes what fell due meanwhile.
COSTS_OF_MUTATIONS = {"pauseAllQueues": 1_000, "resumeAllQueues": 3_000, "runQueueNow": 20}
# A list that is counted is read up to a thousand entries, of which nothing but their number is answered.
COUNT_COST = 10
# The explanation of a ledger row reads the publications of its post.
EXPLANATION_COST = 1 + len(Platform)
# A filter that has no index: what the list has is looked at one by one, and most of it may be left out.
FILTER_COST = 10
# For a page of what comes next that begins later than now, every active queue has to be computed: for 10,000 too.
AHEAD_COST = 1_000
COSTS_OF_ARGUMENTS = {
    ("queues", "platform"): FILTER_COST,
    ("upcoming", "from"): AHEAD_COST,
    ("upcoming", "after"): AHEAD_COST,
}
# What comes next is counted by computing it, to a thousand.
COSTS_OF_COUNTS = {"UpcomingOccurrenceConnection": 300}
# The longest list that is no page: a post has a publication, and an owner an account, for each platform. Others are
# named: a queue has so many posts.
LIST_LENGTH = len(Platform)
LIST_LENGTHS = {("RecurringQueue", "posts"): 100}
# The assumed length of introspection's lists: types, their fields, their arguments.
INTROSPECTION_LIST_LENGTH = 5
# The posts of a queue, which are written and locked together: more than ten cost a point each.
POSTS = "postIds"


def cost(
    schema: GraphQLSchema, document: DocumentNode, name: str | None, variables: Mapping[str, Any], page_size: int
) -> int:
    """The points that the answer to the named operation of a valid document costs: the sum of its root fields.

    A root field costs 1 and what it can answer with; a mutation 10 for each id, or what its payload can hold if that is
    more. A page counts as `page_size` entries at most: the field itself refuses a larger `first`.
    """
    definitions = document.definitions
    operations = [one for one in definitions if isinstance(one, OperationDefinitionNode)]
    chosen = next((one for one in operations if one.name and one.name.value == name), operations[0])
    fragments = {one.name.value: one for one in definitions if isinstance(one, FragmentDefinitionNode)}
    root = schema.get_root_type(chosen.operation)
    return _CostCounter(schema, fragments, Arguments(chosen, variables), page_size).selection_cost(
        chosen.selection_set, root
    )


class _CostCounter:
    """Adds up the document, each fragment once for each type on which, and each page in which, it is spread."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        arguments: Arguments,
        page_size: int,
    ) -> None:
        self._schema, self._fragments, self._arguments, self._page_size = schema, fragments, arguments, page_size
        self._fragment_costs: dict[tuple[str, str, int], int] = {}
        self._roots = (schema.query_type, schema.mutation_type, schema.subscription_type)

    @cached_property
    def _meta_fields(self) -> dict[str, GraphQLNamedType | None]:
        return {"__schema": self._schema.get_type("__Schema"), "__type": self._schema.get_type("__Type")}

    def selection_cost(self, selected: SelectionSetNode, parent: GraphQLNamedType | None, page: int = 1) -> int:
        """The cost of these selections on an object of that type; of an interface, on the type where they cost most.

        Lists of a connection have `page` entries.
        """
        if is_abstract_type(parent):
            return max(self._object_cost(selected, kind, page) for kind in self._schema.get_possible_types(parent))
        return self._object_cost(selected, parent, page)

    def _object_cost(self, selected: SelectionSetNode, parent: GraphQLNamedType | None, page: int) -> int:
        """The cost on an object of exactly that type. A fragment spread twice in these selections counts once."""
        total, spread = 0, set[str]()
        for node in selected.selections:
            if isinstance(node, FieldNode):
                total += self._field_cost(node, parent, page)
            elif isinstance(node, FragmentSpreadNode):
                total += self._fragment_cost(node.name.value, parent, page) if node.name.value not in spread else 0
                spread.add(node.name.value)
            elif isinstance(node, InlineFragmentNode) and self._applies(node, parent):
                total += self._object_cost(node.selection_set, parent, page)
        return total

    def _applies(self, fragment: InlineFragmentNode | FragmentDefinitionNode, parent: GraphQLNamedType | None) -> bool:
        """Whether the fragment is one for objects of that type."""
        if fragment.type_condition is None:
            return True
        kind: Any = self._schema.get_type(fragment.type_condition.name.value)
        return kind is parent or (is_abstract_type(kind) and self._schema.is_sub_type(kind, parent))  # type: ignore[arg-type]

    def _field_cost(self, node: FieldNode, parent: GraphQLNamedType | None, page: int) -> int:
        if parent is None or parent not in self._roots:
            return self._objects(node, parent, page)
        points = 1 + (self._objects(node, parent, page) if node.selection_set else 0)
        if parent is not self._schema.mutation_type:
            return points
        field = getattr(parent, "fields", {}).get(node.name.value)
        least = COSTS_OF_MUTATIONS.get(node.name.value, MUTATION_COST)
        return max(least, points, self._ids(node, field, POSTS)) * self._ids(node, field)

    def _objects(self, node: FieldNode, parent: GraphQLNamedType | None, page: int) -> int:
        if node.selection_set is None:
            return _cost_of_scalar(node.name.value, parent.name if parent else "") + (1 if node.alias else 0)
        if node.name.value in self._meta_fields:
            return 1 + self.selection_cost(node.selection_set, self._meta_fields[node.name.value])
        field: GraphQLField | None = getattr(parent, "fields", {}).get(node.name.value)
        if field is None:
            return 0
        kind = get_named_type(field.type)
        if "first" in field.args:  # its entries count where they are selected, and are read wherever that is
            length = self._arguments.page_length(node, field, self._page_size)
            if not kind.name.endswith("Connection"):
                return length * (1 + self.selection_cost(node.selection_set, kind))
            return self._argument_cost(node) + max(length, self.selection_cost(node.selection_set, kind, length))
        return self._length(node, field, parent, page) * (1 + self.selection_cost(node.selection_set, kind))

    def _argument_cost(self, node: FieldNode) -> int:
        """What arguments cost by which more has to be looked at than is answered; the dearest that is given.

        What begins later than now is computed once more to be counted.
        """
        costs = {name: points for (field, name), points in COSTS_OF_ARGUMENTS.items() if field == node.name.value}
        points = max((points for name, points in costs.items() if self._arguments.is_given(node, name)), default=0)
        is_counted = node.selection_set is not None and is_selected("totalCount", node.selection_set, self._fragments)
        return points + (AHEAD_COST if is_counted and self._arguments.is_given(node, "from") else 0)

    def _fragment_cost(self, name: str, parent: GraphQLNamedType | None, page: int) -> int:
        key = (name, parent.name if parent else "", page)
        if key not in self._fragment_costs:
            fragment = self._fragments[name]
            applies = self._applies(fragment, parent)
            self._fragment_costs[key] = self._object_cost(fragment.selection_set, parent, page) if applies else 0
        return self._fragment_costs[key]

    def _length(self, node: FieldNode, field: GraphQLField, parent: GraphQLNamedType | None, page: int) -> int:
        """How many objects the field can hold. The results of a bulk mutation count with its ids, not again below."""
        of_type = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        owner = parent.name if parent else ""
        if not is_list_type(of_type) or _is_bulk_result(get_named_type(field.type)):
            return 1
        if owner.endswith("Connection"):
            return page
        if "ids" in field.args:
            return self._ids(node, field)
        if owner.startswith("__"):
            return INTROSPECTION_LIST_LENGTH
        return LIST_LENGTHS.get((owner, node.name.value), LIST_LENGTH)

    def _ids(self, node: FieldNode, field: GraphQLField | None, name: str = "ids") -> int:
        """How many ids the field is given by this name; 1 if it takes no list of them."""
        return min(self._arguments.ids(node, field, name) or 1, IDS_MAX) if field else 1


def _cost_of_scalar(name: str, of_type: str) -> int:
    """What a field costs that has no fields of its own: nothing, unless it reads rows of which it is no part."""
    if name == "totalCount" and of_type.endswith("Connection"):
        return COSTS_OF_COUNTS.get(of_type, COUNT_COST)
    return EXPLANATION_COST if (of_type, name) == ("QueueExecution", "explanation") else 0


def _is_bulk_result(kind: GraphQLNamedType) -> bool:
    """Whether a type is what a mutation of several ids answers for each, such as BulkQueueResult."""
    return kind.name.startswith("Bulk") and kind.name.endswith("Result")
