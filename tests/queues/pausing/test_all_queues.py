"""pauseAllQueues and resumeAllQueues: a day on which nothing is to go out, and the day after."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs
from support.api import (
    DELETE_POST,
    PAUSE_ALL_QUEUES,
    PAUSE_QUEUE,
    RESUME_ALL_QUEUES,
    RESUME_QUEUE,
    RUN_QUEUE_NOW,
    SCHEDULE_POST,
    SKIP_OCCURRENCE,
    User,
)
from support.clock import FakeClock
from support.races import Pause, meanwhile
from support.rows import set_publication, set_queue
from support.ticks import HOUR, Tick, alarms, clones, due_queue, due_queues, forget_alarms, ledger

from perennial.accounts import heads
from perennial.core.instants import instant
from perennial.core.states import PublicationStatus, QueueStatus
from perennial.db import bulk, sql
from perennial.db.models import Publication, QueueExecution, RecurringQueue
from perennial.jobs.worker_functions import WorkerFunction
from perennial.posts import listed_by
from perennial.process import Process
from perennial.queues import _batches
from perennial.queues.pausing import ending, held
from perennial.queues.pausing.all_queues import AllQueues
from perennial.queues.pausing.pauses import Pause as OwnersPause
from perennial.queues.recurrence.changes import ResumeFrom
from perennial.queues.tick import _due_queues as work

DAY = timedelta(days=1)
on_postgres = pytest.mark.parametrize("database", ["postgres"], indirect=True)


@pytest.fixture
async def queues(alice: User, clock: FakeClock) -> list[Any]:
    """Three of Alice's, every 7 days from an hour hence, with an account to publish from."""
    await alice.connect("X")
    return await due_queues(alice, 3, clock.now + HOUR)


async def done(user: User, mutation: str, **given: Any) -> tuple[int, list[str]]:
    """How many queues were changed, and the codes of the warnings."""
    answer = await user.execute(mutation, input={}, **given)
    assert "errors" not in answer, answer
    (payload,) = answer["data"].values()
    return payload["count"], [one["code"] for one in payload["warnings"]]


async def row_of(queue: Any) -> RecurringQueue:
    return await RecurringQueue.get(id=queue["id"])


async def waiting_clone(user: User, queue: Any, key: str = "") -> Any:
    """A clone of the queue's that is scheduled and not yet sent."""
    await user.execute(RUN_QUEUE_NOW, id=queue["id"], idempotencyKey=key or queue["id"])
    return (await clones(user, queue))[0]


async def test_the_active_ones_are_paused_until_a_time_and_for_a_reason(
    alice: User, bob: User, clock: FakeClock, queues: list[Any], tick: Tick
) -> None:
    first, second, third = queues
    his = await due_queue(bob, clock.now + HOUR)
    await alice.do(PAUSE_QUEUE, id=first["id"], reason="By itself")
    await set_queue(second, status=QueueStatus.COMPLETED, status_reason="ENDED")
    until = clock.now + DAY
    assert await done(alice, PAUSE_ALL_QUEUES, until=until, reason="Out of respect") == (1, [])
    paused = await row_of(third)
    assert (paused.status, paused.status_reason) == (QueueStatus.PAUSED, "PAUSED_WITH_ALL")
    assert (paused.paused_until, paused.pause_reason) == (until, "Out of respect")
    assert (await row_of(first)).pause_reason == "By itself"
    assert (await row_of(second)).status == QueueStatus.COMPLETED
    assert (await row_of(his)).status == QueueStatus.ACTIVE
    clock.advance(days=1)
    await tick()
    assert (await row_of(third)).status == QueueStatus.ACTIVE


