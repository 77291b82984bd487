"""The socket that the server listens on."""

import asyncio
import socket

from perennial.process.listening import listen


async def test_an_answer_is_not_held_back_until_the_one_before_is_acknowledged() -> None:
    """uvicorn writes an answer's head and its body one after the other; a delayed ACK would cost 40 ms between them."""
    accepted: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    with listen("127.0.0.1", 0, "PERENNIAL_PORT") as listener:
        async with await asyncio.start_server(lambda _, writer: accepted.put_nowait(writer), sock=listener):
            _, ours = await asyncio.open_connection(*listener.getsockname())
            theirs = await accepted.get()
            connection = theirs.get_extra_info("socket")
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            ours.close()
            theirs.close()
