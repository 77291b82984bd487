"""A TCP forwarder between a client and a server: what stands there in a real network (an address that moves, a broken
line, a firewall that forgets).

It runs in a thread of its own, so a test that blocks its loop does not hold it up.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

Address = tuple[str, int] | str  # a host and a port, or the path of a Unix socket


class _Line:
    """One connection: what it leads from and to, and whether anything passes."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.client, self.server = client, server
        self.flows = asyncio.Event()
        self.flows.set()

    async def pass_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        listen: Callable[[bytes], None] = lambda _: None,
    ) -> None:
        with suppress(OSError):
            while chunk := await reader.read(65_536):
                listen(chunk)
                await self.flows.wait()
                writer.write(chunk)
                await writer.drain()
        await self.flows.wait()
        writer.close()

    def break_off(self) -> None:
        for writer in (self.client, self.server):
            writer.transport.abort()
        self.flows.set()


class Forwarder:
    """Listens on loopback. New connections lead to the target of that moment; open ones stay where they are."""

    def __init__(self, target: Address) -> None:
        self.target = target
        self._lines: set[_Line] = set()
        self.said = b""  # by all clients
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port: int = self._server.sockets[0].getsockname()[1]

    def swallow(self) -> None:
        """From now on nothing passes on the open connections, in either direction, and nobody is told."""
        self._each(lambda line: line.flows.clear())

    def go_on(self) -> None:
        """What was held back passes, and all that follows."""
        self._each(lambda line: line.flows.set())

    def break_off(self) -> None:
        """Ends every open connection at both of its ends."""
        self._each(lambda line: line.break_off())

    def tell_clients(self, words: bytes) -> None:
        """Sends these bytes to every client, as if its server had sent them."""
        self._each(lambda line: line.client.write(words))

    def tell_servers(self, words: bytes) -> None:
        """Sends these bytes to every server, as if its client had sent them."""
        self._each(lambda line: line.server.write(words))

    def close(self) -> None:
        """Ends every connection, and listens no more."""
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _accept(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        try:
            if isinstance(self.target, str):
                from_server, server = await asyncio.open_unix_connection(self.target)
            else:
                from_server, server = await asyncio.open_connection(*self.target)
        except OSError:
            client.transport.abort()
            return
        line = _Line(client, server)
        self._lines.add(line)
        try:
            await asyncio.gather(line.pass_on(reader, server, self._listen), line.pass_on(from_server, client))
        finally:
            self._lines.discard(line)
            line.break_off()

    def _listen(self, words: bytes) -> None:
        self.said += words

    async def _close(self) -> None:
        self._server.close()
        for line in self._lines:
            line.break_off()
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)

    def _each(self, work: Callable[[_Line], object]) -> None:
        async def call() -> None:
            for line in self._lines:
                work(line)

        self._run(call())

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


@contextmanager
def forwarding(target: Address) -> Iterator[Forwarder]:
    """A forwarder for as long as the block runs."""
    forwarder = Forwarder(target)
    try:
        yield forwarder
    finally:
        forwarder.close()
