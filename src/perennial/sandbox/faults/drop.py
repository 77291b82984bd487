"""An answer that never comes."""

import contextlib

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

NO_STATUS = 0


class Dropped(Response):
    """Closes the connection without a byte.

    ASGI has no message for that. A status that no server can put into words makes it fail after it has marked the
    response as begun and before it has written anything; an application that then returns has left a response
    incomplete, and a server can only close the connection. (Returning without beginning one would be answered with
    500.) It works through any wrapping of `send`, and the server notes one line in its log.
    """

    def __init__(self) -> None:
        super().__init__(status_code=NO_STATUS)

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Begins what cannot be answered."""
        with contextlib.suppress(Exception):
            await send({"type": "http.response.start", "status": NO_STATUS, "headers": []})
