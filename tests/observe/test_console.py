"""What a console shows: one line for each post that went out, and what is out of the ordinary."""

from collections.abc import Callable
from typing import Any

import pytest
from structlog import DropEvent

from perennial.observe import _console
from perennial.observe._console import PostLines

Line = dict[str, Any]
Show = Callable[..., list[Line]]


@pytest.fixture
def show() -> Show:
    """Logs an event; the lines that a console shows of it."""
    shown: list[Line] = []

    def render(_logger: object, _method: str, line: Line) -> str:
        shown.append(line)
        return line["event"]

    lines = PostLines(render)

    def log(event: str, **fields: Any) -> list[Line]:
        shown.clear()
        try:
            text = lines(None, "info", {"event": event, "level": "info", "timestamp": "20:35:49Z", **fields})
        except DropEvent:
            assert shown == []
        else:
            assert text == "\n".join(line["event"] for line in shown)
        return list(shown)

    return log


def settle(show: Show, platform: str, post: str = "p1", run: str = "r1", **fields: Any) -> list[Line]:
    """A publication's result, as the recorder logs it; published where nothing else is said."""
    result = {"status": "published", "code": None, "url": f"https://{platform}.example/{post}"} | fields
    return show("publication.settled", run=run, post=post, owner="alice", publication="1", platform=platform, **result)


def test_a_run_is_one_line_for_a_post_with_its_address_on_each_platform(show: Show) -> None:
    assert show("queue.executed", queue="q", outcome="executed", reason=None) == []
    assert show("tick.done", due=1, executed=1) == []
    assert settle(show, "X") == settle(show, "LINKEDIN") == []
    assert show("publish.done", run="r1", published=2) == [
        {
            "timestamp": "20:35:49Z",
            "level": "info",
            "event": "post.published",
            "X": "https://X.example/p1",
            "LINKEDIN": "https://LINKEDIN.example/p1",
            "owner": "alice",
            "post": "p1",
        }
    ]
    assert show("publish.done", run="r1") == []


def test_each_post_of_a_run_has_its_line_and_other_runs_are_not_waited_for(show: Show) -> None:
    for post, run in (("p1", "r1"), ("p2", "r1"), ("p3", "r2")):
        settle(show, "X", post, run)
    assert [line["post"] for line in show("publish.done", run="r1")] == ["p1", "p2"]
    assert [line["post"] for line in show("publish.done", run="r2")] == ["p3"]


def test_a_post_of_a_long_run_does_not_wait_for_its_end(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(show, "X", "p1")
    monkeypatch.setattr(_console, "DELAY_SECONDS_MAX", 0)
    assert [line["post"] for line in settle(show, "X", "p2")] == ["p1", "p2"]


@pytest.mark.parametrize("event", ["tick.done", "server.stopping"])
def test_a_post_whose_run_never_ends_is_shown_before_whatever_is_logged_next(
    show: Show, event: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(show, "X", "p1")
    monkeypatch.setattr(_console, "DELAY_SECONDS_MAX", 0)
    assert [line["event"] for line in show(event)][:1] == ["post.published"]
    assert show("publish.done", run="r1") == []


def test_a_run_that_ended_claims_of_a_dead_worker_is_shown_after_its_posts(show: Show) -> None:
    settle(show, "X")
    assert [line["event"] for line in show("publish.done", run="r1", rescued=2)] == ["post.published", "publish.done"]
    assert [line["rescued"] for line in show("publish.done", run="r2", rescued=1)] == [1]
    assert show("publish.done", run="r3", rescued=0, published=1) == []


@pytest.mark.parametrize(
    ("status", "code", "level", "words"),
    [
        ("failed", "DUPLICATE_CONTENT", "warning", "failed DUPLICATE_CONTENT"),
        ("unconfirmed", "OUTCOME_UNKNOWN", "warning", "unconfirmed OUTCOME_UNKNOWN"),
        ("scheduled", None, "info", "scheduled"),
    ],
)
def test_a_post_is_called_by_the_worst_that_happened_to_it(
    show: Show, status: str, code: str | None, level: str, words: str
) -> None:
    settle(show, "X", status=status, code=code, url=None)
    settle(show, "LINKEDIN")
    (line,) = show("publish.done", run="r1")
    assert (line["event"], line["level"], line["X"]) == (f"post.{status}", level, words)
    assert line["LINKEDIN"] == "https://LINKEDIN.example/p1"


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        ("queue.executed", {"outcome": "skipped", "reason": "ACCOUNT_MISSING"}),
        ("queue.failed", {}),
        ("platform.tripped", {}),
        ("server.stopping", {}),
    ],
)
def test_what_is_out_of_the_ordinary_is_shown_as_it_is(show: Show, event: str, fields: Line) -> None:
    (line,) = show(event, **fields)
    assert line["event"] == event
    assert fields.items() <= line.items()


@pytest.mark.parametrize("event", ["request.done", "operation.done", "socket.closed", "tick.done"])
def test_what_happens_all_the_time_is_not_shown(show: Show, event: str) -> None:
    assert show(event) == []
