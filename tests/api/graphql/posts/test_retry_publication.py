"""retryPublication: a person has sent again what failed, or what nobody knows the fate of."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from support.api import CLONE_POST, CONFIRM_PUBLICATION, RETRY_PUBLICATION, UNSCHEDULE_POST, UPDATE_POST, User
from support.clock import FakeClock
from support.publishing import arrived, due_post, fail, on, row
from support.rows import set_publication

from perennial.core.states import Platform, PublicationStatus
from perennial.platforms.transport import Receipt
from perennial.process import Process
from perennial.publishing import claims, overdue
from perennial.publishing._recording import record
from perennial.publishing.claims import CLAIM_LEASE, Claimed, ClaimResult
from perennial.publishing.limits import Limits
from perennial.publishing.outcomes import ATTEMPTS_MAX

ACCEPTED_AND_SILENT = {"status": 503, "after_accepting": True}
STATES = PublicationStatus


async def retry(user: User, post: Any, platform: str = "X") -> Any:
    return await user.do(RETRY_PUBLICATION, id=(await on(user, post, platform))["id"])


async def doubt(
    user: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, platform: str = "X", **fault: Any
) -> Any:
    """A post of the user's that is in doubt on its platform."""
    await user.connect(platform)
    post = await due_post(user, clock, **{platform.lower(): "Hello"})
    await fail(sandbox, platform, **(fault or ACCEPTED_AND_SILENT))
    await process.publisher.publish_due()
    assert (await on(user, post, platform))["status"] == "UNCONFIRMED"
    return post


