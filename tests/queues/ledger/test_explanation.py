"""What a row of the ledger says to a person: a table of cases."""

import re
from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from perennial.core.publication_codes import PUBLICATION_CODES
from perennial.core.states import ExecutionOutcome, Platform, PublicationStatus
from perennial.queues.ledger.explanation import REASONS, REASONS_OF_SEVERAL, explain, occurrences
from perennial.queues.ledger.published import MEANINGS, Sent
from perennial.queues.recurrence.reasons import OF_OCCURRENCES, OF_SEVERAL

NINE = datetime(2027, 3, 24, 8, tzinfo=UTC)  # in Berlin
BERLIN, DAY, MINUTE = "Europe/Berlin", timedelta(days=1), timedelta(minutes=1)
X, LINKEDIN = Platform.X, Platform.LINKEDIN
SCHEDULED, FAILED = PublicationStatus.SCHEDULED, PublicationStatus.FAILED
PLANNED = "It was planned for Wednesday, 24 March 2027, 09:00 (Europe/Berlin)."
ON_X = Sent(X, PublicationStatus.PUBLISHED, "https://x.com/i/web/status/1")
OUT = "X: published, https://x.com/i/web/status/1."


def row(reason: str | None = None, outcome: str = "executed", **columns: Any) -> Any:
    given = {"missed_count": 0, "until": None, "moved_to": None, "extra": False, "executed_time": NINE} | columns
    return SimpleNamespace(scheduled_time=NINE, outcome=ExecutionOutcome(outcome), reason=reason, **given)


def skipped(reason: str, count: int = 0, until: datetime | None = None) -> Any:
    return row(reason, "skipped", missed_count=count, until=until)


RAN = [
    (row(), [ON_X], f"{PLANNED} {OUT}"),
    (
        row(executed_time=NINE + 90 * MINUTE, missed_count=2),
        [ON_X],
        f"{PLANNED} It ran later, on Wednesday, 24 March 2027, 10:30 (Europe/Berlin), as the service could not run it "
        f"in time. It also stands for 2 earlier occurrences that the service missed. {OUT}",
    ),
    (
        row(moved_to=NINE + DAY, executed_time=NINE + DAY),
        [ON_X],
        "It was planned for Wednesday, 24 March 2027, 09:00 (Europe/Berlin), and moved to Thursday, 25 March 2027, "
        f"09:00 (Europe/Berlin). {OUT}",
    ),
    (
        row(extra=True),
        [ON_X],
        f"This was an extra run, asked for by runQueueNow on Wednesday, 24 March 2027, 09:00 (Europe/Berlin). {OUT}",
    ),
    (
        row("ACCOUNT_MISSING:LINKEDIN"),
        [ON_X],
        f"{PLANNED} LinkedIn was left out: no account was connected there; connectAccount connects one. {OUT}",
    ),
    (
        row(),
        [Sent(X, FAILED, code="DUPLICATE_CONTENT", message="No."), Sent(LINKEDIN, FAILED, None, "REFUSED", "Not now.")],
        f"{PLANNED} X: it failed, as the platform had published the same text shortly before; it takes another text. "
        "LinkedIn: it failed, as the platform refused it: “Not now”.",
    ),
    (
        row(),
        [
            Sent(X, SCHEDULED, code="RATE_LIMITED", until=NINE + 15 * MINUTE),
            Sent(LINKEDIN, SCHEDULED, until=NINE + 15 * MINUTE),
        ],
        f"{PLANNED} X: it waits until Wednesday, 24 March 2027, 09:15 (Europe/Berlin), as the platform asks the "
        "account to wait. LinkedIn: it goes out on Wednesday, 24 March 2027, 09:15 (Europe/Berlin).",
    ),
    (
        row(),
        [Sent(X, SCHEDULED, code="CREDITS_DEPLETED", until=NINE), Sent(LINKEDIN, SCHEDULED, until=NINE)],
        f"{PLANNED} X: it waits, as the platform serves nobody at the moment; somebody who operates Perennial has to "
        "act. LinkedIn: it goes out in a moment.",
    ),
    (
        row(),
        [Sent(X, SCHEDULED, code="PERMISSION_DENIED", until=NINE), Sent(LINKEDIN, FAILED, code="PERMISSION_DENIED")],
        f"{PLANNED} X: it waits, as the platform shuts our app out; somebody who operates Perennial has to act. "
        "LinkedIn: it failed, as the token did not permit publishing.",
    ),
    (
        row(),
        [Sent(X, PublicationStatus.UNCONFIRMED, code="OUTCOME_UNKNOWN"), Sent(LINKEDIN, PublicationStatus.DRAFT)],
        f"{PLANNED} X: it may have been published or not, so it is not sent again; look there, then use "
        "confirmPublication or retryPublication. LinkedIn: it was unscheduled before it went out.",
    ),
    (row(), [Sent(X, PublicationStatus.PUBLISHING)], f"{PLANNED} X: it is being sent."),
    (
        row(),
        [Sent(X, FAILED, code="OF_A_LATER_VERSION", message="So.")],
        f"{PLANNED} X: it failed, as its code is OF_A_LATER_VERSION: “So”.",
    ),
    (row(), None, f"{PLANNED} Its post was deleted since, so what became of it is not known any more."),
]
DID_NOT_RUN = [
    (
        skipped("PAUSED", 5, NINE + 4 * DAY),  # after the clock went forward
        "These were 5 occurrences, from Wednesday, 24 March 2027, 09:00 (Europe/Berlin) to Sunday, 28 March 2027, "
        "10:00 (Europe/Berlin). They did not run: the queue was paused.",
    ),
    (
        skipped("RECONNECT_REQUIRED", 1),
        f"{PLANNED} It did not run: no account's tokens were accepted any more; connectAccount connects an account "
        "again. It also stands for an earlier occurrence that the service missed.",
    ),
    (
        skipped("ACCOUNT_MISSING:X,RECONNECT_REQUIRED:LINKEDIN"),
        f"{PLANNED} It did not run. X was left out: no account was connected there; connectAccount connects one. "
        "LinkedIn was left out: the account's tokens were not accepted any more; connectAccount connects it again.",
    ),
    (
        row("INTERNAL_ERROR:KeyError", "failed", missed_count=2),
        f"{PLANNED} It failed by a fault of the service (KeyError), and the queue went on after it. Whoever operates "
        "Perennial finds the fault in the log. It also stands for 2 earlier occurrences that the service missed.",
    ),
    (
        row("SCHEDULE_CHANGED", "skipped", moved_to=NINE + DAY),
        f"{PLANNED[:-1]}, and moved to Thursday, 25 March 2027, 09:00 (Europe/Berlin). It did not run: the "
        "queue's schedule was changed before that time came.",
    ),
    (
        row("SCHEDULE_CHANGED", "skipped", moved_to=NINE - MINUTE),
        f"{PLANNED[:-1]}, and moved to Wednesday, 24 March 2027, 08:59 (Europe/Berlin). It did not run: "
        f"{REASONS['SCHEDULE_CHANGED']}.",
    ),
    (skipped("OF_A_LATER_VERSION"), f"{PLANNED} It did not run: OF_A_LATER_VERSION."),
    *(
        (skipped(reason, int(reason in OF_SEVERAL)), f"{PLANNED} It did not run: {words}.")
        for reason, words in REASONS.items()
    ),
    *(
        (
            skipped(reason, 2, NINE + DAY),
            "These were 2 occurrences, from Wednesday, 24 March 2027, 09:00 (Europe/Berlin) to Thursday, 25 March "
            f"2027, 09:00 (Europe/Berlin). They did not run: {words}.",
        )
        for reason, words in REASONS_OF_SEVERAL.items()
    ),
]


