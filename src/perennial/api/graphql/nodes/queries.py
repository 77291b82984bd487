"""The queries for anything that has an id. What is not the caller's is answered like what never existed: with null."""

import asyncio
from typing import Annotated

import strawberry
from strawberry import ID, argument

from perennial.api.graphql._arguments import check_ids, uuid_or_none
from perennial.api.graphql._node import Node
from perennial.api.graphql.context import Context, Info
from perennial.api.graphql.nodes.loading import load_node


@strawberry.type
class NodeQueries:
    @strawberry.field(
        description=(
            "Whatever of the caller's has this id: a post, a publication, a queue, an entry of its ledger, or an "
            "account, also one that is DISCONNECTED. It is null if the caller has no such thing."
        )
    )
    async def node(
        self,
        info: Info,
        id: Annotated[ID, argument("The id of anything of the caller's.")],  # noqa: A002 (the API's name)
    ) -> Node | None:
        _ = info.context.owner  # without a token the id does not matter
        return await _node(info.context, id)

    @strawberry.field(
        description=(
            "What `node` answers to each of these ids, in their order: null at the place of an id of which the caller "
            "has nothing, and the same thing twice for an id that is given twice. Errors: BAD_USER_INPUT if there are "
            "more than 100 ids."
        )
    )
    async def nodes(
        self, info: Info, ids: Annotated[list[ID], argument("The ids of anything of the caller's, 100 at most.")]
    ) -> list[Node | None]:
        _ = info.context.owner
        check_ids(ids)
        return await asyncio.gather(*(_node(info.context, one) for one in ids))


async def _node(context: Context, given: ID) -> Node | None:
    node_id = uuid_or_none(given)
    return None if node_id is None else await load_node(context, node_id)
