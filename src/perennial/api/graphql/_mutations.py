"""The mutations, of all topics."""

import strawberry

from perennial.api.graphql.accounts.mutations import AccountMutations
from perennial.api.graphql.posts.mutations import PostMutations
from perennial.api.graphql.queues.mutations import QueueMutations


@strawberry.type(
    description=(
        "What can be done. Every field wants a bearer token (else UNAUTHENTICATED), whose user is the caller, and "
        "reaches what is the caller's alone: what is another's is NOT_FOUND, in the same words as what never was. Each "
        "field does all or nothing, one after the other. An error has its code in `extensions.code`, and in "
        "`extensions.field` the value at fault. The errors named at a field come besides those of any request: "
        "UNAUTHENTICATED, BAD_USER_INPUT for a value of the wrong form, BAD_REQUEST, RATE_LIMITED and "
        "INTERNAL_SERVER_ERROR."
    )
)
class Mutation(PostMutations, QueueMutations, AccountMutations):
    """In the order in which the schema shows them."""
