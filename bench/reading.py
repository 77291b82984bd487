"""Reads over HTTP as `python -m bench.reading`: a client in a process of its own, on connections that stay open."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence

CONNECTIONS = 16
WARM_SECONDS, SECONDS = 1.0, 4.0


def rate(port: int, body: bytes, token: str, nodes: Sequence[str]) -> float:
    """Answers a second, each of which held just these ids in this order; the work is done by another process."""
    given = {"port": port, "body": body.decode(), "token": token, "nodes": list(nodes)}
    done = subprocess.run(
        [sys.executable, "-m", "bench.reading"], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return float(done.stdout)


async def measure(port: int, request: bytes, nodes: Sequence[str]) -> float:
    """Asks on all connections at once, for some seconds that count and one before that does not."""
    begin = time.perf_counter() + WARM_SECONDS
    end = begin + SECONDS
    counts = await asyncio.gather(*(ask_until(port, request, nodes, begin, end) for _ in range(CONNECTIONS)))
    return sum(counts) / SECONDS


async def ask_until(port: int, request: bytes, nodes: Sequence[str], begin: float, end: float) -> int:
    """Asks again and again on one connection; returns how many answers came between the two moments."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count, answer, right = 0, b"", b""
    while (now := time.perf_counter()) < end:
        writer.write(request)
        answer = await read_answer(reader)
        if answer != right:  # the same bytes as before are as right as they were
            check(answer, nodes)
            right = answer
        count += begin <= now and time.perf_counter() <= end
    writer.close()
    return count


async def read_answer(reader: asyncio.StreamReader) -> bytes:
    """The body of an answer that has a Content-Length, as ours and the limit's have."""
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), head
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    return await reader.readexactly(int(length))


def check(answer: bytes, nodes: Sequence[str]) -> None:
    """These queues, in this order, whole and with their posts."""
    found = json.loads(answer)["data"]["queues"]["nodes"]
    assert [node["id"] for node in found] == list(nodes)
    assert {len(node) for node in found} == {8}
    assert [node["originalPost"]["id"] for node in found] == list(nodes)


def request_of(body: str, token: str) -> bytes:
    """The bytes of the one request that is sent."""
    lines = [
        "POST /graphql HTTP/1.1",
        "host: perennial.test",
        "content-type: application/json",
        f"authorization: Bearer {token}",
        f"content-length: {len(body.encode())}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


if __name__ == "__main__":
    given = json.load(sys.stdin)
    request = request_of(given["body"], given["token"])
    print(asyncio.run(measure(given["port"], request, given["nodes"])))
