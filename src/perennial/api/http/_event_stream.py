"""Results as server-sent events: the protocol graphql-sse in its distinct mode, a connection for each operation."""

from collections.abc import AsyncGenerator
from typing import Any, cast

from starlette.responses import Response, StreamingResponse
from strawberry.http.streaming import SSETransport, merge_stream_with_heartbeat
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from perennial.api.graphql.context import Context
from perennial.api.graphql.schema import schema
from perennial.api.http._requests import GraphQLRequest
from perennial.api.http._responses import HEADERS, result_body
from perennial.core.texts import json_text

NOT_CACHED = {"Cache-Control": "no-store, no-transform"}


def stream_response(operation: GraphQLRequest, context: Context, allowed: set[OperationType]) -> Response:
    """Streams the results of an operation, a subscription or one of the allowed types, with heartbeats between them.

    Its head is sent before the operation is charged, so what is left, and whether it is refused, is said by its events.
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
    return StreamingResponse(stream(), headers={**events.headers, **HEADERS, **NOT_CACHED})


def result_stream(result: ExecutionResult) -> Response:
    """A result as a stream that ends with it."""
    events, body = EventStream(), cast("Any", result_body(result))
    content = events.encode_next(body, json_text) + events.encode_complete()
    return Response(content, headers={**events.headers, **HEADERS, **NOT_CACHED})


class EventStream(SSETransport):
    """Strawberry's transport, with lines that end in LF alone: the standard allows CRLF too, but urql waits for LF."""

    def encode_event(self, event: str, data: str | None = None) -> str:
        """Encodes an event, whose data is a single line."""
        return super().encode_event(event, data).replace("\r\n", "\n")

    def encode_comment(self, comment: str) -> str:
        """Encodes a comment, which serves as a heartbeat."""
        return super().encode_comment(comment).replace("\r\n", "\n")
