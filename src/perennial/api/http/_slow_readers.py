"""Readers who do not read: what is sent to them would wait for ever, and hold its connection and its memory."""

import asyncio

from starlette.types import Message, Send

from perennial.observe.logs import get_logger

log = get_logger(__name__)

PATIENCE_SECONDS = 30.0


class BoundedSend:
    """The connection's `send`, which gives its reader PATIENCE_SECONDS to take a message, and then is done with them.

    To be made in the connection's own task, which is cancelled then, wherever it waits; `is_over` says so.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._connection = asyncio.current_task()
        self.is_over = False

    async def __call__(self, message: Message) -> None:
        """Sends the message. Raises ConnectionAbortedError where nobody takes it."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._send(message)
        except TimeoutError:
            log.warning("reader.dropped", seconds=PATIENCE_SECONDS)
            self.is_over = True
            if self._connection and self._connection is not asyncio.current_task():
                self._connection.cancel()
            raise ConnectionAbortedError("the reader takes nothing") from None
