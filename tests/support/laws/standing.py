"""The laws that hold at any moment, whatever happened before. Each raises AssertionError where it is broken."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from perennial.core.states import PublicationStatus
from perennial.db.models import Publication, RecurringQueue

from .case import Case
from .standing_accounts import ACCOUNT_LAWS

ATTEMPTS_MAX = 5
SENT_STATES = {PublicationStatus.PUBLISHING, PublicationStatus.PUBLISHED, PublicationStatus.UNCONFIRMED}
UNSENT = "UNREACHABLE"


def sent_at_most_once(case: Case) -> None:
    """The platform accepted a publication once, and once more for each time a person retried it while in doubt."""
    for publication, receipts in case.accepted.items():
        assert len(receipts) <= 1 + case.notebook.retried_in_doubt[publication], publication


def what_was_accepted_never_looks_unsent(case: Case) -> None:
    """Nobody is told "failed", and nothing is due again, of what the platform has; but for a person who retried it."""
    for publication in case.accepted.keys() - case.notebook.retried:
        row = case.seen.publications.get(publication)
        assert row is None or row.status in SENT_STATES, (publication, row.status)


def published_is_what_the_platform_accepted(case: Case) -> None:
    """Each published row has a receipt of the platform's for this very text, or a person's word."""
    texts = {one.receipt.remote_id: one for one in case.deliveries if one.receipt}
    for row in case.seen.publications.values():
        if row.status == PublicationStatus.PUBLISHED and row.id not in case.notebook.confirmed:
            assert row.remote_id in texts, row.id
            found = texts[row.remote_id]
            assert (found.text, found.platform) == (row.content, row.platform)
            assert found.receipt is not None
            assert found.receipt.url == row.url


def a_receipt_belongs_to_one_publication(case: Case) -> None:
    """No two publications name the same post on the platform."""
    urls = Counter(row.url for row in case.seen.publications.values() if row.url)
    assert all(times == 1 for times in urls.values()), urls


def a_post_follows_its_publications(case: Case) -> None:
    """The post's status is what the table of states gives for its publications', and so is what lists use."""
    rows: dict[UUID, list[Publication]] = {post_id: [] for post_id in case.seen.posts}
    for row in case.seen.publications.values():
        rows[row.post_id].append(row)
    for post_id, found in rows.items():
        post, states = case.seen.posts[post_id], [row.status.value for row in found]
        assert post.status.value == _post_status(states), (post_id, states)
        assert post.platforms == ",".join(sorted(row.platform.value for row in found)), post_id
        assert post.earliest_time == min((row.scheduled_time for row in found if row.scheduled_time), default=None)


def _post_status(found: list[str]) -> str:
    for first in ("publishing", "scheduled", "unconfirmed"):
        if first in found:
            return first
    published = found.count("published")
    if published:
        return "published" if published == len(found) else "partially_published"
    return "draft" if found.count("draft") == len(found) else "failed"


def five_attempts_and_no_more(case: Case) -> None:
    """No more than five requests are counted, and only the fifth that did not get through is the last."""
    for row in case.seen.publications.values():
        assert 0 <= row.attempts <= ATTEMPTS_MAX, row.id
        if row.status == PublicationStatus.FAILED and row.error_code == UNSENT:
            assert row.attempts == ATTEMPTS_MAX, row.id


def a_claim_has_a_lease_and_only_a_claim(case: Case) -> None:
    """PUBLISHING has a claim and an end; what waits has a time and no claim; what ended waits for nothing."""
    for row in case.seen.publications.values():
        claimed = row.status == PublicationStatus.PUBLISHING
        assert (row.lease_expires_at is not None) == claimed, row.id
        assert row.claim_id is not None or not claimed, row.id
        if row.status == PublicationStatus.SCHEDULED:
            assert row.next_attempt_time is not None, row.id
            assert row.claim_id is None or row.id in case.notebook.retried, row.id


def queues_are_as_noted(case: Case) -> None:
    """Every queue is, column by column, what the rules make of what happened to it; none is lost, none came up."""
    assert case.seen.queues.keys() == case.notebook.queues.keys()
    for noted in case.notebook.queues.values():
        row = case.seen.queues[noted.id]
        found = (row.status.value, row.status_reason, row.next_scheduled_time, row.last_executed_time)
        assert found == (noted.status, noted.reason, noted.next, noted.last), noted
        assert (row.paused_until, changed_of(row)) == (noted.paused_until, noted.will.changed), noted
        assert (row.rule, row.timezone, row.ends_at) == (noted.pattern.rule, noted.pattern.zone, noted.ends_at), noted
        assert _dates(row) == noted.will.excluded, noted
        slot = row.next_local_time and datetime.fromisoformat(row.next_local_time)
        assert slot == noted.pending if row.timezone else slot in {None, noted.pending}, noted
        assert (row.execution_count, row.max_executions) == (noted.count, noted.maximum), noted
        assert (row.interval, row.original_post_id) == (noted.pattern.interval, noted.original), noted


def changed_of(row: RecurringQueue) -> dict[datetime, datetime | None]:
    """What its owner did with occurrences ahead, as the queue's row has it: moved to a time, or skipped."""
    given: dict[str, str | None] = json.loads(row.changed_occurrences or "{}")
    return {datetime.fromisoformat(slot): time and datetime.fromisoformat(time) for slot, time in given.items()}


