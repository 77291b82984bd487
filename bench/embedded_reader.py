"""Somebody who reads a page of queues again and again: `python -m bench.embedded_reader PORT TOKEN`.

Says `ready` after the first answer; after a line of input, the milliseconds of all that came since.
"""

import http.client
import json
import sys
import threading
import time

QUERY = "{ queues(first: 25) { nodes { id nextScheduledTime originalPost { id } } } }"


def main(port: int, token: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    told = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), told.set()), daemon=True).start()
    waits: list[float] = []
    read(connection, headers)
    print("ready", flush=True)
    while not told.is_set():
        begun = time.perf_counter()
        read(connection, headers)
        waits.append((time.perf_counter() - begun) * 1000)
    print(*waits, sep="\n")


def read(connection: http.client.HTTPConnection, headers: dict[str, str]) -> None:
    """One page; it has to be a good one."""
    connection.request("POST", "/graphql", json.dumps({"query": QUERY}), headers)
    body = json.loads(connection.getresponse().read())
    assert len(body["data"]["queues"]["nodes"]) == 25, body


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
