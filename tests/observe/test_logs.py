"""The log: no token in it, JSON lines in production, and the request's id on every line of a request."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from support.http import client_in

from perennial.api.middleware.request_ids import RequestId
from perennial.observe import logs
from perennial.observe.floods import FLOODS

TOKEN = "sandbox-alice-and-nobody-elses"


@pytest.fixture
def written() -> io.StringIO:
    """What goes to standard error."""
    return io.StringIO()


@pytest.fixture
def configure(written: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Configures the log as a process does, and puts it back; pytest's own handlers are not to be closed by it."""
    root = logging.getLogger()
    levels = {
        logger: logger.level
        for logger in (root, *map(logging.getLogger, (*logs.QUIET_LIBRARIES, "uvicorn.error", "httpx2")))
    }

    def configure_alone(**given: object) -> None:
        root.handlers[:] = []
        FLOODS.tell()
        monkeypatch.setattr(sys, "stderr", written)
        logs.configure(**{"json_lines": True, "level": "INFO", **given})

    yield configure_alone
    root.handlers[:] = []
    structlog.reset_defaults()
    for logger, level in levels.items():
        logger.setLevel(level)


@pytest.fixture
def lines(configure: Callable[..., None], written: io.StringIO) -> Callable[[], list[dict[str, Any]]]:
    """The log of a production, line by line."""
    configure()
    return lambda: [json.loads(line) for line in written.getvalue().splitlines()]


@pytest.fixture
def answers(lines: Callable[[], list[dict[str, Any]]]) -> Callable[[], list[dict[str, Any]]]:
    """The lines of requests alone: whatever else is alive in this process may have something to say too."""
    return lambda: [line for line in lines() if line["event"] == "request.answered"]


def send(access_token: str) -> None:
    headers = {"Authorization": f"Bearer {access_token}"}
    raise RuntimeError(f"{len(headers)} header is too many")


def fail_to_send() -> None:
    try:
        send(TOKEN)
    except RuntimeError:
        logs.get_logger("perennial.publishing.sending").exception("publication.crashed", publication="42")


def test_production_writes_one_json_object_a_line(lines):
    logs.get_logger("perennial.queues.tick").info("queue.executed", queue="42", occurrence="2026-11-23T09:00:00.000Z")
    (line,) = lines()
    assert line["timestamp"].endswith("Z")
    assert line == {
        "event": "queue.executed",
        "queue": "42",
        "occurrence": "2026-11-23T09:00:00.000Z",
        "level": "info",
        "logger": "perennial.queues.tick",
        "timestamp": line["timestamp"],
    }


def test_the_libraries_lines_have_the_same_form(lines):
    logging.getLogger("uvicorn.error").warning("two\nlines of %s", "theirs")
    (line,) = lines()
    assert (line["event"], line["logger"], line["level"]) == ("library.warning", "uvicorn.error", "warning")
    assert (line["message"], line["detail"]) == ("two", "lines of theirs")


def test_a_traceback_in_production_is_one_line_without_local_variables(lines, written):
    fail_to_send()
    text = written.getvalue()
    (line,) = lines()
    assert TOKEN not in text
    assert "Bearer" not in text
    (raised,) = line["exception"]
    assert (raised["exc_type"], raised["exc_value"]) == ("RuntimeError", "1 header is too many")
    assert [frame["name"] for frame in raised["frames"]] == ["fail_to_send", "send"]


def test_a_traceback_on_a_console_has_no_local_variables_either(configure, written):
    configure(json_lines=False)
    fail_to_send()
    text = written.getvalue()
    assert "1 header is too many" in text
    assert "in send" in text
    assert TOKEN not in text


def test_a_librarys_traceback_has_no_local_variables_either(lines, written):
    try:
        send(TOKEN)
    except RuntimeError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    text = written.getvalue()
    assert "1 header is too many" in text
    assert TOKEN not in text


def test_what_is_below_the_level_is_not_written(configure, written):
    configure(level="WARNING")
    logs.get_logger("perennial.queues.tick").info("queue.executed")
    logs.get_logger("perennial.queues.tick").warning("queue.failed")
    assert [json.loads(line)["event"] for line in written.getvalue().splitlines()] == ["queue.failed"]


def test_statements_and_requests_of_libraries_are_not_written(lines):
    for name in ("tortoise.db_client", "uvicorn.access", "arq.worker", "aiosqlite"):
        logging.getLogger(name).info("SELECT encrypted_access_token")
    assert lines() == []


@pytest.fixture
async def web(lines: object) -> httpx2.AsyncClient:
    """An application that logs as it answers."""
    logging.getLogger("httpx2").setLevel(logging.WARNING)

    async def answer(_request: Request) -> Response:
        logs.get_logger("perennial.api.middleware.access_log").info("request.answered")
        return PlainTextResponse("ok")

    app = Starlette(routes=[Route("/", answer)], middleware=[Middleware(RequestId)])
    return client_in(app)


async def test_a_requests_lines_carry_the_id_that_its_answer_names(web, answers):
    first, second = [(await web.get("/")).headers["x-request-id"] for _ in range(2)]
    assert first != second
    assert [line["request"] for line in answers()] == [first, second]


async def test_the_id_that_a_proxy_gave_is_taken_over(web, answers):
    answer = await web.get("/", headers={"X-Request-Id": "proxy:7.a-b_c"})
    assert answer.headers["x-request-id"] == "proxy:7.a-b_c"
    assert [line["request"] for line in answers()] == ["proxy:7.a-b_c"]


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, 'a"b', "a/b", "\u00e9".encode(), "\u00e9".encode("latin-1")])
async def test_mallorys_id_that_could_garble_a_log_is_replaced(web, answers, given):
    answer = await web.get("/", headers={"X-Request-Id": given})
    (line,) = answers()
    assert line["request"] == answer.headers["x-request-id"] != given
    assert len(line["request"]) == 32


async def test_what_is_logged_after_a_request_carries_no_id(web, lines, answers):
    await web.get("/")
    logs.get_logger("perennial.api.middleware.access_log").info("cron.ran")
    (answered,), (after,) = answers(), [line for line in lines() if line["event"] == "cron.ran"]
    assert "request" in answered
    assert "request" not in after
