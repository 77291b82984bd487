"""The endpoint: HTTP and WebSocket. Who calls, what they ask, and an answer in the form that they understand."""

import asyncio
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
from perennial.api.explorer import Explorer
from perennial.api.graphql.context import Context
from perennial.api.graphql.schema import schema
from perennial.api.http._event_stream import streamed
from perennial.api.http._requests import GraphQLRequest, RequestRefused, loads, read
from perennial.api.http._responses import answered, refused, unknown_operation
from perennial.api.http._slow_readers import BoundedSend
from perennial.api.http._websocket import WebSocketAdapter, WebSocketHandler
from perennial.api.http.media_types import MediaType, preferred, wants_page
from perennial.api.limits.rates import Rates
from perennial.core.errors import TooManyRequests
from perennial.core.json_text import json_text
from perennial.process import Process

INIT_WAIT = timedelta(seconds=10)

ALLOWED = {"GET": {OperationType.QUERY}, "POST": {OperationType.QUERY, OperationType.MUTATION}}
STREAMED = "Subscriptions are served as text/event-stream, or over a WebSocket (graphql-transport-ws)."


class Endpoint(GraphQL[Context, None]):
    """`/graphql`. The bearer token is in the Authorization header; on a WebSocket in `connection_init`'s payload."""

    graphql_transport_ws_handler_class = WebSocketHandler
    websocket_adapter_class = WebSocketAdapter

    def __init__(self, process: Process, authenticator: Authenticator, explorer: Explorer) -> None:
        super().__init__(
            schema,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=INIT_WAIT,
            allowed_origins=process.settings.cors_origins,
        )
        self.process = process
        self._authenticator = authenticator
        self._explorer = explorer
        self._rates = Rates(process.redis, process.settings.requests_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers; a reader who takes nothing for a while is left."""
        patient = BoundedSend(send)
        try:
            if scope["type"] == "http":
                response = await self._respond(Request(scope, receive))
                await response(scope, receive, patient)
            else:
                await super().__call__(scope, receive, patient)
        except (ClientDisconnect, ConnectionAbortedError):
            return  # nobody is there to be answered
        except asyncio.CancelledError:
            if not patient.is_over:
                raise

    async def render_graphql_ide(self, request: Request) -> Response:  # noqa: ARG002 (Strawberry's signature)
        """What a browser gets that asks for a page."""
        return self._explorer.page()

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:  # noqa: ARG002
        """One for each request, one for each WebSocket connection."""
        context = Context(self.process, self._authenticator, self._rates)
        if isinstance(request, Request):
            await context.authenticate(request.headers.get("authorization"))
        return context

    async def on_ws_connect(self, context: Context) -> Any:
        """Lets only authenticated callers hold a connection open."""
        given = context.connection_params if isinstance(context.connection_params, dict) else {}
        await context.authenticate(given.get("Authorization") or given.get("authorization"))
        if isinstance(context.caller, Exception):
            raise ConnectionRejectionError
        return await super().on_ws_connect(context)

    def decode_json(self, data: str | bytes) -> object:
        """Reads a WebSocket's frame. Raises Refused."""
        return loads(data)

    def encode_json(self, data: object) -> str:
        """Writes an answer; as text, which is what a WebSocket carries."""
        return json_text(data)

    async def _respond(self, request: Request) -> Response:
        accept = request.headers.get("accept", "")
        if request.method == "GET" and "query" not in request.query_params and wants_page(accept):
            return await self.render_graphql_ide(request)
        kind = preferred(accept)
        try:
            if kind is None:
                raise RequestRefused(406, f"Answers come as {', '.join(MediaType)}.")
            return await self._answer(request, kind)
        except RequestRefused as error:
            return refused(error, MediaType.JSON if kind in (None, MediaType.EVENTS) else kind)

    async def _answer(self, request: Request, kind: MediaType) -> Response:
        settings, context = self.process.settings, await self.get_context(request, Response())
        try:
            allowance = await context.count_request()
        except TooManyRequests as error:
            headers = {"Retry-After": str(error.retry_after), **error.headers}
            raise RequestRefused(429, str(error), error.code, headers, retryAfter=error.retry_after) from None
        headers = allowance.headers if allowance else {}
        try:
            asked = await read(request, settings.body_bytes_max, settings.request_seconds_max)
            if kind == MediaType.EVENTS:
                return streamed(asked, context, ALLOWED[request.method], headers)
            return answered(await self._execute(request, asked, context), kind, headers)
        except RequestRefused as error:
            error.headers |= headers
            raise

    async def _execute(self, request: Request, asked: GraphQLRequest, context: Context) -> ExecutionResult:
        try:
            result: ExecutionResult = await schema.execute(
                asked.query,
                variable_values=asked.variables,
                context_value=context,
                operation_name=asked.operation_name,
                allowed_operation_types=ALLOWED[request.method],
            )
            return result
        except CannotGetOperationTypeError as error:
            return unknown_operation(error)
        except InvalidOperationTypeError as error:
            if error.operation_type == OperationType.SUBSCRIPTION:
                raise RequestRefused(406, STREAMED) from None
            raise RequestRefused(405, "A mutation is a POST request.", headers={"Allow": "POST"}) from None