async def test_who_pauses_all_is_told_of_pauses_that_end_before(
    alice: User, bob: User, clock: FakeClock, queues: list[Any]
) -> None:
    """But not of what is paused for good, or no earlier than the others."""
    first, second, third = queues
    his = await due_queue(bob, clock.now + HOUR)
    await bob.do(PAUSE_QUEUE, id=his["id"], until=clock.now + HOUR)
    await alice.do(PAUSE_QUEUE, id=first["id"])
    await alice.do(PAUSE_QUEUE, id=second["id"], until=clock.now + 2 * DAY)
    assert await done(alice, PAUSE_ALL_QUEUES, until=clock.now + 2 * DAY) == (1, [])
    answer = await alice.execute(PAUSE_ALL_QUEUES, input={"until": instant(clock.now + 3 * DAY)})
    (warning,) = answer["data"]["pauseAllQueues"]["warnings"]
    assert warning["message"].startswith("1 queue was paused before, and goes on by itself at ")
    await alice.do(PAUSE_QUEUE, id=third["id"], until=clock.now + DAY)
    answer = await alice.execute(PAUSE_ALL_QUEUES, input={})
    (warning,) = answer["data"]["pauseAllQueues"]["warnings"]
    assert (warning["code"], warning["field"]) == ("PAUSES_THAT_END", "until")
    assert (
        f"2 queues were paused before, and go on by themselves, the first at {instant(clock.now + DAY)}."
        in (warning["message"])
    )
    await alice.do(PAUSE_QUEUE, id=second["id"])
    await alice.do(PAUSE_QUEUE, id=third["id"])
    assert await done(alice, PAUSE_ALL_QUEUES) == (0, [])


async def test_who_pauses_all_is_told_of_those_that_end_meanwhile(
    alice: User, clock: FakeClock, queues: list[Any], tick: Tick
) -> None:
    first, second, _ = queues
    until = clock.now + 14 * DAY
    await set_queue(first, ends_at=until - DAY)
    await set_queue(second, ends_at=until)
    answer = await alice.execute(PAUSE_ALL_QUEUES, input={"until": instant(until)})
    (warning,) = answer["data"]["pauseAllQueues"]["warnings"]
    assert (warning["code"], warning["field"]) == ("ENDS_WITH_PAUSE", "until")
    assert warning["message"].startswith("1 queue ends before the pause does")
    clock.now = until
    await tick()
    assert (await row_of(first)).status_reason == "ENDED"


async def test_nothing_runs_meanwhile_and_those_alone_are_resumed(
    alice: User, clock: FakeClock, queues: list[Any], tick: Tick
) -> None:
    alone, *others = queues
    await alice.do(PAUSE_QUEUE, id=alone["id"])
    assert await done(alice, PAUSE_ALL_QUEUES) == (2, [])
    clock.advance(days=1)
    assert (await tick()).due == 0
    assert await done(alice, RESUME_ALL_QUEUES, **{"from": "NEXT_SLOT"}) == (2, [])
    assert (await row_of(alone)).status == QueueStatus.PAUSED
    for queue in others:
        row = await row_of(queue)
        assert (row.status, row.status_reason) == (QueueStatus.ACTIVE, None)
        assert row.next_scheduled_time == clock.now - DAY + HOUR + 7 * DAY
        assert await ledger(alice, queue) == [("SKIPPED", "PAUSED")]
    assert await done(alice, RESUME_ALL_QUEUES) == (0, [])


async def test_each_goes_on_as_it_does_by_default_and_now_is_refused_where_one_has_slots_to_keep(
    alice: User, clock: FakeClock, queues: list[Any]
) -> None:
    plain, zoned, _ = queues
    local = (clock.now + HOUR).replace(tzinfo=None).isoformat(timespec="milliseconds")
    await set_queue(zoned, timezone="UTC", next_local_time=local)
    await done(alice, PAUSE_ALL_QUEUES)
    refusal = await alice.refused(RESUME_ALL_QUEUES, input={}, **{"from": "NOW"})
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "from")
    assert (await row_of(plain)).status == QueueStatus.PAUSED
    assert await done(alice, RESUME_ALL_QUEUES) == (3, ["PENDING_TIME_GIVEN_UP"])
    assert (await row_of(plain)).next_scheduled_time == clock.now + 7 * DAY
    assert (await row_of(zoned)).next_scheduled_time == clock.now + HOUR


async def test_one_that_is_paused_or_resumed_by_itself_since_is_left_alone(
    alice: User, clock: FakeClock, queues: list[Any]
) -> None:
    paused, resumed, _ = queues
    await done(alice, PAUSE_ALL_QUEUES)
    await alice.do(PAUSE_QUEUE, id=paused["id"])
    assert (await alice.do(RESUME_QUEUE, id=resumed["id"]))["statusReason"] is None
    assert await done(alice, RESUME_ALL_QUEUES) == (1, ["PENDING_TIME_GIVEN_UP"])
    assert (await row_of(paused)).status == QueueStatus.PAUSED


