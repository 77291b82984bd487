"""What no code of ours catches, in real processes: each is one event with a name, and one line of JSON."""

import json
import socket
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from support.processes import completed, forked, free_port, running, until

Line = dict[str, Any]

BEGIN = """
import asyncio, gc, logging, os, socket, threading, warnings, weakref
from perennial.observe import floods
from perennial.process.commands import run_command

async def wrong():
    raise ValueError("wrong")

def in_loop(work):
    async def main():
        await work()
        gc.collect()
        await asyncio.sleep(0)
    return lambda _settings: asyncio.run(main())
"""
END = "\nrun_command(main)\n"

# What is done, and what is said of it: the event, the type of the error, and words that are in the line.
STRAY = {
    "a task that nobody awaits": (
        """
async def work():
    asyncio.create_task(wrong())
    await asyncio.sleep(0.01)
main = in_loop(work)
""",
        ("loop.exception", "ValueError", "Task exception was never retrieved"),
    ),
    "a future that nobody awaits": (
        """
async def work():
    asyncio.get_running_loop().create_future().set_exception(ValueError("wrong"))
main = in_loop(work)
""",
        ("loop.exception", "ValueError", "Future exception was never retrieved"),
    ),
    "a task that is destroyed": (
        """
async def waits():
    await asyncio.get_running_loop().create_future()
async def work():
    asyncio.create_task(waits())
    await asyncio.sleep(0.01)
    asyncio.tasks._scheduled_tasks.clear() if hasattr(asyncio.tasks, "_scheduled_tasks") else None
main = in_loop(work)
""",
        ("loop.exception", None, "Task was destroyed but it is pending!"),
    ),
    "an error in a callback": (
        """
def call():
    raise ValueError("wrong")
async def work():
    asyncio.get_running_loop().call_soon(call)
    await asyncio.sleep(0.01)
main = in_loop(work)
""",
        ("loop.exception", "ValueError", "Exception in callback"),
    ),
    "an error in a protocol": (
        """
class Protocol(asyncio.Protocol):
    def data_received(self, data):
        raise ValueError("wrong")
async def work():
    ours, theirs = socket.socketpair()
    await asyncio.get_running_loop().create_connection(Protocol, sock=ours)
    theirs.send(b"x")
    await asyncio.sleep(0.05)
main = in_loop(work)
""",
        ("loop.exception", "ValueError", "Fatal error: protocol.data_received() call failed."),
    ),
    "a connection that cannot be accepted": (
        """
import resource
async def work():
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    asyncio.get_running_loop().remove_reader(0)
    client = socket.socket()
    taken = [os.dup(2)]
    limit = max(taken[-1], client.fileno()) + 1
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    client.setblocking(False)
    client.connect_ex(server.sockets[0].getsockname())
    await asyncio.sleep(0.1)
    os.close(taken[0])
    client.close()
main = in_loop(work)
""",
        ("loop.exception", "OSError", "socket.accept() out of system resource"),
    ),
    "a client that has left": (
        """
async def work():
    ours, theirs = socket.socketpair()
    transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=ours)
    transport.abort()
    for _ in range(10):
        transport.write(b"x")
main = in_loop(work)
""",
        ("loop.warning", None, "socket.send() raised exception."),
    ),
    "an error in a thread": (
        """
def call():
    raise ValueError("wrong")
def main(_settings):
    thread = threading.Thread(target=call, name="beside")
    thread.start()
    thread.join()
""",
        ("thread.exception", "ValueError", '"thread":"beside"'),
    ),
    "an error in a finalizer": (
        """
class Thing:
    def __del__(self):
        raise ValueError("wrong")
def main(_settings):
    Thing()
""",
        ("unraisable.exception", "ValueError", '"object":"Thing.__del__"'),
    ),
    "a warning": (
        """
def main(_settings):
    warnings.warn("Do not", UserWarning)
""",
        ("python.warning", None, '"category":"UserWarning"'),
    ),
    "a library's error": (
        """
def main(_settings):
    try:
        raise ValueError("wrong")
    except ValueError:
        logging.getLogger("websockets.server").exception("connection handler failed")
""",
        ("library.error", "ValueError", '"logger":"websockets.server"'),
    ),
    "a library's warning": (
        """
def main(_settings):
    logging.getLogger("asyncpg.pool").warning("more\\nthan a line of %s", "it")
""",
        ("library.warning", None, '"detail":"than a line of it"'),
    ),
    "a library's line that fits no text": (
        """
def main(_settings):
    logging.getLogger("tortoise").warning("%d", "no number")
""",
        ("library.unreadable", None, '"library":"tortoise"'),
    ),
}


def said(log: str) -> list[Line]:
    """The lines of a log, which has nothing but JSON."""
    return [json.loads(line) for line in log.splitlines()]


def run(code: str, by: Callable[..., "CompletedProcess[str]"] = completed) -> list[Line]:
    """What a command logs, that does this; it has to end well. What it logs in its very end, a fork of it does not."""
    done = by("-c", BEGIN + code + END, PERENNIAL_LOG_FORMAT="json")
    assert done.returncode == 0, done.stderr
    return said(done.stderr)


