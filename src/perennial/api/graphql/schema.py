"""The schema, joined from the topics. `python -m perennial.api.graphql.schema` writes it to schema.graphql."""

import asyncio
from datetime import date, datetime
from pathlib import Path
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.execution import ExecutionContext, PreExecutionError

from perennial.api.graphql._scalars import DATE, DATE_TIME, LOCAL_DATE_TIME, LocalDateTime
from perennial.api.graphql.accounts.mutations import AccountMutations
from perennial.api.graphql.accounts.queries import AccountQueries
from perennial.api.graphql.context import Context
from perennial.api.graphql.extensions.charging import Charging
from perennial.api.graphql.extensions.document_limits import DocumentLimits
from perennial.api.graphql.extensions.error_codes import ErrorCodes
from perennial.api.graphql.extensions.known_documents import KnownDocuments
from perennial.api.graphql.extensions.operations import OperationLog
from perennial.api.graphql.extensions.persisted import Persisted
from perennial.api.graphql.nodes.queries import NodeQueries
from perennial.api.graphql.posts.mutations import PostMutations
from perennial.api.graphql.posts.queries import PostQueries
from perennial.api.graphql.posts.subscriptions import PostSubscriptions
from perennial.api.graphql.queues.bulk_mutations import QueueBulkMutations
from perennial.api.graphql.queues.mutations import QueueMutations
from perennial.api.graphql.queues.queries import QueueQueries
from perennial.api.graphql.queues.steering.all_queues import AllQueuesMutations
from perennial.api.graphql.queues.steering.occurrence_mutations import OccurrenceMutations
from perennial.api.graphql.queues.steering.run_now import RunNowMutations
from perennial.api.graphql.queues.subscriptions import QueueSubscriptions
from perennial.core.errors import Overloaded, TookTooLong, Unavailable
from perennial.observe.logs import get_logger

log = get_logger(__name__)

SCHEMA_FILE = Path(__file__).parents[4] / "schema.graphql"


@strawberry.type(
    description=(
        "The fields that read data. Every field needs a bearer token, without which the error is "
        "UNAUTHENTICATED. The token's user is the caller, who sees only their own data: another user's object "
        "is treated as one that does not exist."
    )
)
class Query(PostQueries, QueueQueries, AccountQueries, NodeQueries):
    """The fields are in the order in which the schema shows them."""


@strawberry.type(
    description=(
        "The fields that change data. Every field needs a bearer token, without which the error is "
        "UNAUTHENTICATED. The token's user is the caller, who reaches only their own data: for another user's "
        "object the error is NOT_FOUND, exactly as for one that does not exist. The fields run one after the "
        "other, and each does everything or nothing, those that take several queues with each queue by itself. An "
        "error has its code in `extensions.code`, and names the invalid value in `extensions.field`. Besides the "
        "errors that a field lists, every request may fail with UNAUTHENTICATED, BAD_USER_INPUT (a value has the wrong "
        "form), BAD_REQUEST, RATE_LIMITED, UNAVAILABLE (it may be asked again, after as many seconds as "
        "`extensions.retryAfter` says) or INTERNAL_SERVER_ERROR."
    )
)
class Mutation(
    PostMutations,
    QueueMutations,
    QueueBulkMutations,
    OccurrenceMutations,
    RunNowMutations,
    AllQueuesMutations,
    AccountMutations,
):
    """The fields are in the order in which the schema shows them."""


@strawberry.type(
    description=(
        "The events that the service sends, over a WebSocket or as server-sent events. Every field needs a "
        "bearer token, sends only events about the data of the token's user, and ends with UNAUTHENTICATED when "
        "the token expires."
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
        built = super().build(*args, **kwargs | {"hide_suggestions": not context.may_have_suggestions})
        return context.discreet(built) if isinstance(built, list) else built


class Schema(strawberry.Schema):
    """Strawberry's schema, with a limit on execution time, and without its log of errors: ErrorCodes logs them."""

    def process_errors(self, errors: object, execution_context: object = None) -> None:
        """Does nothing: Strawberry's method would log each error a second time."""

    async def _execute_operation(self, execution_context: ExecutionContext, *args: Any) -> Any:
        """Executes a query or a mutation of any transport, and cancels it after PERENNIAL_REQUEST_SECONDS_MAX.

        It is not begun if the process has as much to do as it can, or its caller has its share of that.
        """
        context: Context = execution_context.context
        seconds = context.process.settings.request_seconds_max
        limit = asyncio.timeout(seconds)
        try:
            with context.work_limit.place(context.payer):
                async with limit:
                    return await super()._execute_operation(execution_context, *args)
        except Overloaded as error:
            refusal: Unavailable = error
        except TimeoutError:
            if not limit.expired():
                raise
            log.error("graphql.too_slow", seconds=seconds)
            refusal = TookTooLong(seconds)
        errors = [GraphQLError(str(refusal), original_error=refusal)]
        execution_context.result = PreExecutionError(data=None, errors=errors)
        return execution_context.result


schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    extensions=[OperationLog, ErrorCodes, DocumentLimits, KnownDocuments, Charging, Persisted],
    execution_context_class=Executor,
    config=StrawberryConfig(scalar_map={datetime: DATE_TIME, date: DATE, LocalDateTime: LOCAL_DATE_TIME}),
)

if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema.as_str() + "\n")
