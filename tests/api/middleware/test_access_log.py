"""Each request is counted and has its line: under the name of what was executed, of which callers cannot make many."""

from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import structlog
from support.api import PAUSE_QUEUE, User
from support.clock import FakeClock
from support.metrics import Scrape, scrape

from perennial.api.graphql.posts import listing
from perennial.jobs.redis_client import RedisClient
from perennial.observe import metrics

pytestmark = pytest.mark.one_dialect

Lines = list[MutableMapping[str, Any]]
Counted = Callable[..., Awaitable[float]]


@pytest.fixture(autouse=True)
def _no_names_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_operations", set())


@pytest.fixture
def log() -> Iterator[Lines]:
    """What is logged, with what the lines of a request carry."""
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        yield lines


@pytest.fixture
async def counted(http: httpx2.AsyncClient) -> Counted:
    """How many requests of an operation have ended so since the test began."""
    before = await scrape(http)

    async def grown(operation: str, outcome: str = "ok") -> float:
        return _requests(await scrape(http), operation, outcome) - _requests(before, operation, outcome)

    return grown


def _requests(page: Scrape, operation: str, outcome: str) -> float:
    return page.value("http_requests_total", operation=operation, outcome=outcome) or 0


def done(log: Lines) -> MutableMapping[str, Any]:
    """The line of the one request to /graphql."""
    (line,) = [line for line in log if line["event"] == "request.done" and line["log_level"] == "info"]
    return line


async def test_a_request_is_counted_by_name_and_outcome(alice: User, counted: Counted) -> None:
    before = (await scrape(alice.http)).value("http_request_duration_seconds_count", operation="Mine") or 0
    await alice.execute("query Mine { accounts { id } }")
    await alice.execute("query Mine { accounts { id } }")
    await alice.execute("query Mine { posts(first: 0) { nodes { id } } }")
    assert await counted("Mine") == 2
    assert await counted("Mine", "BAD_USER_INPUT") == 1
    page = await scrape(alice.http)
    assert page.value("http_request_duration_seconds_count", operation="Mine") == before + 3


async def test_what_has_no_name_or_is_no_operation_has_a_word_for_that(
    alice: User, nobody: User, http: httpx2.AsyncClient, counted: Counted
) -> None:
    await alice.execute("{ accounts { id } }")
    await nobody.execute("{ accounts { id } }")
    await alice.execute("query Nonsense { nothing }")
    await alice.execute("query Broken {")
    asked = {"query": "query A { __typename }", "operationName": "B"}
    await http.post("/graphql", json=asked, headers={"Accept": "application/json"})
    await http.post("/graphql", content=b"null", headers={"Content-Type": "application/json"})
    await http.get("/graphql", headers={"Accept": "text/html"})
    assert await counted("anonymous") == 1
    assert await counted("anonymous", "UNAUTHENTICATED") == 1
    assert await counted("invalid", "BAD_REQUEST") == 3
    assert await counted("none", "http_400") == 1
    assert await counted("none") == 1
    assert "Nonsense" not in (await scrape(http)).labels("http_requests_total", "operation")


async def test_the_name_is_of_the_operation_that_was_executed(http: httpx2.AsyncClient, counted: Counted) -> None:
    query = "query Unasked { __typename } query Asked { __typename }"
    for name in ("Asked", "Elsewhere"):
        await http.post("/graphql", json={"query": query, "operationName": name})
    assert await counted("other") == 1
    assert (await scrape(http)).labels("http_requests_total", "operation").isdisjoint({"Unasked", "Elsewhere"})


async def test_mallory_cannot_fill_the_metrics_with_names(alice: User, mallory: User, counted: Counted) -> None:
    await alice.execute("query Mine { accounts { id } }")
    for n in range(metrics.OPERATIONS_MAX + 20):
        await mallory.execute(f"query Junk{n} {{ __typename }}")
    await alice.execute("query Mine { accounts { id } }")
    names = (await scrape(alice.http)).labels("http_requests_total", "operation")
    assert len({name for name in names if name.startswith("Junk")}) == metrics.OPERATIONS_MAX - 1
    assert await counted("other") == 21
    assert await counted("Mine") == 2


async def test_whoever_has_no_token_gives_no_name(nobody: User, alice: User, counted: Counted) -> None:
    await nobody.execute("query Typed { __typename }")
    await alice.execute(f"query {'A' * 65} {{ __typename }}")
    assert await counted("other") == 2
    await alice.execute("query Typed { __typename }")
    await nobody.execute("query Typed { __typename }")
    assert await counted("Typed") == 2


