"""The endpoint /graphql, over HTTP and WebSocket: authenticates callers, executes requests, writes responses."""

from datetime import timedelta
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from perennial.api.auth.bearer_tokens import Authenticator
from perennial.api.explorer.page import Explorer
from perennial.api.graphql.context import Context
from perennial.api.graphql.extensions.persisted import whole_document
from perennial.api.graphql.schema import schema
from perennial.api.http._event_stream import result_stream, stream_response
from perennial.api.http._requests import GraphQLRequest, RequestRefused, parse_json, read_request
from perennial.api.http._responses import (
    refusal_response,
    refused_result,
    result_response,
    too_many_requests,
    unknown_operation_result,
    was_executed,
)
from perennial.api.http._websocket import WebSocketAdapter, WebSocketHandler
from perennial.api.http.media_types import MediaType, preferred, wants_page
from perennial.api.limits.points import PointsLimiter
from perennial.api.limits.request_cost import LEAST, request_cost, text_cost
from perennial.api.limits.sockets import SocketLimit
from perennial.api.limits.work import WorkLimit
from perennial.api.persisted_queries import HashRefused, PersistedQueries
from perennial.core.errors import TooManyRequests, Unauthenticated, UserError
from perennial.core.texts import json_text
from perennial.process import Process
from perennial.process.connections.bounds import Bounds

CONNECTION_INIT_TIMEOUT = timedelta(seconds=10)

ALLOWED_OPERATIONS = {"GET": {OperationType.QUERY}, "POST": {OperationType.QUERY, OperationType.MUTATION}}
ONLY = "GraphQL takes GET and POST requests."
NOT_STREAMED = "Subscriptions are served as text/event-stream, or over a WebSocket (graphql-transport-ws)."


class Endpoint(GraphQL[Context, None]):
    """The ASGI application at /graphql.

    The bearer token is in the Authorization header; on a WebSocket it is in the payload of `connection_init`.
    """

    graphql_transport_ws_handler_class = WebSocketHandler
    websocket_adapter_class = WebSocketAdapter

    def __init__(self, process: Process, authenticator: Authenticator, explorer: Explorer) -> None:
        super().__init__(
            schema,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=CONNECTION_INIT_TIMEOUT,
            allowed_origins=process.settings.cors_origins,
        )
        self.process = process
        self._authenticator = authenticator
        self._explorer = explorer
        self._points_limiter = PointsLimiter(process.redis, process.settings.points_per_minute)
        self._work_limit = WorkLimit(process.settings.operations_at_once_max)
        self._persisted_queries = PersistedQueries(process.redis, process.settings.persisted_queries_bytes_max)
        self.socket_limit = SocketLimit(process.settings.sockets_max, Bounds.of(process.settings).connections)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request or a WebSocket."""
        try:
            if scope["type"] == "http":
                response = await self._respond(Request(scope, receive))
                await response(scope, receive, send)
            else:
                await super().__call__(scope, receive, send)
        except ClientDisconnect:
            return

    async def render_graphql_ide(self, request: Request) -> Response:  # noqa: ARG002 (Strawberry's signature)
        """The explorer's page, for browsers."""
        return self._explorer.page()

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:  # noqa: ARG002
        """The context of a request, authenticated, or of a WebSocket, which authenticates in `on_ws_connect`."""
        limits = (self._points_limiter, self._work_limit, self.socket_limit)
        context = Context(self.process, self._authenticator, *limits, self._persisted_queries)
        if isinstance(request, Request):
            await context.authenticate(request.headers.get("authorization"))
        return context

    async def on_ws_connect(self, context: Context) -> Any:
        """Accepts a WebSocket if its caller authenticates.

        Raises ConnectionRejectionError if the token is refused, QuotaExceeded if the owner has as many as it may, and
        what else kept the token from being judged.
        """
        payload = context.connection_params if isinstance(context.connection_params, dict) else {}
        await context.authenticate(payload.get("Authorization") or payload.get("authorization"))
        if isinstance(context.caller, Unauthenticated):
            raise ConnectionRejectionError
        if isinstance(context.caller, Exception):
            raise context.caller
        context.socket_limit.opened(context.payer)
        context.is_counted_socket = True
        return await super().on_ws_connect(context)

    def decode_json(self, data: str | bytes) -> object:
        """Parses a WebSocket's frame. Raises RequestRefused."""
        return parse_json(data)

    def encode_json(self, data: object) -> str:
        """Writes a message as text, which is what a WebSocket's frame holds."""
        return json_text(data)

    async def _respond(self, request: Request) -> Response:
        accept = request.headers.get("accept", "")
        if request.method == "GET" and not {"query", "extensions"} & request.query_params.keys() and wants_page(accept):
            return await self.render_graphql_ide(request)
        kind, context = preferred(accept), await self.get_context(request, Response())
        try:
            if request.method not in ALLOWED_OPERATIONS:
                raise RequestRefused(405, ONLY, headers={"Allow": ", ".join(ALLOWED_OPERATIONS)})
            if kind is None:
                raise RequestRefused(406, f"Answers come as {', '.join(MediaType)}.")
            return await self._answer(request, kind, context)
        except TooManyRequests as error:
            refusal = too_many_requests(error)
        except RequestRefused as error:
            refusal = error
        charge = context.last_charge or await context.charge(refusal.points)
        return refusal_response(refusal, MediaType.JSON if kind in (None, MediaType.EVENTS) else kind, charge)

    async def _answer(self, request: Request, kind: MediaType, context: Context) -> Response:
        """The answer. Raises RequestRefused, or TooManyRequests."""
        settings = self.process.settings
        context.check_points()
        operation = await read_request(request, settings.body_bytes_max, settings.request_seconds_max)
        try:
            query = await whole_document(context, operation.query, operation.extensions)
        except HashRefused as error:
            refusal = RequestRefused(400, str(error))
            refusal.points = text_cost(len(operation.query or ""))
            raise refusal from None
        except UserError as error:
            result, paid = refused_result(error), await context.charge(LEAST)
            result.extensions = paid.extensions
            if kind == MediaType.EVENTS:
                return result_stream(result)
            return result_response(result, kind, paid.headers)
        operation = operation._replace(query=query)
        if kind == MediaType.EVENTS:
            return stream_response(operation, context, ALLOWED_OPERATIONS[request.method])
        result = await self._execute(request, operation, context)
        charge = context.last_charge
        if charge and charge.is_refused and not was_executed(result):
            raise charge.error
        return result_response(result, kind, charge.headers if charge else {})

    async def _execute(self, request: Request, operation: GraphQLRequest, context: Context) -> ExecutionResult:
        try:
            result: ExecutionResult = await schema.execute(
                operation.query,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.operation_name,
                allowed_operation_types=ALLOWED_OPERATIONS[request.method],
            )
            return result
        except CannotGetOperationTypeError as error:
            result = unknown_operation_result(error)
            result.extensions = (await context.charge(_points(operation))).extensions
            return result
        except InvalidOperationTypeError as error:
            await context.charge(_points(operation))
            if error.operation_type == OperationType.SUBSCRIPTION:
                raise RequestRefused(406, NOT_STREAMED) from None
            raise RequestRefused(405, "A mutation is a POST request.", headers={"Allow": "POST"}) from None


def _points(operation: GraphQLRequest) -> int:
    """What an operation costs of which nothing but its text was read."""
    return request_cost(operation.query or "", None, operation.variables, comparisons_max=0)