def _dates(row: RecurringQueue) -> frozenset[date]:
    return frozenset(map(date.fromisoformat, row.excluded_dates.split(","))) if row.excluded_dates else frozenset()


def the_ledger_is_as_noted(case: Case) -> None:
    """Every occurrence that was due has exactly one row, which counts those it stands for; nothing else has one."""
    rows: Counter[tuple[UUID, datetime]] = Counter((r.queue_id, r.scheduled_time) for r in case.seen.ledger.values())
    noted = {(queue.id, time) for queue in case.notebook.queues.values() for time in queue.ledger}
    assert rows == Counter(noted)
    for row in case.seen.ledger.values():
        entry = case.notebook.queues[row.queue_id].ledger[row.scheduled_time]
        found = (row.outcome.value, row.missed_count, row.executed_time)
        assert found == (entry.outcome, entry.missed, entry.executed_time)
        assert (row.until, row.moved_to, row.extra) == (entry.until, entry.moved_to, entry.extra)
        assert frozenset(row.reason.split(",") if row.reason else ()) == entry.reasons


def runs_are_counted(case: Case) -> None:
    """execution_count is the number of executed rows, and never above the maximum."""
    executed = Counter(row.queue_id for row in case.seen.ledger.values() if row.outcome.value == "executed")
    for queue in case.seen.queues.values():
        assert queue.execution_count == executed[queue.id]
        assert queue.max_executions is None or queue.execution_count <= queue.max_executions


def an_executed_row_has_one_clone(case: Case) -> None:
    """Each run made one post, and each post that a queue made is one run's."""
    named = Counter(row.post_id for row in case.seen.ledger.values() if row.outcome.value == "executed")
    assert None not in named
    assert all(times == 1 for times in named.values())
    made = {post.id for post in case.seen.posts.values() if post.created_by_queue_id in case.seen.queues}
    assert made <= set(named)
    assert not any(row.post_id for row in case.seen.ledger.values() if row.outcome.value != "executed")


def posts_are_as_noted(case: Case) -> None:
    """No post is lost, none came up by itself, and none has other texts than it was given."""
    assert case.seen.posts.keys() == case.notebook.posts.keys()
    texts: dict[UUID, dict[str, str]] = {post_id: {} for post_id in case.seen.posts}
    for row in case.seen.publications.values():
        texts[row.post_id][row.platform] = row.content
    assert texts == {noted.id: noted.texts for noted in case.notebook.posts.values()}


STANDING: list[Callable[[Case], None]] = [
    *ACCOUNT_LAWS,
    sent_at_most_once,
    what_was_accepted_never_looks_unsent,
    published_is_what_the_platform_accepted,
    a_receipt_belongs_to_one_publication,
    a_post_follows_its_publications,
    five_attempts_and_no_more,
    a_claim_has_a_lease_and_only_a_claim,
    queues_are_as_noted,
    the_ledger_is_as_noted,
    runs_are_counted,
    an_executed_row_has_one_clone,
    posts_are_as_noted,
]
