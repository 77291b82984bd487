"""Results as server-sent events: the protocol graphql-sse in its distinct mode, a connection for each operation."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any, cast

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from strawberry.http.streaming import SSETransport, merge_stream_with_heartbeat
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from perennial.api.graphql.context import Context
from perennial.api.graphql.schema import schema
from perennial.api.http._requests import GraphQLRequest
from perennial.api.http._responses import HEADERS, result_body
from perennial.api.limits.rates import Charge
from perennial.core.json_text import json_text

NOT_CACHED = {"Cache-Control": "no-store, no-transform"}


async def stream_response(operation: GraphQLRequest, context: Context, allowed: set[OperationType]) -> Response:
    """Streams the results of an operation, a subscription or one of the allowed types, with heartbeats between them.

    It begins when the operation is charged, since its head says what is left. Raises TooManyRequests.
    """
    events = EventStream()

    async def results() -> AsyncGenerator[str, None]:
        found: Any = await schema.stream(
            operation.query,
            variable_values=operation.variables,
            context_value=context,
            operation_name=operation.operation_name,
            allowed_operation_types=allowed | {OperationType.SUBSCRIPTION},
        )
        async for result in found:
            body: Any = result_body(result)
            yield events.encode_next(body, json_text)
        yield events.encode_complete()

    stream = merge_stream_with_heartbeat(
        results, lambda: events.heartbeat_message(json_text), events.heartbeat_interval, send_initial_heartbeat=False
    )
    response = _EventStreamResponse(stream(), headers={**events.headers, **HEADERS, **NOT_CACHED})
    charge = await response.begin(context)
    if charge and charge.is_refused:
        await response.end()
        raise charge.error
    response.headers.update(charge.headers if charge else {})
    return response


class _EventStreamResponse(StreamingResponse):
    """A stream that begins before its head is sent, and ends when its client leaves, even if that is at once."""

    async def begin(self, context: Context) -> Charge | None:
        """Begins with the first text, and waits until the operation is charged."""
        self._texts, self.body_iterator = self.body_iterator, self._all()
        self._first = asyncio.ensure_future(anext(self._texts, ""))  # type: ignore[call-overload]
        charged = asyncio.ensure_future(context.is_charged.wait())
        try:
            await asyncio.wait((self._first, charged), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await self.end()
            raise
        finally:
            charged.cancel()
        return context.charge

    async def end(self) -> None:
        """Ends the stream, wherever it is."""
        self._first.cancel()
        await asyncio.wait((self._first,))
        await self._texts.aclose()  # type: ignore[attr-defined]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the head and the texts."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self.end()

    async def _all(self) -> AsyncGenerator[str, None]:
        yield await self._first
        async for text in self._texts:
            yield text  # type: ignore[misc]


def result_stream(result: ExecutionResult, headers: Mapping[str, str]) -> Response:
    """A result as a stream that ends with it."""
    events, body = EventStream(), cast("Any", result_body(result))
    content = events.encode_next(body, json_text) + events.encode_complete()
    return Response(content, headers={**events.headers, **HEADERS, **NOT_CACHED, **headers})


class EventStream(SSETransport):
    """Strawberry's transport, with lines that end in LF alone: the standard allows CRLF too, but urql waits for LF."""

    def encode_event(self, event: str, data: str | None = None) -> str:
        """Encodes an event, whose data is a single line."""
        return super().encode_event(event, data).replace("\r\n", "\n")

    def encode_comment(self, comment: str) -> str:
        """Encodes a comment, which serves as a heartbeat."""
        return super().encode_comment(comment).replace("\r\n", "\n")
