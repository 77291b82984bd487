"""The protocol graphql-transport-ws: checks frames before Strawberry acts on them, and closes when the token expires.

A frame that is no valid message gets a reply and leaves the connection open. A breach of the protocol (an unknown type,
an id that is in use, a subscription before the acknowledgement) closes it, as the protocol says.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from types import NoneType
from typing import Any

from graphql import GraphQLError
from starlette.websockets import WebSocketDisconnect, WebSocketDisconnected, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import WebSocketDisconnected as ClientLeft
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

from perennial.api.graphql.context import Context
from perennial.api.graphql.extensions.error_codes import extensions_of
from perennial.api.graphql.extensions.persisted import whole_document
from perennial.api.http._requests import RequestRefused
from perennial.api.http._responses import refused_result
from perennial.api.limits.request_cost import LEAST, text_cost
from perennial.api.persisted_queries import has_document
from perennial.core.errors import BEARER_EXPIRED, ErrorCode, QuotaExceeded, TooManyRequests, Unavailable, UserError
from perennial.core.timeouts import consume_exception
from perennial.observe.logs import get_logger
from perennial.process.connections.register import Turn
from perennial.process.connections.websocket import TURN

log = get_logger(__name__)

# Close codes that clients know: IANA's, and graphql-ws's own. Its 4429 is none for one connection too many: clients
# give up after it for good, and after 1013 they try again with longer and longer pauses.
TRY_AGAIN_LATER, INTERNAL_ERROR = 1013, 4500
OPERATIONS_MAX = 100
REASON_BYTES_MAX = 123  # RFC 6455, 5.5: 125 bytes of payload, two of them the code
TOO_MANY_OPERATIONS = f"{OPERATIONS_MAX} operations are open on this connection; no more are taken."
NO_SUBSCRIBE_REQUEST = "A subscribe message has an id and a payload with a query."


class WebSocketAdapter(ASGIWebSocketAdapter):
    """A connection whose frames hold JSON; for any other frame it yields the RequestRefused that explains it."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:  # noqa: ARG002
        """Yields the JSON of each frame, until the client disconnects."""
        while self.ws.application_state != WebSocketState.DISCONNECTED:
            try:
                yield self._read(await self.ws.receive_text())
            except (WebSocketDisconnect, WebSocketDisconnected):
                return
            except KeyError:
                yield RequestRefused(400, "A frame is a text, not bytes.")

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Sends a message. Raises ClientLeft."""
        try:
            await super().send_json(message)
        except WebSocketDisconnected:
            raise ClientLeft from None

    async def close(self, code: int, reason: str) -> None:
        """Closes the connection, with as much of the reason as the protocol has room for."""
        with suppress(WebSocketDisconnect, WebSocketDisconnected):
            await super().close(code, reason.encode(errors="replace")[:REASON_BYTES_MAX].decode(errors="ignore"))

    def _read(self, text: str) -> object:
        maximum = self.view.process.settings.body_bytes_max  # type: ignore[attr-defined]
        if len(text) > maximum:
            return RequestRefused(413, f"A frame has {maximum:,} characters at most.")
        try:
            return self.view.decode_json(text)
        except RequestRefused as error:
            error.points = text_cost(len(text))
            return error


class WebSocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """Strawberry's handler, which also validates messages, applies the limits and stops when the token expires."""

    token_timer: asyncio.Task[None] | None = None

    async def handle_message(self, message: Any) -> None:
        """Handles a message, or replies with an error to a frame that is not a message."""
        if isinstance(message, RequestRefused):
            await self.context.charge(message.points)
            await self._send_notice(str(message))
        elif not isinstance(message, dict):
            await self._send_notice("A message is a JSON object.")
        elif message.get("type") == "subscribe" and not _is_valid_subscribe(message):
            await self._send_error(
                message, GraphQLError(NO_SUBSCRIBE_REQUEST, extensions={"code": ErrorCode.BAD_REQUEST})
            )
        elif not isinstance(message.get("id", ""), str):
            await self.handle_invalid_message("The id of a message is a text")
        else:
            await super().handle_message(message)  # type: ignore[arg-type]
        self._say_whose_turn()

    async def handle_connection_init(self, message: Any) -> None:
        """Acknowledges the connection, and starts the timer of its token.

        A token that cannot be judged is not refused, and who has too many connections may have fewer soon: these close
        in a way that makes clients try again.
        """
        try:
            await super().handle_connection_init(message)
        except (Unavailable, QuotaExceeded) as error:
            await self.websocket.close(TRY_AGAIN_LATER, str(error))
        except Exception:
            log.exception("socket.failed")
            await self.websocket.close(INTERNAL_ERROR, "Something went wrong on our side.")
        if self.connection_acknowledged and self.token_timer is None:
            self.token_timer = asyncio.create_task(self._close_when_token_expires())
            self.token_timer.add_done_callback(consume_exception)

    async def handle_subscribe(self, message: Any) -> None:
        """Starts an operation, unless the caller has too many open or no points left."""
        if self.connection_acknowledged and (error := await self._limit_error() or await self._read(message)):
            await self._send_error(message, error)
        else:
            await super().handle_subscribe(message)

    async def run_operation(self, operation: Any) -> None:
        """Runs an operation. Once there is none, the connection makes room for others."""
        try:
            await super().run_operation(operation)
        finally:
            self._say_whose_turn()

    async def handle_task_exception(self, error: Exception) -> None:
        """Logs what an operation failed with, unless that is that its client left."""
        if not isinstance(error, ClientLeft):
            await super().handle_task_exception(error)

    async def shutdown(self) -> None:
        """Stops the timer and the operations."""
        if self.token_timer:
            self.token_timer.cancel()
        if self.context.is_counted_socket:
            self.context.socket_limit.closed(self.context.payer)
        await super().shutdown()

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:
        """Returns None: an invalid document gets an error, and the connection stays open."""

    def _say_whose_turn(self) -> None:
        """Says whether there is something for us to do. Until the acknowledgement the client is awaited."""
        say = self.websocket.ws.scope.get("extensions", {}).get(TURN)  # type: ignore[attr-defined]
        if say and self.connection_acknowledged:
            say(None if self.operations else Turn.IDLE)

    async def _close_when_token_expires(self) -> None:
        await asyncio.sleep(self.context.seconds_left)
        for operation in list(self.operations):
            await self.cleanup_operation(operation)
        await self.websocket.close(4403, BEARER_EXPIRED)

    async def _limit_error(self) -> GraphQLError | None:
        if len(self.operations) >= OPERATIONS_MAX:
            await self.context.charge(LEAST)
            limit: dict[str, Any] = {"code": ErrorCode.BAD_REQUEST, "limit": "operations", "max": OPERATIONS_MAX}
            return GraphQLError(TOO_MANY_OPERATIONS, extensions=limit)
        try:
            self.context.check_points()
        except TooManyRequests as error:
            return GraphQLError(str(error), extensions=extensions_of(error))
        return None

    async def _read(self, message: Any) -> GraphQLError | None:
        """Puts the document that the message names by its hash into it. Returns the error if that cannot be had."""
        payload = message["payload"]
        try:
            payload["query"] = await whole_document(self.context, payload.get("query"), payload.get("extensions"))
        except UserError as error:
            await self.context.charge(text_cost(len(payload.get("query") or "")))
            return (refused_result(error).errors or [])[0]
        return None

    async def _send_error(self, message: Any, error: GraphQLError) -> None:
        """Sends the protocol's `error` if the message has an id, else a notice."""
        if isinstance(message.get("id"), str):
            await self.send_message({"id": message["id"], "type": "error", "payload": [error.formatted]})
        else:
            await self._send_notice(error.message)

    async def _send_notice(self, text: str) -> None:
        """Sends a text in a ping, the only message that may be sent at any time and needs no id."""
        await self.send_message({"type": "ping", "payload": {"error": text}})


def _is_valid_subscribe(message: dict[str, Any]) -> bool:
    payload = message.get("payload")
    if not isinstance(message.get("id"), str) or not isinstance(payload, dict):
        return False
    objects = all(isinstance(payload.get(one), dict | NoneType) for one in ("variables", "extensions"))
    is_valid = objects and isinstance(payload.get("operationName"), str | NoneType)
    return is_valid and (isinstance(payload.get("query"), str) or has_document(payload))