@pytest.mark.parametrize(("code", "expected"), STRAY.values(), ids=STRAY)
def test_each_becomes_one_event_with_a_name(code: str, expected: tuple[str, str | None, str]) -> None:
    event, error, words = expected
    lines = run(code, forked)
    (line,) = [line for line in lines if line["event"] == event]
    assert line.get("error") == error
    assert words in json.dumps(line, separators=(",", ":"))
    assert line["where"]
    assert (error is None) == ("exception" not in line)
    others = {one["event"] for one in lines} - {event}
    assert others <= {"lines.left_out"}, lines


FLOODS = {
    "of the loop": (
        """
async def work():
    for n in range(5000):
        context = {"message": f"Error {n} in a callback", "exception": OSError(n)}
        asyncio.get_running_loop().call_exception_handler(context)
main = in_loop(work)
""",
        "loop.exception",
    ),
    "of a library": (
        """
def main(_settings):
    for n in range(5000):
        logging.getLogger("uvicorn.error").warning("Invalid request %d", n)
""",
        "library.warning",
    ),
    "of warnings": (
        """
def main(_settings):
    warnings.simplefilter("always")
    for n in range(5000):
        warnings.warn(f"Do not {n}")
""",
        "python.warning",
    ),
}


@pytest.mark.parametrize(("code", "event"), FLOODS.values(), ids=FLOODS)
def test_a_flood_is_one_line_and_a_count(code: str, event: str) -> None:
    first, rest = run(code)
    assert first["event"] == event
    assert (rest["event"], rest["of"], rest["lines"]) == ("lines.left_out", event, 4999)


def test_different_lines_hide_nobody_and_have_a_bound_together() -> None:
    lines = run(
        """
def main(_settings):
    for n in range(1000):
        logging.getLogger("one").warning("".join(chr(97 + int(digit)) for digit in str(n)))
"""
    )
    written = [line for line in lines if line["event"] == "library.warning"]
    assert len(written) == len({line["message"] for line in written}) == 101  # KINDS_MAX, and the first of all others
    (rest,) = [line for line in lines if line["event"] == "lines.left_out"]
    assert (rest["of"], rest["lines"]) == ("other lines", 1000 - 101)


def test_the_count_comes_at_the_end_of_the_minute_and_then_the_next_line_is_written_again() -> None:
    """Of a minute that the test ends."""
    lines = run(
        """
def main(_settings):
    log = logging.getLogger("one")
    for _ in range(2):
        for _ in range(3):
            log.warning("again")
        floods.FLOODS.tell()
"""
    )
    assert [line["event"] for line in lines] == ["library.warning", "lines.left_out"] * 2


def test_a_finalizer_that_fails_while_a_line_is_counted_stops_nothing() -> None:
    """The collector may come by at any point, in the middle of our own work as well."""
    lines = run(
        """
class Thing:
    def __del__(self):
        raise ValueError("wrong")
def main(_settings):
    with floods.FLOODS._lock:
        Thing()
    logging.getLogger("one").warning("it goes on")
"""
    )
    assert [line["event"] for line in lines] == ["unraisable.exception", "library.warning"]


def test_a_line_of_the_loop_names_nobody_whose_request_happens_to_be_served() -> None:
    (line,) = run(
        """
from perennial.observe.logs import bind_log_ids, request_log_context
async def work():
    with request_log_context("r1"):
        bind_log_ids(owner="alice")
        asyncio.get_running_loop().create_future().set_exception(ValueError("wrong"))
        gc.collect()
main = in_loop(work)
"""
    )
    assert line["event"] == "loop.exception"
    assert not {"owner", "request"} & line.keys()


RUBBISH: dict[str, Callable[[int], bytes]] = {
    "no HTTP": lambda _port: b"\x16\x03\x01 this is no HTTP\r\n\r\n",
    "no WebSocket": lambda port: (
        f"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 1\r\nSec-WebSocket-Key: x\r\n\r\n"
    ).encode(),
}


def test_a_server_that_is_sent_rubbish_says_so_in_lines_of_its_log(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "server.log"
    settings = {"PERENNIAL_PORT": str(port), "PERENNIAL_VAR_DIR": str(tmp_path / "var"), "PERENNIAL_LOG_FORMAT": "json"}
    with running("server.py", log=log, **settings):
        until(lambda: is_open(port), "the server listens")
        for rubbish in [*RUBBISH.values()] * 20:
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(rubbish(port))
                assert connection.recv(12).startswith(b"HTTP/1.1 4")
    text = log.read_text()
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert "\nTraceback" not in text
    about = [line for line in lines if line["event"] == "library.warning" and line["logger"] == "uvicorn.error"]
    assert [line["message"] for line in about] == ["Invalid HTTP request received."]
    assert all("." in line["event"] and " " not in line["event"] for line in lines)


def is_open(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port)):
        return True
