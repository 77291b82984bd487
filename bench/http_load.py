"""A load generator, `python -m bench.http_load`: it sends one GraphQL request again and again over HTTP."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence

CONNECTIONS = 16
WARM_SECONDS, SECONDS = 1.0, 4.0


def rate(port: int, body: bytes, token: str, nodes: Sequence[str]) -> float:
    """Responses a second, measured by a child process, which checks that each holds these ids in this order."""
    job = {"port": port, "body": body.decode(), "token": token, "nodes": list(nodes)}
    child = subprocess.run(
        [sys.executable, "-m", "bench.http_load"], input=json.dumps(job), capture_output=True, text=True, check=False
    )
    if child.returncode:
        raise RuntimeError(child.stderr)
    return float(child.stdout)


async def measure(port: int, request: bytes, nodes: Sequence[str]) -> float:
    """Sends requests on all connections: WARM_SECONDS that do not count, then SECONDS that do."""
    begin = time.perf_counter() + WARM_SECONDS
    end = begin + SECONDS
    counts = await asyncio.gather(*(send_until(port, request, nodes, begin, end) for _ in range(CONNECTIONS)))
    return sum(counts) / SECONDS


async def send_until(port: int, request: bytes, nodes: Sequence[str], begin: float, end: float) -> int:
    """Sends requests on one connection; returns the number of responses between `begin` and `end`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count, response, checked = 0, b"", b""
    while (now := time.perf_counter()) < end:
        writer.write(request)
        response = await read_response(reader)
        if response != checked:  # the same bytes were checked before
            check(response, nodes)
            checked = response
        count += begin <= now and time.perf_counter() <= end
    writer.close()
    return count


async def read_response(reader: asyncio.StreamReader) -> bytes:
    """Reads a response with a Content-Length, which both servers send; returns its body."""
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), head
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    return await reader.readexactly(int(length))


def check(response: bytes, nodes: Sequence[str]) -> None:
    """Checks that the response has these queues in this order, with all fields and their posts."""
    found = json.loads(response)["data"]["queues"]["nodes"]
    assert [node["id"] for node in found] == list(nodes)
    assert {len(node) for node in found} == {8}
    assert [node["originalPost"]["id"] for node in found] == list(nodes)


def request_bytes(body: str, token: str) -> bytes:
    """The bytes of the HTTP request."""
    lines = [
        "POST /graphql HTTP/1.1",
        "host: perennial.test",
        "content-type: application/json",
        f"authorization: Bearer {token}",
        f"content-length: {len(body.encode())}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


if __name__ == "__main__":
    job = json.load(sys.stdin)
    request = request_bytes(job["body"], job["token"])
    print(asyncio.run(measure(job["port"], request, job["nodes"])))
