"""Readers who do not read: what is sent to them would wait for ever, and hold its connection and its memory."""

import asyncio

from starlette.types import Message, Send

from perennial.logs import get_logger

log = get_logger(__name__)

PATIENCE_SECONDS = 30.0


def within_patience(send: Send) -> Send:
    """The same `send`, which gives its reader PATIENCE_SECONDS to take a message, and then is done with them."""

    async def patient(message: Message) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await send(message)
        except TimeoutError:
            log.warning("reader.dropped", seconds=PATIENCE_SECONDS)
            raise ConnectionAbortedError("the reader takes nothing") from None

    return patient
