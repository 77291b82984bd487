"""The messages of graphql-transport-ws, looked at before they are acted on: a frame can hold any JSON."""

from types import NoneType
from typing import Any

from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

from perennial.graphql.context import Context


class Frames(BaseGraphQLTransportWSHandler[Context, None]):
    """Strawberry's handler, which leaves a connection without a close code where a message has another shape."""

    async def handle_message(self, message: Any) -> None:
        """Acts on the message; closes the connection with 4400 where it is none."""
        if _is_message(message):
            await super().handle_message(message)
        else:
            await self.handle_invalid_message("Failed to parse message")


def _is_message(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("id", ""), str):
        return False
    return value.get("type") != "subscribe" or _is_request(value.get("payload"))


def _is_request(payload: Any) -> bool:
    if not isinstance(payload, dict) or not isinstance(payload.get("query"), str):
        return False
    variables, name = payload.get("variables"), payload.get("operationName")
    return isinstance(variables, dict | NoneType) and isinstance(name, str | NoneType)
