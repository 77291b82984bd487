"""A client that reads a page of queues again and again: `python -m bench.embedded_reader PORT TOKEN`.

It prints `ready` after the first response and, once it reads a line of input, the latency of each later one in
milliseconds.
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
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
    latencies: list[float] = []
    read_page(connection, headers)
    print("ready", flush=True)
    while not stop.is_set():
        begun = time.perf_counter()
        read_page(connection, headers)
        latencies.append((time.perf_counter() - begun) * 1000)
    print(*latencies, sep="\n")


def read_page(connection: http.client.HTTPConnection, headers: dict[str, str]) -> None:
    """Requests one page and checks that it is complete."""
    connection.request("POST", "/graphql", json.dumps({"query": QUERY}), headers)
    body = json.loads(connection.getresponse().read())
    assert len(body["data"]["queues"]["nodes"]) == 25, body


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
