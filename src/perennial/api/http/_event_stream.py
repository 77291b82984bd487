"""An operation's results as server-sent events: graphql-sse, each operation on a connection of its own."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

from starlette.responses import Response, StreamingResponse
from strawberry.http.streaming import SSETransport, merge_stream_with_heartbeat
from strawberry.types.graphql import OperationType

from perennial.api.graphql.context import Context
from perennial.api.graphql.schema import schema
from perennial.api.http._requests import GraphQLRequest
from perennial.api.http._responses import formatted
from perennial.core.json_text import json_text


def streamed(
    asked: GraphQLRequest, context: Context, allowed: set[OperationType], headers: Mapping[str, str]
) -> Response:
    """The operation, a subscription or one of those allowed, as a stream of its results, with signs of life between."""
    events = EventStream()

    async def results() -> AsyncGenerator[str, None]:
        found: Any = await schema.stream(
            asked.query,
            variable_values=asked.variables,
            context_value=context,
            operation_name=asked.operation_name,
            allowed_operation_types=allowed | {OperationType.SUBSCRIPTION},
        )
        async for result in found:
            body: Any = formatted(result)
            yield events.encode_next(body, json_text)
        yield events.encode_complete()

    stream = merge_stream_with_heartbeat(
        results, lambda: events.heartbeat_message(json_text), events.heartbeat_interval, send_initial_heartbeat=False
    )
    return StreamingResponse(stream(), headers={**events.headers, **headers})


class EventStream(SSETransport):
    """Strawberry's, with lines that end in LF alone: any may do, but urql waits for this one."""

    def encode_event(self, event: str, data: str | None = None) -> str:
        """An event, whose data is a single line."""
        return super().encode_event(event, data).replace("\r\n", "\n")

    def encode_comment(self, comment: str) -> str:
        """A sign of life."""
        return super().encode_comment(comment).replace("\r\n", "\n")
