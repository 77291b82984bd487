"""Whose thing a line of the log is about stands in the line: of every event, and as it is written."""

import ast
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs
from support.api import CONNECT_ACCOUNT, User
from support.clock import FakeClock
from support.production.poison import poisoned
from support.publishing import account, connect, due_post, fail, refresh_token, row
from support.ticks import HOUR, due_queue, due_queues

import perennial
from perennial.accounts import heads
from perennial.db.models import ConnectedAccount
from perennial.process import Process
from perennial.publishing.sending import Sender
from perennial.queues import tick as tick_module

SOURCE = Path(perennial.__file__).parent
OWNED = {"queue", "post", "publication", "publications", "account", "execution"}
LEVELS = {"debug", "info", "warning", "error", "exception", "log_info", "log_line"}


def log_calls() -> Iterator[tuple[str, str, set[str]]]:
    """Each line that our code logs: the module, the event, and the names of its fields, those in `**ids` as well."""
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text())
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from _calls_of(str(path.relative_to(SOURCE)), function)


def _calls_of(module: str, function: ast.AST) -> Iterator[tuple[str, str, set[str]]]:
    for node in ast.walk(function):
        if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
        event = node.args[0].value
        if name in LEVELS and isinstance(event, str) and "." in event and " " not in event:
            given = {one.arg for one in node.keywords if one.arg}
            spread = {one.value.id for one in node.keywords if not one.arg and isinstance(one.value, ast.Name)}
            yield module, event, given | _keys(function, spread)


def _keys(function: ast.AST, names: set[str]) -> set[str]:
    """The keys of the dictionaries that are given these names in the function."""
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict) and names & _targets(node):
            found |= {str(key.value) for key in node.value.keys if isinstance(key, ast.Constant)}
    return found


def _targets(node: ast.Assign) -> set[str]:
    return {target.id for target in node.targets if isinstance(target, ast.Name)}


def test_every_event_about_an_owners_thing_has_the_owner() -> None:
    found = list(log_calls())
    about = [(module, event) for module, event, fields in found if fields & OWNED]
    without = [
        (module, event) for module, event, fields in found if fields & OWNED and not fields & {"owner", "owners"}
    ]
    assert len(about) >= 18
    assert without == []


Lines = Callable[..., list[Any]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What is logged, with what its context adds; or the lines of one event."""
    with capture_logs(processors=[merge_contextvars]) as captured:
        yield lambda event: [line for line in captured if line["event"] == event]


def assert_alices(lines: Lines, *events: str) -> None:
    for event in events:
        found = lines(event)
        assert found, event
        assert [line["owner"] for line in found] == ["alice"] * len(found), event


async def test_what_becomes_of_a_queue(
    alice: User, clock: FakeClock, process: Process, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.connect("X")
    _, bad = await due_queues(alice, 2, clock.now + HOUR)
    plan = tick_module._planning.plan

    def planned(due: Any, *rest: Any) -> Any:
        if str(due.queue.id) == bad["id"]:
            raise ZeroDivisionError
        return plan(due, *rest)

    monkeypatch.setattr(tick_module._planning, "plan", planned)
    clock.advance(hours=1)
    await process.ticker.process_due_queues()
    assert {line["outcome"] for line in lines("queue.executed")} == {"executed", "failed"}
    assert_alices(lines, "queue.executed", "queue.failed")


async def test_a_queue_that_is_passed(alice: User, clock: FakeClock, process: Process, lines: Lines) -> None:
    await alice.connect("X")
    queue = await due_queue(alice, clock.now + HOUR, {"x": "Hello"})
    clock.advance(hours=1)
    async with poisoned("INSERT ON queue_executions", "queue_id", queue):
        await process.ticker.process_due_queues()
    assert_alices(lines, "queue.passed")


async def test_what_becomes_of_a_publication(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, lines: Lines
) -> None:
    await alice.connect("X")
    await fail(sandbox, "X", status=503, times=1, after_accepting=True)
    await due_post(alice, clock, x="In doubt")
    await process.publisher.publish_due()
    await fail(sandbox, "X", operation="timeline", status=503, times=1)
    clock.advance(seconds=10)
    await process.publisher.publish_due()
    clock.advance(minutes=10)
    await process.publisher.publish_due()
    await fail(sandbox, "X", status=429, times=1)
    await due_post(alice, clock, x="To wait")
    await process.publisher.publish_due()
    clock.advance(days=30)
    await process.publisher.publish_due()
    assert {line["status"] for line in lines("publication.settled")} >= {"unconfirmed", "scheduled"}
    assert_alices(lines, "publication.settled", "publication.look_up_unanswered", "publication.looked_up")
    assert_alices(lines, "account.blocked", "publication.over")


@pytest.mark.parametrize(("method", "event"), [("_publish", "publication.broken")])
async def test_what_breaks_off(
    alice: User,
    clock: FakeClock,
    process: Process,
    lines: Lines,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    event: str,
) -> None:
    async def break_off(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(Sender, method, break_off)
    await alice.connect("X")
    await due_post(alice, clock, x="Hello")
    await process.publisher.publish_due()
    assert_alices(lines, event)


async def test_a_result_that_cannot_be_stored(alice: User, clock: FakeClock, process: Process, lines: Lines) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    async with poisoned("UPDATE OF remote_id ON publications", "id", {"id": (await row(post)).id}):
        await process.publisher.publish_due()
    (lost,) = lines("results.lost")
    assert lost["owners"] == ["alice"]


async def test_what_becomes_of_an_account(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, lines: Lines
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + timedelta(seconds=1))
    await fail(sandbox, "X", operation="token", status=400, body={"error": "invalid_grant"}, times=1)
    await due_post(alice, clock, x="Hello")
    await process.publisher.publish_due()
    later = await alice.create_post(linkedin="Later")
    await alice.connect("LINKEDIN")
    await alice.schedule_post(later["id"], clock.now + HOUR)
    await ConnectedAccount.filter(id=(await account(alice, "LINKEDIN")).id).update(next_due=clock.now + 2 * HOUR)
    await heads.mender().mend_some()
    assert_alices(lines, "account.reconnect_required", "account.head_mended")


async def test_what_a_caller_meets(alice: User, sandbox: httpx2.AsyncClient, lines: Lines) -> None:
    await fail(sandbox, "X", operation="me", status=402, times=1)
    given = {"platform": "X", "accessToken": "sandbox-alice"}
    await alice.refused(CONNECT_ACCOUNT, input=given)
    assert_alices(lines, "platform.refused_us", "request.done")
