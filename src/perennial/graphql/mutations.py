"""The mutations, of all topics."""

import strawberry

from perennial.graphql.account_mutations import AccountMutations
from perennial.graphql.post_mutations import PostMutations
from perennial.graphql.queue_mutations import QueueMutations


@strawberry.type
class Mutation(PostMutations, QueueMutations, AccountMutations):
    """In the order in which the schema shows them."""