async def test_the_line_says_what_was_asked_how_it_went_and_how_long_it_took(alice: User, log: Lines) -> None:
    await alice.execute("query Mine { accounts { id } }")
    line = done(log)
    assert {name: line[name] for name in ("operation", "kind", "status", "outcome", "owner")} == {
        "operation": "Mine",
        "kind": "query",
        "status": 200,
        "outcome": "ok",
        "owner": "alice",
    }
    assert line["milliseconds"] > 0
    assert len(line["request"]) == 32


async def test_an_answer_that_is_streamed_has_its_line_when_the_stream_has_ended(alice: User, log: Lines) -> None:
    headers = {"Authorization": f"Bearer {alice.token}", "Accept": "text/event-stream"}
    await alice.http.post("/graphql", json={"query": "query Mine { accounts { id } }"}, headers=headers)
    line = done(log)
    assert (line["operation"], line["kind"], line["outcome"], line["owner"]) == ("Mine", "query", "ok", "alice")


async def test_the_line_of_a_refusal_names_the_code(nobody: User, log: Lines) -> None:
    await nobody.execute(PAUSE_QUEUE, id="01a20af0-55ab-7309-865e-02094c0475c9")
    line = done(log)
    assert (line["operation"], line["kind"], line["outcome"]) == ("anonymous", "mutation", "UNAUTHENTICATED")
    assert "owner" not in line


async def test_a_long_name_is_cut_in_the_line(alice: User, log: Lines) -> None:
    await alice.execute(f"query {'A' * 5_000} {{ __typename }}")
    assert done(log)["operation"] == "A" * metrics.OPERATION_LENGTH_MAX


async def test_the_line_says_what_it_was_about(alice: User, queue: Any, log: Lines) -> None:
    await alice.execute(PAUSE_QUEUE, id=queue["id"])
    assert done(log)["queue"] == queue["id"]


async def test_what_was_made_is_named(alice: User, clock: FakeClock, log: Lines) -> None:
    post = await alice.create_post(x="Hello again")
    assert done(log)["post"] == post["id"]
    log.clear()
    made = await alice.create_queue(post["id"], clock.now + timedelta(hours=1))
    assert (done(log)["post"], done(log)["queue"]) == (post["id"], made["id"])


async def test_every_line_of_a_request_says_whose_it_is_and_what_it_is_about(
    alice: User, queue: Any, clock: FakeClock, log: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> Any:
        raise ConnectionRefusedError("nobody there")

    monkeypatch.setattr(RedisClient, "write_jobs", fail)
    made = await alice.create_queue(queue["originalPostId"], clock.now + timedelta(seconds=10))
    (missed,) = [line for line in log if line["event"] == "alarm.missed"]
    assert (missed["owner"], missed["queue"]) == ("alice", made["id"])
    assert missed["request"] == done(log)["request"]


async def test_the_next_request_knows_nothing_of_the_last(alice: User, nobody: User, queue: Any, log: Lines) -> None:
    await alice.execute(PAUSE_QUEUE, id=queue["id"])
    log.clear()
    await nobody.execute("{ __typename }")
    assert done(log).keys().isdisjoint({"owner", "queue", "post"})


async def test_no_text_and_no_token_is_in_the_log(alice: User, log: Lines) -> None:
    await alice.create_post(x="A secret text")
    await alice.connect("X")
    assert "A secret text" not in str(log)
    assert alice.token not in str(log)
    assert "sandbox-alice" not in str(log)


async def test_a_bug_is_counted_as_one(alice: User, counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr(listing, "list_posts", fail)
    await alice.execute("query Listing { posts { nodes { id } } }")
    assert await counted("Listing", "INTERNAL_SERVER_ERROR") == 1


async def test_other_paths_are_told_of_to_those_alone_who_debug(http: httpx2.AsyncClient, log: Lines) -> None:
    before = await scrape(http)
    await http.get("/healthz")
    await http.get("/nowhere")
    assert {line["log_level"] for line in log if line["event"] == "request.done"} == {"debug"}
    after = await scrape(http)
    names = after.labels("http_requests_total", "operation")
    assert all(_requests(after, name, "ok") == _requests(before, name, "ok") for name in names)
