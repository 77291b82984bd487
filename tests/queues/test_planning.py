"""What a tick decides about one due queue, without reading or writing anything."""

from datetime import UTC, datetime, timedelta
from itertools import product
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from perennial.core.states import AccountStatus, ExecutionOutcome, Platform, PostStatus, PublicationStatus, QueueStatus
from perennial.db.models import ConnectedAccount, RecurringQueue
from perennial.jobs.cron_periods import PERIODS
from perennial.queues.tick._accounts import cloneable_or_refusal
from perennial.queues.tick._due import Due
from perennial.queues.tick._planning import Plan, clone_start, plan
from perennial.settings import CronPeriod

# The models take their shape when a database is opened; any one will do.
pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.parametrize("database", ["sqlite"], indirect=True)]

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
X, LINKEDIN = Platform.X, Platform.LINKEDIN


def a_post(owner: str = "alice", **times: datetime | None) -> Any:
    rows = [SimpleNamespace(platform=Platform[p], content=f"To {p}", scheduled_time=time) for p, time in times.items()]
    return SimpleNamespace(id=uuid4(), clerk_user_id=owner, publications=rows)


def a_queue(post: Any, **columns: Any) -> RecurringQueue:
    given = {"clerk_user_id": "alice", "interval": 7, "next_scheduled_time": NINE, "original_post_id": post.id}
    return RecurringQueue(**given, **columns)


def accounts(**accounts: ConnectedAccount) -> dict[tuple[str, Platform], ConnectedAccount]:
    return {("alice", Platform[name]): account for name, account in accounts.items()}


GOOD = {"status": AccountStatus.ACTIVE}
ACCOUNTS = {
    "good": (GOOD, None),
    "reconnect": ({"status": AccountStatus.RECONNECT_REQUIRED}, "RECONNECT_REQUIRED"),
    "ran out": (GOOD | {"token_expires_at": NINE}, "RECONNECT_REQUIRED"),
    "ran out, refreshable": (GOOD | {"token_expires_at": NINE, "encrypted_refresh_token": "r"}, None),
    "runs out later": (GOOD | {"token_expires_at": NINE + MINUTE}, None),
    "missing": (None, "ACCOUNT_MISSING"),
}


def planned(queue: RecurringQueue, post: Any, connected: Any, now: datetime = NINE) -> Plan:
    found = cloneable_or_refusal(queue.clerk_user_id, post, connected, now)
    return plan(Due.of(queue, now, timedelta(minutes=5)), found, MINUTE)


def connected(on_x: str, on_linkedin: str) -> dict[tuple[str, Platform], ConnectedAccount]:
    columns = {"X": ACCOUNTS[on_x][0], "LINKEDIN": ACCOUNTS[on_linkedin][0]}
    return accounts(**{name: ConnectedAccount(**given) for name, given in columns.items() if given is not None})


@pytest.mark.parametrize(("on_x", "on_linkedin"), list(product(ACCOUNTS, ACCOUNTS)))
def test_the_ledger_says_which_platforms_were_left_out_and_why(on_x: str, on_linkedin: str) -> None:
    post = a_post(X=None, LINKEDIN=None)
    found = planned(a_queue(post), post, connected(on_x, on_linkedin))
    problems = {"X": ACCOUNTS[on_x][1], "LINKEDIN": ACCOUNTS[on_linkedin][1]}
    words = ",".join(f"{problem}:{name}" for name, problem in problems.items() if problem)
    (execution,) = found.executions
    if None in problems.values():
        assert (execution.outcome, execution.reason) == (ExecutionOutcome.EXECUTED, words or None)
    else:
        alike = problems["X"] == problems["LINKEDIN"]
        assert execution.outcome == ExecutionOutcome.SKIPPED
        assert execution.reason == (problems["X"] if alike else words)
    assert [row.platform.name for row in found.publications] == [p for p, problem in problems.items() if not problem]


def test_a_platform_that_is_left_out_moves_no_other_platforms_time() -> None:
    post = a_post(X=NINE - timedelta(days=9), LINKEDIN=NINE - timedelta(days=9) + timedelta(minutes=90))
    (row,) = planned(a_queue(post), post, connected("missing", "good")).publications
    assert (row.platform, row.scheduled_time) == (LINKEDIN, NINE + timedelta(minutes=90))


def test_a_clone_has_the_texts_and_nothing_of_the_originals_fate() -> None:
    post = a_post(X=NINE - timedelta(days=9))
    for row in post.publications:
        vars(row).update(status=PublicationStatus.FAILED, attempts=5, error_code="X", remote_id="1")
    queue = a_queue(post)
    found = planned(queue, post, connected("good", "good"))
    (row,) = found.publications
    assert found.clone is not None
    assert found.clone.status == PostStatus.SCHEDULED
    assert (found.clone.cloned_from_id, found.clone.created_by_queue_id) == (post.id, queue.id)
    assert (row.status, row.content, row.attempts) == (PublicationStatus.SCHEDULED, "To X", 0)
    assert not {"error_code", "remote_id", "published_time"} & set(row._fields)


def test_an_occurrence_of_more_than_a_cron_period_ago_goes_out_now() -> None:
    post, now = a_post(X=None), NINE + MINUTE + timedelta(milliseconds=1)
    (row,) = planned(a_queue(post), post, connected("good", "good"), now).publications
    assert row.scheduled_time == now
    (row,) = planned(a_queue(post), post, connected("good", "good"), NINE + MINUTE).publications
    assert row.scheduled_time == NINE


def test_a_missing_original_completes_the_queue_and_the_ledger_says_so() -> None:
    post = a_post(X=None)
    found = planned(a_queue(post), None, connected("good", "good"))
    assert found.clone is None
    (execution,) = found.executions
    assert (execution.outcome, execution.reason) == (ExecutionOutcome.SKIPPED, "ORIGINAL_POST_DELETED")
    assert (found.queue_update.status, found.queue_update.status_reason) == (
        QueueStatus.COMPLETED,
        "ORIGINAL_POST_DELETED",
    )
    assert found.queue_update.execution_count == 0


def test_another_owners_post_is_never_cloned() -> None:
    post = a_post(owner="bob", X=None)
    found = planned(a_queue(post), post, {("bob", X): ConnectedAccount(**GOOD), ("alice", X): ConnectedAccount(**GOOD)})
    assert found.clone is None
    assert found.queue_update.status == QueueStatus.COMPLETED


def test_a_queue_whose_count_has_reached_its_maximum_is_completed_and_not_run() -> None:
    post = a_post(X=None)
    found = planned(a_queue(post, execution_count=3, max_executions=3), post, connected("good", "good"))
    assert (found.clone, [row.reason for row in found.executions]) == (None, ["MAX_EXECUTIONS_REACHED"])
    assert found.queue_update.status == QueueStatus.COMPLETED
    assert found.queue_update.next_scheduled_time > NINE


@pytest.mark.parametrize("cron_period", CronPeriod)
def test_a_clone_keeps_the_time_of_an_occurrence_that_is_at_most_a_cron_period_ago(cron_period: CronPeriod) -> None:
    period = PERIODS[cron_period]
    late = NINE + period + timedelta(milliseconds=1)
    assert clone_start(NINE, NINE, period) == NINE
    assert clone_start(NINE, NINE + period, period) == NINE
    assert clone_start(NINE, late, period) == late
