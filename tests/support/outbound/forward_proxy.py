"""A forward proxy on loopback, as a company has one: it alone knows some names, and it notes what it is asked."""

import asyncio
import re
import ssl
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

Address = tuple[str, int]


@dataclass
class ForwardProxy:
    """Where each name leads, what was asked and with which credentials, and how it misbehaves if it is told to."""

    names: dict[str, Address] = field(default_factory=dict)
    status: int | None = None  # what it answers in place of doing what it is asked
    breaks: str | None = None  # "silent": it never answers; "dropped": it hangs up; "cut": it hangs up after CONNECT
    password: str | None = None  # user:password, without which it answers 407
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await self._serve(reader, writer)
        writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").removesuffix("\r\n\r\n")
        line, *headers = head.split("\r\n")
        method, target, _version = line.split(" ")
        self.asked.append(f"{method} {target}")
        if self.breaks == "silent":
            await reader.read()
        if self.breaks in ("silent", "dropped"):
            return
        url = urlsplit(f"//{target}" if method == "CONNECT" else target)
        status = self.status or self._refusal(headers, url.hostname or "")
        if status:
            writer.write(f"HTTP/1.1 {status} Some secret-reason\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
            return
        far_reader, far_writer = await asyncio.open_connection(*self.names[url.hostname or ""])
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            if self.breaks == "cut":
                far_writer.close()
                return
        else:
            kept = [one for one in headers if not one.lower().startswith(("proxy-", "connection:"))]
            path = target.partition(url.netloc)[2] or "/"
            head = "\r\n".join([f"{method} {path} HTTP/1.1", *kept, "Connection: close"])
            far_writer.write(_to_loopback(f"{head}\r\n\r\n".encode("latin-1")))
        await _join((reader, writer), (far_reader, far_writer))

    def _refusal(self, headers: list[str], host: str) -> int | None:
        given = [one.partition(": ")[2] for one in headers if one.lower().startswith("proxy-authorization:")]
        if self.password and [b64decode(one.removeprefix("Basic ")).decode() for one in given] != [self.password]:
            return 407
        return None if host in self.names else 502


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def _to_loopback(request: bytes) -> bytes:
    """The sandbox answers to a loopback name alone."""
    return re.sub(rb"\r\nHost: [^\r]+", b"\r\nHost: localhost", request, count=1)


async def _join(near: Stream, far: Stream, change: Callable[[bytes], bytes] = bytes) -> None:
    """Passes everything on in both directions until one side ends."""
    tasks = [asyncio.create_task(_pass_on(near[0], far[1], change)), asyncio.create_task(_pass_on(far[0], near[1]))]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    far[1].close()


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, change: Callable[[bytes], bytes] = bytes
) -> None:
    with suppress(OSError):
        while chunk := await reader.read(65_536):
            writer.write(change(chunk))
            await writer.drain()


@asynccontextmanager
async def forward_proxy(
    names: dict[str, Address] | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[ForwardProxy]:
    """A proxy that knows these names; one that is itself spoken to by TLS, where there is a certificate for it."""
    proxy = ForwardProxy(names or {})
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0, ssl=tls)
    proxy.port = server.sockets[0].getsockname()[1]
    yield proxy
    server.close()


@asynccontextmanager
async def tls_before(address: Address, context: ssl.SSLContext) -> AsyncIterator[Address]:
    """Where somebody speaks TLS and passes on what he is told to this address, as plain text."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await _join((reader, writer), await asyncio.open_connection(*address), _to_loopback)
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    yield server.sockets[0].getsockname()[:2]
    server.close()