async def test_what_is_scheduled_goes_out_and_a_warning_says_so(
    alice: User, queues: list[Any], process: Process
) -> None:
    await waiting_clone(alice, queues[0])
    answer = await alice.execute(PAUSE_ALL_QUEUES, input={"holdScheduled": False})
    (warning,) = answer["data"]["pauseAllQueues"]["warnings"]
    assert (warning["code"], warning["field"]) == ("STILL_SCHEDULED", "holdScheduled")
    assert warning["message"].startswith("1 post of queues still goes out, as it is scheduled.")
    assert await process.publisher.publish_due() == {"published": 1}


async def test_what_is_scheduled_is_held_back_and_stays_so(
    alice: User, bob: User, clock: FakeClock, queues: list[Any], process: Process
) -> None:
    """Also of queues that were paused before. A post that its owner has scheduled by hand is none of the queues'."""
    await bob.connect("X")
    his = await waiting_clone(bob, await due_queue(bob, clock.now + HOUR, {"x": "His"}))
    first, second, _ = queues
    clone, other = await waiting_clone(alice, first), await waiting_clone(alice, second)
    await alice.do(PAUSE_QUEUE, id=second["id"])
    own = await alice.create_post(x="By hand")
    await alice.schedule_post(own["id"], clock.now + HOUR)
    assert await done(alice, PAUSE_ALL_QUEUES, holdScheduled=True) == (2, [])
    for one in (clone, other):
        post = await alice.post(one["id"])
        assert (post["status"], post["scheduledTime"]) == ("DRAFT", None)
        assert post["publications"][0]["status"] == "DRAFT"
    assert (await alice.post(own["id"]))["status"] == "SCHEDULED"
    assert (await bob.post(his["id"]))["status"] == "SCHEDULED"
    assert await process.publisher.publish_due() == {"published": 1}, "it is Bob's"
    count, codes = await done(alice, RESUME_ALL_QUEUES)
    assert (count, codes) == (2, ["PENDING_TIME_GIVEN_UP", "HELD_BACK"])
    assert (await alice.post(clone["id"]))["status"] == "DRAFT"
    await alice.do(SCHEDULE_POST, id=clone["id"], scheduledTime=clock.now + HOUR)
    clock.advance(hours=1)
    assert (await process.publisher.publish_due())["published"] == 2


async def test_a_second_call_holds_back_what_the_first_let_go(alice: User, queues: list[Any]) -> None:
    await waiting_clone(alice, queues[0])
    assert await done(alice, PAUSE_ALL_QUEUES) == (3, ["STILL_SCHEDULED"])
    assert await done(alice, PAUSE_ALL_QUEUES, holdScheduled=True) == (0, [])


async def test_what_is_being_sent_is_not_held_back_and_a_retry_in_doubt_is_in_doubt_again(
    alice: User, clock: FakeClock, queues: list[Any]
) -> None:
    sending, doubtful = [await waiting_clone(alice, queue) for queue in queues[:2]]
    await set_publication(sending, PublicationStatus.PUBLISHING)
    await set_publication(doubtful, PublicationStatus.SCHEDULED, unclear_since=clock.now)
    assert await done(alice, PAUSE_ALL_QUEUES, holdScheduled=True) == (3, [])
    assert (await alice.post(sending["id"]))["status"] == "PUBLISHING"
    assert (await alice.post(doubtful["id"]))["status"] == "UNCONFIRMED"


async def test_much_is_held_back_in_batches_and_what_lists_say_of_it_is_right(
    alice: User, queues: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "CLONES_BATCH_SIZE", 2)
    for number in range(5):
        await waiting_clone(alice, queues[0], str(number))
    assert await done(alice, PAUSE_ALL_QUEUES, holdScheduled=True) == (3, [])
    assert await Publication.filter(status=PublicationStatus.SCHEDULED).count() == 0
    assert {clone["status"] for clone in await clones(alice, queues[0])} == {"DRAFT"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listed_by.log, "error", lambda *_, **__: pytest.fail("a list was wrong"))
        await listed_by.mender().mend_some()
        await heads.mender().mend_some()


async def test_holding_goes_on_where_workers_have_claimed_all_that_was_found(
    alice: User, queues: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "CLONES_BATCH_SIZE", 1)
    for queue in queues[:2]:
        await waiting_clone(alice, queue)
    lock_posts, found = held.lock_posts, list[Any]()

    async def claimed_before(ids: list[Any]) -> None:
        if not found:
            await set_publication({"id": ids[0]}, PublicationStatus.PUBLISHING)
        found.extend(ids)
        await lock_posts(ids)

    monkeypatch.setattr(held, "lock_posts", claimed_before)
    assert await done(alice, PAUSE_ALL_QUEUES, holdScheduled=True) == (3, [])
    assert (await alice.post(str(found[0])))["status"] == "PUBLISHING"
    assert await Publication.filter(status=PublicationStatus.SCHEDULED).count() == 0