async def test_what_failed_is_sent_again_at_once_with_all_its_attempts(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    await fail(sandbox, "X", status=403)
    await process.publisher.publish_due()
    assert (await alice.post(post["id"]))["status"] == "FAILED"
    again = await retry(alice, post)
    assert (again["status"], again["attempts"], again["errorCode"]) == ("SCHEDULED", 0, None)
    assert (await alice.post(post["id"]))["status"] == "SCHEDULED"
    assert (await row(post)).next_attempt_time == clock.now
    await process.publisher.publish_due()
    shown = await on(alice, post)
    assert (shown["status"], shown["attempts"]) == ("PUBLISHED", 1)
    assert shown["schedulerId"] == f"publish:{shown['scheduledTime']}", "kept as they were"


async def test_five_attempts_begin_anew(alice: User, clock: FakeClock, process: Process) -> None:
    post = await due_post(alice, clock, x="Hello")
    await set_publication(post, STATES.FAILED, attempts=ATTEMPTS_MAX)
    assert (await retry(alice, post))["attempts"] == 0


@pytest.mark.parametrize("state", sorted(set(STATES) - {STATES.FAILED, STATES.UNCONFIRMED}))
async def test_nothing_else_can_be_tried_again(alice: User, clock: FakeClock, state: PublicationStatus) -> None:
    post = await due_post(alice, clock, x="Hello")
    await set_publication(post, state)
    refusal = await alice.refused(RETRY_PUBLICATION, id=(await on(alice, post))["id"])
    assert refusal.code == "CONFLICT"
    assert (await row(post)).status == state


async def test_a_publication_that_never_was_is_not_found(alice: User) -> None:
    assert (await alice.refused(RETRY_PUBLICATION, id=str(uuid4()))).code == "NOT_FOUND"


async def test_on_linkedin_the_duplicates_urn_settles_what_had_arrived_after_all(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    post = await doubt(alice, clock, process, sandbox, "LINKEDIN")
    await retry(alice, post, "LINKEDIN")
    await process.publisher.publish_due()
    shown = await on(alice, post, "LINKEDIN")
    (there,) = (await sandbox.get("/posts")).json()
    assert (shown["status"], shown["url"]) == ("PUBLISHED", there["url"])


async def test_on_linkedin_the_urn_of_a_post_that_is_recorded_already_settles_nothing(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("LINKEDIN")
    await due_post(alice, clock, linkedin="Hello")
    await process.publisher.publish_due()
    post = await doubt(alice, clock, process, sandbox, "LINKEDIN", status=503)
    await retry(alice, post, "LINKEDIN")
    await process.publisher.publish_due()
    shown = await on(alice, post, "LINKEDIN")
    assert (shown["status"], shown["remoteId"]) == ("UNCONFIRMED", None)
    assert "duplicate of urn:li:share:" in shown["errorMessage"]


async def test_on_x_a_duplicate_after_an_unclear_try_is_looked_for_and_found(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    post = await doubt(alice, clock, process, sandbox)
    await retry(alice, post)
    clock.advance(hours=2)
    await process.publisher.publish_due()
    shown = await on(alice, post)
    assert (shown["status"], shown["errorCode"]) == ("UNCONFIRMED", "OUTCOME_UNKNOWN")
    clock.advance(seconds=10)
    await process.publisher.publish_due()
    shown = await on(alice, post)
    (there,) = (await sandbox.get("/posts")).json()
    assert (shown["status"], shown["url"]) == ("PUBLISHED", there["url"])
    assert len(await arrived(sandbox)) == 2


async def test_through_every_retry_it_is_known_since_when_it_may_be_there(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    """Also where a try in between was refused: then a duplicate still is a doubt, which is looked into."""
    post = await doubt(alice, clock, process, sandbox)
    first = (await row(post)).request_started_time
    clock.advance(seconds=5)
    await retry(alice, post)
    await fail(sandbox, "X", status=403)
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "UNCONFIRMED"
    await retry(alice, post)
    await process.publisher.publish_due()
    kept = await row(post)
    assert (kept.status, kept.unclear_since) == (STATES.UNCONFIRMED, first)


@pytest.mark.parametrize("platform", ["X", "LINKEDIN"])
@pytest.mark.parametrize("status", [401, 403])
async def test_a_try_that_is_refused_does_not_end_the_doubt_about_the_one_before(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, platform: str, status: int
) -> None:
    post = await doubt(alice, clock, process, sandbox, platform)
    await fail(sandbox, platform, status=status)
    await retry(alice, post, platform)
    await process.publisher.publish_due()
    assert (await on(alice, post, platform))["status"] == "UNCONFIRMED"
    await alice.connect(platform)
    clock.advance(seconds=10)
    await process.publisher.publish_due()
    found = {"X": "PUBLISHED", "LINKEDIN": "UNCONFIRMED"}[platform]
    assert (await on(alice, post, platform))["status"] == found


async def test_what_may_be_out_can_be_neither_edited_nor_made_a_draft_again_while_it_waits_to_be_retried(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    post = await doubt(alice, clock, process, sandbox, "LINKEDIN")
    await fail(sandbox, "LINKEDIN", status=429, headers={"Retry-After": "600"})
    await retry(alice, post, "LINKEDIN")
    await process.publisher.publish_due()
    assert (await on(alice, post, "LINKEDIN"))["status"] == "SCHEDULED"
    texts = {"publications": [{"platform": "LINKEDIN", "content": "Another"}]}
    assert (await alice.refused(UPDATE_POST, id=post["id"], input=texts)).code == "CONFLICT"
    await alice.do(UNSCHEDULE_POST, id=post["id"])
    assert (await on(alice, post, "LINKEDIN"))["status"] == "UNCONFIRMED"
    assert (await alice.refused(UPDATE_POST, id=post["id"], input=texts)).code == "CONFLICT"


async def test_what_waits_to_be_retried_can_still_be_confirmed(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    post = await doubt(alice, clock, process, sandbox, "LINKEDIN")
    await retry(alice, post, "LINKEDIN")
    (there,) = (await sandbox.get("/posts")).json()
    publication = await on(alice, post, "LINKEDIN")
    confirmed = await alice.do(CONFIRM_PUBLICATION, id=publication["id"], url=there["url"])
    assert (confirmed["status"], confirmed["url"]) == ("PUBLISHED", there["url"])
    await process.publisher.publish_due()
    assert len(await arrived(sandbox)) == 1


async def test_a_late_receipt_of_the_first_try_saves_the_second(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    frozen = await claim(clock)
    clock.now += CLAIM_LEASE
    await overdue.rescue()
    await retry(alice, post)
    await record([ClaimResult(frozen, Receipt("17", "https://x.com/alice/status/17"))])
    await process.publisher.publish_due()
    shown = await on(alice, post)
    assert (shown["status"], shown["remoteId"]) == ("PUBLISHED", "17")
    assert await arrived(sandbox) == []


async def test_a_late_receipt_of_the_first_try_saves_the_second_though_that_was_put_off(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    frozen = await claim(clock)
    clock.now += CLAIM_LEASE
    await overdue.rescue()
    await retry(alice, post)
    await alice.schedule_post(post["id"], clock.now + timedelta(hours=1))
    await record([ClaimResult(frozen, Receipt("17", "https://x.com/alice/status/17"))])
    clock.now += timedelta(hours=1)
    await process.publisher.publish_due()
    shown = await on(alice, post)
    assert (shown["status"], shown["remoteId"]) == ("PUBLISHED", "17")
    assert await arrived(sandbox) == []


async def claim(clock: FakeClock) -> Claimed:
    """Claims and marks the one publication that is due, as a worker does that is frozen then."""
    batch = await claims.claim(Platform.X, 10, Limits(10, 4), clock.now, timedelta())
    (marked,) = await claims.mark(batch.claimed, clock.now)
    return marked


async def test_a_clone_knows_nothing_of_the_doubt(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    post = await doubt(alice, clock, process, sandbox)
    clone = await alice.do(CLONE_POST, id=post["id"])
    kept = await row(clone)
    assert (kept.status, kept.unclear_since, kept.look_ups) == (STATES.DRAFT, None, 0)
