"""The schema, joined from the topics. `python -m perennial.api.graphql.schema` writes it to schema.graphql."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.execution import ExecutionContext, PreExecutionError

from perennial.api.graphql._scalars import DATE_TIME
from perennial.api.graphql.accounts.mutations import AccountMutations
from perennial.api.graphql.accounts.queries import AccountQueries
from perennial.api.graphql.context import Context
from perennial.api.graphql.extensions.document_limits import DocumentLimits
from perennial.api.graphql.extensions.error_codes import INTERNAL, ErrorCodes
from perennial.api.graphql.extensions.known_documents import KnownDocuments
from perennial.api.graphql.extensions.operations import OperationLog
from perennial.api.graphql.posts.mutations import PostMutations
from perennial.api.graphql.posts.queries import PostQueries
from perennial.api.graphql.posts.subscriptions import PostSubscriptions
from perennial.api.graphql.queues.mutations import QueueMutations
from perennial.api.graphql.queues.queries import QueueQueries
from perennial.api.graphql.queues.subscriptions import QueueSubscriptions
from perennial.observe.logs import get_logger

log = get_logger(__name__)

SCHEMA_FILE = Path(__file__).parents[4] / "schema.graphql"


@strawberry.type(
    description=(
        "What can be read. Every field wants a bearer token (else UNAUTHENTICATED), whose user is the caller, and "
        "shows what is the caller's alone: what is another's is answered like what never was."
    )
)
class Query(PostQueries, QueueQueries, AccountQueries):
    """The fields are in the order in which the schema shows them."""


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
    """The fields are in the order in which the schema shows them."""


@strawberry.type(
    description=(
        "What the service tells by itself, over a WebSocket or as server-sent events. Every field wants a bearer "
        "token, tells what is its user's alone, and ends with UNAUTHENTICATED when the token runs out."
    )
)
class Subscription(PostSubscriptions, QueueSubscriptions):
    """The fields are in the order in which the schema shows them."""


class Executor(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor, with its \"Did you mean\" suggestions for callers who may see the schema."""

    @classmethod
    def build(cls, *args: Any, **kwargs: Any) -> Any:
        """Returns an executor for an operation, or the errors in the operation's variables."""
        context: Context = args[3]
        return super().build(*args, **kwargs | {"hide_suggestions": not context.may_have_suggestions})


class Schema(strawberry.Schema):
    """Strawberry's schema, with a limit on execution time, and without its log of errors: ErrorCodes logs them."""

    def process_errors(self, errors: object, execution_context: object = None) -> None:
        """Does nothing: Strawberry's method would log each error a second time."""

    async def _execute_operation(self, execution_context: ExecutionContext, *args: Any) -> Any:
        """Executes a query or a mutation of any transport, and cancels it after PERENNIAL_REQUEST_SECONDS_MAX."""
        seconds = execution_context.context.process.settings.request_seconds_max
        try:
            async with asyncio.timeout(seconds):
                return await super()._execute_operation(execution_context, *args)
        except TimeoutError:
            log.error("graphql.too_slow", seconds=seconds)
            message = f"This took longer than {seconds:g} seconds and was broken off. A mutation may have been done."
            error = GraphQLError(message, extensions={"code": INTERNAL, "limit": "seconds", "max": seconds})
            execution_context.result = PreExecutionError(data=None, errors=[error])
            return execution_context.result


schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    extensions=[OperationLog, ErrorCodes, DocumentLimits, KnownDocuments],
    execution_context_class=Executor,
    config=StrawberryConfig(scalar_map={datetime: DATE_TIME}),
)

if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema.as_str() + "\n")
