"""The edits: each asks the API, as the owner of a queue, and notes what that means; None: there is nothing to edit."""

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from support.api import mutation
from support.laws.noted.will import RUN_IF_WITHIN, RUN_LATEST, SKIP

from simulation.calendar import read_zone
from simulation.notebook.queues import ACTIVE, PAUSED, Noted
from simulation.owners.reruling import redraw
from simulation.owners.settling import OWNERS, missed_runs, stamp

if TYPE_CHECKING:
    from simulation.owners.editing import Editor

QUEUE = "queue { status nextScheduledTime }"
PAUSED_WITH_ALL = "PAUSED_WITH_ALL"
A_MINUTE = timedelta(minutes=1)


async def pause(editor: "Editor", noted: Noted) -> Any:
    """Until it is resumed."""
    answer = await editor.ask(noted, "pauseQueue", id=noted.id)
    noted.pause()
    return answer


async def pause_for_days(editor: "Editor", noted: Noted) -> Any:
    """A tick ends it."""
    until = editor.now + timedelta(minutes=noted.lot.randrange(60 * 24 * 40), hours=1)
    answer = await editor.ask(noted, "pauseQueue", id=noted.id, until=stamp(until), reason="a holiday")
    noted.pause(until)
    return answer


async def change_posts(editor: "Editor", noted: Noted) -> Any:
    """Others, of which some may stay."""
    posts = noted.lot.sample(editor.posts[noted.owner], noted.lot.randint(1, 4))
    answer = await editor.ask(noted, "updateQueue", id=noted.id, postIds=posts)
    noted.turns.change(posts)
    return answer


async def resume(editor: "Editor", noted: Noted) -> Any:
    """From the next slot; a queue of plain days from now, if that is what comes by default."""
    from_now, chosen = noted.goes_on_from_now(editor.now), noted.lot.random() < 0.5
    if noted.resumed_last(editor.now, from_now=from_now and not chosen) is None:
        return None  # it has ended meanwhile
    answer = await editor.ask(noted, "resumeQueue", id=noted.id, **({"from": "NEXT_SLOT"} if chosen else {}))
    noted.resume(editor.now, editor.now, from_now=from_now and not chosen)
    return answer


async def skip(editor: "Editor", noted: Noted) -> Any:
    """One of the next occurrences."""
    if (place := editor.place_ahead(noted)) is None:
        return None
    answer = await editor.ask(noted, "skipOccurrence", **_named(noted, place))
    noted.steering.changed[noted.slots.local[place]] = None
    return answer


async def move(editor: "Editor", noted: Noted) -> Any:
    """One of the next occurrences, by less than a quarter of the way to its neighbours."""
    place, slots = editor.place_ahead(noted), noted.slots
    if place is None or place == 0 or place + 1 >= len(slots):
        return None
    time = slots.instants[place]
    room = min(time - slots.instants[place - 1], slots.instants[place + 1] - time) / 4
    to = (time + room * noted.lot.uniform(-1, 1)).replace(second=0, microsecond=0)
    if to <= editor.now + A_MINUTE or to == time or (noted.ends_at and to > noted.ends_at):
        return None
    zone = read_zone(noted.drawn.zone) if noted.drawn.zone else UTC
    if to.astimezone(zone).date() in noted.steering.excluded:
        return None
    answer = await editor.ask(noted, "moveOccurrence", **_named(noted, place), to=stamp(to))
    noted.steering.changed[slots.local[place]] = to
    return answer


async def restore(editor: "Editor", noted: Noted) -> Any:
    """One that was skipped or moved."""
    local, instants = noted.slots.local, noted.slots.instants
    changed = {local.index(one): one for one in noted.steering.changed if one >= local[noted.pending]}
    places = [place for place in changed if instants[place] > editor.now + A_MINUTE]
    if not places:
        return None
    place = noted.lot.choice(places)
    answer = await editor.ask(noted, "restoreOccurrence", **_named(noted, place))
    del noted.steering.changed[changed[place]]
    return answer