@pytest.mark.parametrize(("one", "sent", "words"), [*RAN, *((one, None, words) for one, words in DID_NOT_RUN)])
def test_it_says_what_was_planned_what_came_of_it_why_and_what_is_to_be_done(
    one: Any, sent: list[Sent] | None, words: str
) -> None:
    assert explain(one, BERLIN, sent, NINE) == words


@pytest.mark.parametrize("timezone", [None, "Mars/Olympus"])
def test_without_a_zone_and_in_one_that_only_a_newer_version_knows_times_are_in_utc(timezone: str | None) -> None:
    assert explain(row(), timezone, [ON_X], NINE) == f"It was planned for Wednesday, 24 March 2027, 08:00 UTC. {OUT}"


def test_the_first_and_the_last_of_several_tell_it_as_the_planned_one_does() -> None:
    forward = datetime(2027, 3, 14, 7, 30, tzinfo=UTC)
    planned, several = row(), skipped("PAUSED", 3, forward)
    planned.scheduled_time, several.scheduled_time = forward, forward - 2 * DAY
    skipped_time = "Sunday, 14 March 2027, 03:30 (America/New_York; the clock skipped 02:30)."
    assert f"planned for {skipped_time}" in explain(planned, "America/New_York", [ON_X], NINE, time(2, 30))
    assert f"to {skipped_time}" in explain(several, "America/New_York", None, NINE, time(2, 30))


def _words(sentences: dict[str, str]) -> set[str]:
    return set(re.findall(r"\w+", " ".join(sentences.values())))


def test_what_is_said_of_one_is_not_said_of_several_nor_the_other_way_round() -> None:
    several, one = (_words(sentences) for sentences in (REASONS_OF_SEVERAL, REASONS))
    assert not several & {"it", "date"}
    assert not one & {"them", "they", "their", "dates"}


def test_every_reason_has_its_words() -> None:
    assert REASONS.keys() == set(OF_OCCURRENCES)
    assert REASONS_OF_SEVERAL.keys() == set(OF_SEVERAL)


def test_every_code_of_a_publication_has_a_meaning() -> None:
    assert MEANINGS.keys() == set(PUBLICATION_CODES)


def test_a_row_counts_the_occurrences_that_it_accounts_for() -> None:
    rows = [row(), row(missed_count=3), skipped("MISSED", 4, NINE + DAY), skipped("ACCOUNT_MISSING"), row(extra=True)]
    assert [occurrences(one) for one in rows] == [1, 4, 4, 1, 0]
