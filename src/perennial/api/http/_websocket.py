"""graphql-transport-ws: what its frames hold is looked at before it is acted on, and a connection ends with its token.

A frame that cannot be read, or asks for nothing, is answered and costs nobody the connection; what breaks the protocol
(an unknown type, an id that is in use, a subscription before the acknowledgement) closes it, as the protocol says.
"""

import asyncio
from collections.abc import AsyncGenerator
from types import NoneType
from typing import Any

from graphql import GraphQLError
from starlette.websockets import WebSocketDisconnect, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

from perennial.api.graphql.context import Context
from perennial.api.graphql.extensions.error_codes import BAD_REQUEST, extensions_of
from perennial.api.http._requests import RequestRefused
from perennial.core.errors import BEARER_EXPIRED, TooManyRequests
from perennial.core.timeouts import consume_exception

OPERATIONS_MAX = 100
REASON_BYTES_MAX = 123
TOO_MANY = f"{OPERATIONS_MAX} operations are open on this connection; no more are taken."
NO_REQUEST = "A subscribe message has an id and a payload with a query."


class WebSocketAdapter(ASGIWebSocketAdapter):
    """A connection whose frames are texts of JSON; of the others it gives the Refused that says what is wrong."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:  # noqa: ARG002
        """What the frames hold, until the other side leaves."""
        while self.ws.application_state != WebSocketState.DISCONNECTED:
            try:
                yield self._read(await self.ws.receive_text())
            except WebSocketDisconnect:
                return
            except KeyError:
                yield RequestRefused(400, "A frame is a text, not bytes.")

    async def close(self, code: int, reason: str) -> None:
        """Closes it; the protocol has room for so much of a reason."""
        await super().close(code, reason.encode(errors="replace")[:REASON_BYTES_MAX].decode(errors="ignore"))

    def _read(self, text: str) -> object:
        most = self.view.process.settings.body_bytes_max  # type: ignore[attr-defined]
        if len(text) > most:
            return RequestRefused(413, f"A frame has {most:,} characters at most.")
        try:
            return self.view.decode_json(text)
        except RequestRefused as error:
            return error


class WebSocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """Strawberry's handler, with an eye on what it is given."""

    ending: asyncio.Task[None] | None = None

    async def handle_message(self, message: Any) -> None:
        """Acts on a message; says so where a frame is none."""
        if isinstance(message, RequestRefused):
            await self._notice(str(message))
        elif not isinstance(message, dict):
            await self._notice("A message is a JSON object.")
        elif message.get("type") == "subscribe" and not _is_subscribe(message):
            await self._reject(message, GraphQLError(NO_REQUEST, extensions={"code": BAD_REQUEST}))
        elif not isinstance(message.get("id", ""), str):
            await self.handle_invalid_message("The id of a message is a text")
        else:
            await super().handle_message(message)  # type: ignore[arg-type]

    async def handle_connection_init(self, message: Any) -> None:
        """Lets the caller in, until the token runs out."""
        await super().handle_connection_init(message)
        if self.connection_acknowledged and self.ending is None:
            self.ending = asyncio.create_task(self._end_with_token())
            self.ending.add_done_callback(consume_exception)

    async def handle_subscribe(self, message: Any) -> None:
        """Begins an operation, where the caller has a place and a request left."""
        if self.connection_acknowledged and (error := await self._refusal()):
            await self._reject(message, error)
        else:
            await super().handle_subscribe(message)

    async def shutdown(self) -> None:
        """Leaves nothing running."""
        if self.ending:
            self.ending.cancel()
        await super().shutdown()

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:  # noqa: ARG004
        """None: a document that is at fault has its error, and the connection stays."""
        return None

    async def _end_with_token(self) -> None:
        await asyncio.sleep(self.context.seconds_left)
        for operation in list(self.operations):
            await self.cleanup_operation(operation)
        await self.websocket.close(4403, BEARER_EXPIRED)

    async def _refusal(self) -> GraphQLError | None:
        if len(self.operations) >= OPERATIONS_MAX:
            return GraphQLError(
                TOO_MANY, extensions={"code": BAD_REQUEST, "limit": "operations", "max": OPERATIONS_MAX}
            )
        try:
            await self.context.count_request()
        except TooManyRequests as error:
            return GraphQLError(str(error), extensions=extensions_of(error))
        return None

    async def _reject(self, message: Any, error: GraphQLError) -> None:
        """The protocol's `error`, where the message has an id to be answered under."""
        if isinstance(message.get("id"), str):
            await self.send_message({"id": message["id"], "type": "error", "payload": [error.formatted]})
        else:
            await self._notice(error.message)

    async def _notice(self, words: str) -> None:
        """A ping, the only message that may be sent at any time and about nothing."""
        await self.send_message({"type": "ping", "payload": {"error": words}})


def _is_subscribe(message: dict[str, Any]) -> bool:
    payload = message.get("payload")
    if not isinstance(message.get("id"), str) or not isinstance(payload, dict):
        return False
    variables, name = payload.get("variables"), payload.get("operationName")
    good = isinstance(variables, dict | NoneType) and isinstance(name, str | NoneType)
    return good and isinstance(payload.get("query"), str)
