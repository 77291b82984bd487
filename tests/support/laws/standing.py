"""The laws that hold at any moment, whatever happened before. Each raises AssertionError where it is broken."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from perennial.core.states import AccountStatus, PublicationStatus
from perennial.platforms.transport import Receipt

from .far import Answer, Delivery, acceptances
from .notebook import Notebook
from .seen import Seen

ATTEMPTS_MAX = 5
CLOCK_SLACK = timedelta(seconds=5)
SENT_STATES = {PublicationStatus.PUBLISHING, PublicationStatus.PUBLISHED, PublicationStatus.UNCONFIRMED}
UNSENT = "UNREACHABLE"


@dataclass(frozen=True)
class Case:
    """What is judged: the tables, the notebook, and what reached the platforms."""

    seen: Seen
    notebook: Notebook
    deliveries: list[Delivery]
    accepted: dict[UUID, list[Receipt]]

    @classmethod
    def of(cls, seen: Seen, notebook: Notebook, deliveries: list[Delivery]) -> "Case":
        """The case, with the acceptances picked out."""
        return cls(seen, notebook, deliveries, acceptances(deliveries))


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
    """The post's status is the one that the table of states gives for its publications'."""
    states: dict[UUID, list[str]] = {post_id: [] for post_id in case.seen.posts}
    for row in case.seen.publications.values():
        states[row.post_id].append(row.status.value)
    for post_id, found in states.items():
        assert case.seen.posts[post_id].status.value == _post_status(found), (post_id, found)


def _post_status(found: list[str]) -> str:
    for pending in ("publishing", "scheduled"):
        if pending in found:
            return pending
    published = found.count("published")
    if published:
        return "published" if published == len(found) else "partially_published"
    return "draft" if found.count("draft") == len(found) else "failed"


def what_a_look_up_found_is_no_older_than_the_request(case: Case) -> None:
    """A post that was there before is somebody else's; but for the platform's own word that it is the same post."""
    texts = {one.receipt.remote_id: one for one in case.deliveries if one.receipt}
    known = {one.publication for one in case.deliveries if one.answer == Answer.DUPLICATE} | set(
        case.notebook.confirmed
    )
    for row in case.seen.publications.values():
        if row.status == PublicationStatus.PUBLISHED and row.id not in known:
            found, since = texts[str(row.remote_id)], row.unclear_since or row.request_started_time
            assert since is not None
            assert found.publication == row.id or found.time >= since - CLOCK_SLACK, row.id


def it_was_sent_from_its_account(case: Case) -> None:
    """The receipt is of the account that the publication names, whichever is connected now."""
    texts = {one.receipt.remote_id: one for one in case.deliveries if one.receipt}
    for row in case.seen.publications.values():
        if row.status == PublicationStatus.PUBLISHED and row.id not in case.notebook.confirmed:
            account = case.seen.account_of(row)
            assert account is not None
            assert texts[str(row.remote_id)].account == account.handle


def what_waits_names_the_account_that_is_connected(case: Case) -> None:
    """What came back to an account that is disconnected waits there until it is due, and so does all where none is.

    What may have been sent from another account keeps that; a draft names none.
    """
    for row in case.seen.publications.values():
        if row.status == PublicationStatus.DRAFT:
            assert row.connected_account_id is None, row.id
        elif row.status == PublicationStatus.SCHEDULED and row.unclear_since is None:
            present, account = case.seen.present.get((case.seen.owner_of(row), row.platform)), case.seen.account_of(row)
            assert account is None or account.status == AccountStatus.DISCONNECTED or account == present, row.id
            assert account is None or account.clerk_user_id == case.seen.owner_of(row)


def a_head_is_not_late(case: Case) -> None:
    """An account is worth a look as soon as anything of it is due, unless it is blocked for longer."""
    first: dict[UUID, datetime] = {}
    for row in case.seen.publications.values():
        if row.status == PublicationStatus.SCHEDULED and row.connected_account_id and row.next_attempt_time:
            earliest = first.get(row.connected_account_id, row.next_attempt_time)
            first[row.connected_account_id] = min(earliest, row.next_attempt_time)
    for account_id, time in first.items():
        account = case.seen.accounts[account_id]
        latest = max(time, account.blocked_until or time)
        assert account.next_due is not None, account_id
        assert account.next_due <= latest, (account_id, account.next_due, latest)


def an_owner_has_one_account_on_a_platform(case: Case) -> None:
    """Those that were connected before have no tokens any more."""
    rows = list(case.seen.accounts.values())
    assert len(case.seen.present) == len([row for row in rows if row.status != AccountStatus.DISCONNECTED])
    for row in rows:
        has_tokens = (row.encrypted_access_token, row.encrypted_refresh_token) != ("", None)
        assert has_tokens == (row.status != AccountStatus.DISCONNECTED), row.id


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
        assert (row.execution_count, row.max_executions) == (noted.count, noted.maximum), noted
        assert (row.interval, row.original_post_id) == (noted.interval, noted.original), noted


def the_ledger_is_as_noted(case: Case) -> None:
    """Every occurrence that was due has exactly one row, which counts those it stands for; nothing else has one."""
    rows: Counter[tuple[UUID, datetime]] = Counter((r.queue_id, r.scheduled_time) for r in case.seen.ledger.values())
    noted = {(queue.id, time) for queue in case.notebook.queues.values() for time in queue.ledger}
    assert rows == Counter(noted)
    for row in case.seen.ledger.values():
        entry = case.notebook.queues[row.queue_id].ledger[row.scheduled_time]
        found = (row.outcome.value, row.missed_count, row.executed_time)
        assert found == (entry.outcome, entry.missed, entry.executed_time)
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
    sent_at_most_once,
    what_was_accepted_never_looks_unsent,
    published_is_what_the_platform_accepted,
    a_receipt_belongs_to_one_publication,
    what_a_look_up_found_is_no_older_than_the_request,
    it_was_sent_from_its_account,
    what_waits_names_the_account_that_is_connected,
    a_head_is_not_late,
    an_owner_has_one_account_on_a_platform,
    a_post_follows_its_publications,
    five_attempts_and_no_more,
    a_claim_has_a_lease_and_only_a_claim,
    queues_are_as_noted,
    the_ledger_is_as_noted,
    runs_are_counted,
    an_executed_row_has_one_clone,
    posts_are_as_noted,
]
