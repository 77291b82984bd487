"""Drops readers that do not read: a message to them would wait for ever, with its connection and its memory."""

import asyncio

from starlette.types import Message, Send

from perennial.observe.logs import get_logger

log = get_logger(__name__)

SEND_SECONDS_MAX = 30.0


class BoundedSend:
    """The connection's `send`, which gives its reader SEND_SECONDS_MAX to take a message, and aborts if it does not.

    Make it in the connection's own task: aborting cancels that task, wherever it waits, and sets `is_aborted`.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._connection = asyncio.current_task()
        self.is_aborted = False

    async def __call__(self, message: Message) -> None:
        """Sends the message. Raises ConnectionAbortedError if the reader does not take it in time."""
        try:
            async with asyncio.timeout(SEND_SECONDS_MAX):
                await self._send(message)
        except TimeoutError:
            log.warning("reader.dropped", seconds=SEND_SECONDS_MAX)
            self.is_aborted = True
            if self._connection and self._connection is not asyncio.current_task():
                self._connection.cancel()
            raise ConnectionAbortedError("the reader takes nothing") from None
