"""A response that closes the connection instead of sending anything."""

import contextlib

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

NO_STATUS = 0


class Dropped(Response):
    """A response that closes the connection without sending a byte.

    ASGI has no message for that. A status that no server can write makes the server fail after it has marked the
    response as started and before it has written anything; when the application then returns, the response is
    incomplete, and the server can only close the connection. (If no response were started, it would send a 500.)
    This works with any wrapper around `send`; the server logs one line.
    """

    def __init__(self) -> None:
        super().__init__(status_code=NO_STATUS)

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Starts the response with a status that cannot be written."""
        with contextlib.suppress(Exception):
            await send({"type": "http.response.start", "status": NO_STATUS, "headers": []})
