"""The table in docs/protocol.md of what an issuer answers, and what callers are told then, over every protocol."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from structlog.testing import capture_logs
from support.outbound.issuer import (
    FIRST_KEY,
    ISSUER,
    JUNK,
    SECOND_KEY,
    USELESS,
    Issuer,
    bearer,
    jwk_of,
    jwks,
    published,
)
from support.protocols import PROTOCOLS, Told, served
from support.publishing import another_process

from perennial.api.auth import _issuer_keys
from perennial.process import Process

pytestmark = pytest.mark.one_dialect

PAGE = Path(__file__).parents[3] / "docs/protocol.md"
TABLE = PAGE.read_text().partition("\n## The issuer\n")[2].partition("\n## ")[0]
ACCEPTED, UNAUTHENTICATED, UNAVAILABLE = "accepted", "`UNAUTHENTICATED`", "`UNAVAILABLE`"


class Row(NamedTuple):
    """A line of the table: the issuer's answer, what becomes of the two kinds of tokens, and the event in the log."""

    answer: str
    known: str
    other: str
    event: str


ROWS = {
    row.answer: row
    for row in (Row(*cells) for cells in re.findall(r"^\| (.*) \| (.*) \| (.*) \| (.*) \|$", TABLE, re.M)[1:])
}


def answers(status: int, body: bytes = b"") -> Callable[[Issuer], None]:
    def change(issuer: Issuer) -> None:
        issuer.status, issuer.answer = status, body

    return change


def drips(issuer: Issuer) -> None:
    issuer.drips = True
    issuer.released.clear()


CASES: dict[str, list[Callable[[Issuer], None]]] = {
    "a key set with a key for RS256": [
        answers(200, jwks(one=FIRST_KEY)),
        answers(200, published(jwk_of(kid="one"), JUNK["null"])),
    ],
    "a key set with other keys alone: for another algorithm, for encryption, too short": [
        answers(200, published(USELESS["of another algorithm"])),
        answers(200, published(USELESS["for encryption"], USELESS["elliptic"])),
        answers(200, published(USELESS["weak"])),
    ],
    "a key set without any key that is understood": [
        answers(200, published()),
        answers(200, published(JUNK["a key of a kind that nobody knows"])),
    ],
    "200 and something that is no key set: a page, a list, more than 1 MiB": [
        answers(200, b"<html>Hello</html>"),
        answers(200, b"[]"),
        answers(200, published("a" * 1_100_000)),
    ],
    "a redirect, 404, 403 or another 4xx": [answers(status) for status in (302, 404, 403, 400)],
    "5xx, 408, 425 or 429": [answers(status) for status in (500, 503, 408, 425, 429)],
    "nothing: no connection, a certificate that is not accepted, no whole answer within three seconds": [
        Issuer.close,
        drips,
    ],
}
EACH = [pytest.param(answer, case, id=f"{answer[:40]} {n}") for answer in CASES for n, case in enumerate(CASES[answer])]


def test_every_line_is_tried() -> None:
    assert ROWS.keys() == CASES.keys()


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    """One that is asked before every answer of ours, and does not have long for its own."""
    for name in ("FRESH_SECONDS", "COOLDOWN_SECONDS"):
        monkeypatch.setattr(_issuer_keys, name, 0)
    issuer = Issuer()
    yield issuer
    issuer.released.set()
    issuer.close()


def outcome(name: str, told: Told) -> str:
    """The table's word for what was told, if all of it fits."""
    if name == "WebSocket":
        if told.status:
            return {4403: UNAUTHENTICATED, 1013: UNAVAILABLE}[told.status]
        return ACCEPTED if told.data == {"accounts": []} else "another answer"
    if told.code == "UNAVAILABLE":
        assert told.extensions == {"code": "UNAVAILABLE", "retryAfter": 5}
        if name != "server-sent events":
            assert (told.status, told.retry_after, told.data) == (503, "5", "none")
        return UNAVAILABLE
    assert (told.status, told.retry_after) == (200, None)
    if told.code is None:
        assert told.data == {"accounts": []}
        return ACCEPTED
    return f"`{told.code}`"


@pytest.mark.parametrize("name", PROTOCOLS)
@pytest.mark.parametrize(("answer", "change"), EACH)
async def test_what_callers_are_told_is_what_the_table_says(
    process: Process,
    issuer: Issuer,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    change: Callable[[Issuer], None],
    name: str,
) -> None:
    ask, row = PROTOCOLS[name], ROWS[answer]
    settings = {"jwt_key": None, "issuer": ISSUER, "jwks_url": issuer.url}
    async with another_process(process, **settings) as ours, served(ours) as address:
        assert outcome(name, await ask(address, bearer("one"), "{ accounts { id } }")) == ACCEPTED
        change(issuer)
        monkeypatch.setattr(_issuer_keys, "FETCH_TIMEOUT_SECONDS", 0.5)
        with capture_logs() as events:
            other = outcome(name, await ask(address, bearer("two", SECOND_KEY), "{ accounts { id } }"))
            known = outcome(name, await ask(address, bearer("one"), "{ accounts { id } }"))
    assert other == row.other
    assert row.known.startswith(known)
    logged = {event["event"] for event in events if event["event"].startswith("issuer.")}
    assert logged == set(re.findall(r"issuer\.\w+", row.event))
