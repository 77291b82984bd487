"""The endpoint: HTTP and WebSocket, who calls, and clear answers to what is no GraphQL request at all."""

import json
from typing import Any

from cross_web import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from perennial.auth import Authenticator
from perennial.graphql.context import Context
from perennial.graphql.errors import BAD_REQUEST
from perennial.graphql.frames import Frames
from perennial.graphql.schema import schema
from perennial.json_text import json_text
from perennial.process import Process


class View(GraphQL[Context, None]):
    """`/graphql`. The bearer token is in the Authorization header; on a WebSocket in `connection_init`'s payload."""

    graphql_transport_ws_handler_class = Frames

    def __init__(self, process: Process, authenticator: Authenticator) -> None:
        super().__init__(schema, subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL])
        self._process = process
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers what cannot be executed in GraphQL's own form."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        try:
            response = await self.run(Request(scope, receive))
        except HTTPException as error:
            response = _refusal(error.reason, error.status_code)
        await response(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:  # noqa: ARG002
        """One for each request, one for each WebSocket connection."""
        context = Context(self._process, self._authenticator)
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
        """Reads a body. Whatever in it cannot be read (its depth, its bytes, its numbers) is the caller's to mend."""
        try:
            return json.loads(data)
        except json.JSONDecodeError:
            raise
        except (ValueError, RecursionError):
            raise json.JSONDecodeError("unreadable", "", 0) from None

    def encode_json(self, data: object) -> str:
        """Writes an answer; as text, which is what a WebSocket carries."""
        return json_text(data)

    def parse_json(self, data: str | bytes) -> Any:
        """Reads a request, or a parameter of one, which is always an object."""
        value = super().parse_json(data)
        if not isinstance(value, dict):
            raise HTTPException(400, "A GraphQL request is a JSON object; batches are not taken.")
        return value


def _refusal(reason: str, status: int) -> Response:
    return JSONResponse({"errors": [{"message": reason, "extensions": {"code": BAD_REQUEST}}]}, status)