async def run_now(editor: "Editor", noted: Noted) -> Any:
    """At once, beside its occurrences."""
    user, document = editor.service.user(noted.owner), mutation("runQueueNow", f"execution {{ id }} {QUEUE}")
    answer = await user.execute(document, input={"id": noted.id, "idempotencyKey": f"{noted.id} {editor.now}"})
    assert "errors" not in answer, answer["errors"]
    noted.run_now(editor.now)
    return answer["data"]["runQueueNow"]["queue"]


async def change_rule(editor: "Editor", noted: Noted) -> Any:
    """Another rule or zone; the pending slot stays where it is one. It may be due."""
    if noted.steering.changed or noted.ends_at or noted.counts_from_execution or noted.next_time is None:
        return None
    redrawn = redraw(noted.lot, noted, editor.now)
    if redrawn is None:
        return None
    drawn = redrawn.drawn
    given = {"rule": drawn.rule} if drawn.rule != noted.drawn.rule else {}
    given |= {"timezone": drawn.zone} if drawn.zone != noted.drawn.zone else {}
    answer = await editor.ask(noted, "updateQueue", id=noted.id, **given)
    noted.settle(redrawn.ahead, editor.now)
    noted.reschedule(drawn)
    return answer


async def change_missed_runs(editor: "Editor", noted: Noted) -> Any:
    """What becomes of missed occurrences."""
    if noted.counts_from_execution:
        return None
    noted.steering.policy = noted.lot.choice((RUN_LATEST, SKIP, RUN_IF_WITHIN))
    return await editor.ask(noted, "updateQueue", id=noted.id, missedRuns=missed_runs(noted.steering))


async def exclude_dates(editor: "Editor", noted: Noted) -> Any:
    """Other dates, among those of the next occurrences."""
    if noted.steering.changed or noted.counts_from_execution:
        return None
    ahead = noted.slots.local[noted.pending : noted.pending + 40]
    dates = frozenset(one.date() for one in noted.lot.sample(ahead, len(ahead) // 8))
    answer = await editor.ask(noted, "updateQueue", id=noted.id, excludedDates=sorted(map(str, dates)))
    noted.steering.excluded = dates
    return answer


def _named(noted: Noted, place: int) -> dict[str, str]:
    return {"queueId": noted.id, "scheduledTime": stamp(noted.slots.instants[place])}


async def pause_all(editor: "Editor", noted: Noted) -> Any:
    """All of its owner's that are active, if these are not most of all; sometimes for some days.

    Those that were paused so before have the new pause.
    """
    if noted.owner == OWNERS[0]:
        return None
    until = editor.now + timedelta(minutes=noted.lot.randrange(60 * 24 * 20), hours=1)
    given = {"until": stamp(until)} if noted.lot.random() < 0.5 else {}
    await editor.ask_for_all(noted, "pauseAllQueues", **given, reason="a sad day")
    for one in [*editor.others(noted, ACTIVE), *editor.others(noted, PAUSED)]:
        if one.status == ACTIVE or one.reason == PAUSED_WITH_ALL:
            one.pause(until if given else None, PAUSED_WITH_ALL)
    return await editor.look(noted)


async def resume_all(editor: "Editor", noted: Noted) -> Any:
    """All of its owner's that were paused together, each from where it goes on by default."""
    await editor.ask_for_all(noted, "resumeAllQueues")
    for one in editor.others(noted, PAUSED):
        if one.reason == PAUSED_WITH_ALL:
            one.resume(editor.now, editor.now, from_now=one.goes_on_from_now(editor.now))
    return await editor.look(noted)


OF_ACTIVE = (
    *(pause, pause_for_days, skip, skip, move, move, restore, run_now, change_rule, change_missed_runs),
    *(exclude_dates, change_posts, pause_all),
)
OF_DUE = (pause, change_rule, change_rule)  # what is due is not steered
OF_PAUSED = (*(resume, resume, resume, resume), restore, run_now, change_posts)
OF_PAUSED_WITH_ALL = (resume_all, resume_all, resume)