async def test_what_is_another_owners_is_not_held_back_whatever_is_found(
    alice: User, bob: User, clock: FakeClock, queues: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await bob.connect("X")
    his = await due_queue(bob, clock.now + HOUR)
    clone, doubtful = await waiting_clone(bob, his, "1"), await waiting_clone(bob, his, "2")
    await set_publication(doubtful, PublicationStatus.SCHEDULED, unclear_since=clock.now)
    for name in ("_WAITING", "_SCHEDULED"):
        monkeypatch.setattr(held, name, getattr(held, name).replace("clerk_user_id =", "clerk_user_id <>"))
    assert len(await held.hold_some("alice") or ()) == 2
    assert [(await bob.post(one["id"]))["status"] for one in (clone, doubtful)] == ["SCHEDULED"] * 2


async def test_what_waits_is_counted_by_the_database_and_no_further_than_is_said(
    alice: User, queues: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    read, fetch = list[Any](), sql.fetch

    async def counted(statement: str, values: Any) -> Any:
        rows = await fetch(statement, values)
        read.extend(rows if "created_by_queue_id IS NOT NULL" in statement else [])
        return rows

    for number in range(4):
        await waiting_clone(alice, queues[0], str(number))
    monkeypatch.setattr(sql, "fetch", counted)
    assert await held.count_waiting("alice") == 4
    monkeypatch.setattr(held, "COUNT_MAX", 2)
    assert await held.count_waiting("alice") == 3
    assert len(read) == 2
    answer = await alice.execute(PAUSE_ALL_QUEUES, input={})
    assert answer["data"]["pauseAllQueues"]["warnings"][0]["message"].startswith("More than 2 posts")


async def test_one_that_cannot_be_read_holds_up_no_other(
    alice: User, queues: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "PAUSES_BATCH_SIZE", 2)
    broken, *others = sorted(queues, key=lambda queue: str(queue["id"]))
    await done(alice, PAUSE_ALL_QUEUES)
    await set_queue(broken, rule="FREQ=HOURLY", interval=None)
    with capture_logs() as lines:
        assert await done(alice, RESUME_ALL_QUEUES) == (2, ["NOT_ALL_RESUMED", "PENDING_TIME_GIVEN_UP"])
    passed = [line for line in lines if line["log_level"] in {"warning", "error"}]
    assert [(line["event"], line["queue"]) for line in passed] == [("queue.passed", broken["id"])]
    assert (await row_of(broken)).status == QueueStatus.PAUSED
    assert [(await row_of(queue)).status for queue in others] == [QueueStatus.ACTIVE] * 2
    await set_queue(broken, rule="FREQ=DAILY")
    assert await done(alice, RESUME_ALL_QUEUES) == (1, [])


async def test_many_rows_of_many_queues_are_written_in_batches(
    alice: User, clock: FakeClock, queues: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_batches, "LEDGER_ROWS_MAX", 1)
    written, insert = list[int](), bulk.insert

    async def counted(model: Any, rows: Any) -> None:
        if model is QueueExecution and rows:
            written.append(len(rows))
        await insert(model, rows)

    await done(alice, PAUSE_ALL_QUEUES)
    clock.advance(days=1)
    monkeypatch.setattr(bulk, "insert", counted)
    assert await done(alice, RESUME_ALL_QUEUES) == (3, [])
    assert written == [1, 1, 1]


async def test_one_that_gets_slots_to_keep_when_it_was_looked_for_those_keeps_them(
    alice: User, clock: FakeClock, queues: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    end_pauses, (zoned, *_) = ending.end_pauses, queues
    await done(alice, PAUSE_ALL_QUEUES)
    local = (clock.now + HOUR).replace(tzinfo=None).isoformat(timespec="milliseconds")

    async def after_a_change(paused: Any, *more: Any) -> Any:
        changed = [
            {**one, "timezone": "UTC", "next_local_time": local} if str(one["id"]) == zoned["id"] else one
            for one in paused
        ]
        return await end_pauses(changed, *more)

    monkeypatch.setattr(ending, "end_pauses", after_a_change)
    assert await done(alice, RESUME_ALL_QUEUES, **{"from": "NOW"}) == (3, ["PENDING_TIME_GIVEN_UP"])
    times = [(await row_of(queue)).next_scheduled_time - clock.now for queue in queues]
    assert times == [HOUR, 7 * DAY, 7 * DAY]


async def test_what_there_is_no_time_for_is_said(
    alice: User, clock: FakeClock, queues: list[Any], process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "PAUSES_BATCH_SIZE", 2)
    await waiting_clone(alice, queues[0])
    hurried = AllQueues(process.alarms, process.events, "alice", 0.0)
    paused = await hurried.pause(OwnersPause(), clock.now, hold_scheduled=True)
    assert (paused.count, [one.code.name for one in paused.notices]) == (3, ["STILL_SCHEDULED"])
    resumed = await hurried.resume(None, clock.now)
    assert (resumed.count, [one.code.name for one in resumed.notices]) == (
        2,
        ["NOT_ALL_RESUMED", "PENDING_TIME_GIVEN_UP"],
    )
    assert (await hurried.resume(None, clock.now)).count == 1


async def test_those_that_end_too_soon_to_go_on_from_now_come_last_and_hold_up_no_other(
    alice: User, clock: FakeClock, queues: list[Any], process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An end at the very time at which it would run is none too soon."""
    monkeypatch.setattr(ending, "PAUSES_BATCH_SIZE", 2)
    last, endless = await due_queues(alice, 2, clock.now + HOUR)
    for queue in queues:
        await set_queue(queue, ends_at=clock.now + 7 * DAY - HOUR)
    await set_queue(last, ends_at=clock.now + 7 * DAY)
    await done(alice, PAUSE_ALL_QUEUES)
    hurried = AllQueues(process.alarms, process.events, "alice", 0.0)
    resumed = await hurried.resume(ResumeFrom.NOW, clock.now)
    told = [one.message.split(":")[0].split(",")[0] for one in resumed.notices if one.code.name == "NOT_ALL_RESUMED"]
    assert (resumed.count, told) == (2, ["1 more queue is paused", "2 queues stay paused"])
    assert [(await row_of(queue)).status for queue in (last, endless)] == [QueueStatus.ACTIVE] * 2
    assert await done(alice, RESUME_ALL_QUEUES, **{"from": "NOW"}) == (0, ["NOT_ALL_RESUMED"])
    assert await done(alice, RESUME_ALL_QUEUES, **{"from": "NEXT_SLOT"}) == (3, [])


async def test_one_that_cannot_run_any_more_is_completed(alice: User, clock: FakeClock, queues: list[Any]) -> None:
    post = await alice.create_post(x="Another")
    gone = await alice.create_queue(post["id"], clock.now + HOUR)
    await set_queue(queues[0], max_executions=1, execution_count=1)
    await done(alice, PAUSE_ALL_QUEUES)
    await alice.do(DELETE_POST, id=post["id"])
    answer = await alice.do(RESUME_ALL_QUEUES, input={})
    assert answer["count"] == 2
    completed, given_up = answer["warnings"]
    assert (completed["code"], given_up["code"]) == ("ENDS_WITH_PAUSE", "PENDING_TIME_GIVEN_UP")
    assert completed["message"].startswith("2 queues are completed, as nothing is left that they could run")
    assert (await row_of(gone)).status_reason == "ORIGINAL_POST_DELETED"
    assert (await row_of(queues[0])).status_reason == "MAX_EXECUTIONS_REACHED"


async def test_alarms_are_set_for_the_end_and_for_what_is_resumed(
    alice: User, clock: FakeClock, queues: list[Any], process: Process
) -> None:
    await forget_alarms(process)
    until = clock.now + timedelta(seconds=30)
    await done(alice, PAUSE_ALL_QUEUES, until=until)
    assert await alarms(process, WorkerFunction.PROCESS_QUEUES) == [instant(until)]
    soon = clock.now + timedelta(seconds=10)
    await set_queue(queues[0], next_scheduled_time=soon)
    await done(alice, RESUME_ALL_QUEUES, **{"from": "NEXT_SLOT"})
    assert instant(soon) in await alarms(process, WorkerFunction.PROCESS_QUEUES)


@pytest.mark.parametrize("given", [{"until": "2000-01-01T00:00:00Z"}, {"reason": "x" * 256}])
async def test_a_pause_that_cannot_be_is_refused(alice: User, queues: list[Any], given: dict[str, str]) -> None:
    refusal = await alice.refused(PAUSE_ALL_QUEUES, input=given)
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", next(iter(given)))
    assert (await row_of(queues[0])).status == QueueStatus.ACTIVE


@on_postgres
async def test_a_tick_that_has_the_queues_runs_them_and_its_clones_are_held_back(
    alice: User, clock: FakeClock, queues: list[Any], process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.advance(hours=1)
    pause = Pause(work.write_plans)
    monkeypatch.setattr(work, "write_plans", pause)
    tick = process.ticker.process_due_queues()
    assert await meanwhile(pause, tick, done(alice, PAUSE_ALL_QUEUES, holdScheduled=True)) == (3, [])
    assert await QueueExecution.filter(outcome="executed").count() == 3
    assert await Publication.filter(status=PublicationStatus.SCHEDULED).count() == 0


@on_postgres
async def test_two_who_pause_everything_at_once_do_not_wait_in_a_circle(alice: User, queues: list[Any]) -> None:
    results = await asyncio.gather(*(done(alice, PAUSE_ALL_QUEUES) for _ in range(4)))
    assert sorted(count for count, _ in results) == [0, 0, 0, 3]


async def test_what_the_default_of_plain_queues_forgets_is_said_with_the_first(
    alice: User, clock: FakeClock, queues: list[Any]
) -> None:
    """A pending time ahead, and what was skipped or moved; each once, however many queues there are."""
    first, second, third = sorted(queues, key=lambda queue: str(queue["id"]))
    skipped, pending = clock.now + HOUR + 7 * DAY, clock.now + HOUR
    for queue in (first, second):
        await alice.do(SKIP_OCCURRENCE, queueId=queue["id"], scheduledTime=skipped)
    await set_queue(
        third, timezone="UTC", next_local_time=pending.replace(tzinfo=None).isoformat(timespec="milliseconds")
    )
    await done(alice, PAUSE_ALL_QUEUES)
    answer = await alice.do(RESUME_ALL_QUEUES, input={})
    given_up, dropped = answer["warnings"]
    assert (answer["count"], given_up["code"], dropped["code"]) == (3, "PENDING_TIME_GIVEN_UP", "CHANGES_DROPPED")
    assert given_up["message"] == (
        f"The pending times of 2 queues are given up, the first of which: queue {first['id']} runs at "
        f"{instant(clock.now + 7 * DAY)} and not at {instant(pending)}."
    )
    assert dropped["message"] == (
        "What was skipped or moved of 2 queues is forgotten, as they go on without it: the first is queue "
        f"{first['id']}, {instant(skipped)}."
    )


async def test_nothing_is_forgotten_where_queues_keep_their_slots(
    alice: User, clock: FakeClock, queues: list[Any]
) -> None:
    for queue in queues:
        await alice.do(SKIP_OCCURRENCE, queueId=queue["id"], scheduledTime=clock.now + HOUR + 7 * DAY)
    await done(alice, PAUSE_ALL_QUEUES)
    assert await done(alice, RESUME_ALL_QUEUES, **{"from": "NEXT_SLOT"}) == (3, [])


async def test_those_that_stay_paused_are_passed_once_and_not_named_anew_to_the_database(
    alice: User, clock: FakeClock, queues: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *others = sorted(queues, key=lambda queue: str(queue["id"]))
    for queue in others:
        await set_queue(queue, ends_at=clock.now + 2 * DAY)
    await set_queue(first, rule="FREQ=HOURLY", interval=None)
    await done(alice, PAUSE_ALL_QUEUES)
    await set_queue(first, rule=None)
    monkeypatch.setattr(ending, "PAUSES_BATCH_SIZE", 1)
    named, fetch = list[Any](), sql.fetch

    async def noted(statement: str, values: Any) -> Any:
        if "PAUSED_WITH_ALL" in statement:
            named.extend(value for value in values if isinstance(value, list) or str(value).startswith("["))
        return await fetch(statement, values)

    monkeypatch.setattr(sql, "fetch", noted)
    assert await done(alice, RESUME_ALL_QUEUES, **{"from": "NOW"}) == (0, ["NOT_ALL_RESUMED", "NOT_ALL_RESUMED"])
    assert [(await row_of(queue)).status for queue in queues] == [QueueStatus.PAUSED] * 3
    assert named == []
