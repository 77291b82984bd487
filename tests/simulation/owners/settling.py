"""Owners come, connect their accounts, write posts and create queues."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from support.api import CONNECT_ACCOUNT, mutation
from support.laws.noted.will import RUN_IF_WITHIN, RUN_LATEST, SKIP

from perennial.core.states import Platform
from simulation.calendar import Slots
from simulation.drawing import Drawn, draw
from simulation.hand import CASES
from simulation.notebook.queues import Noted
from simulation.notebook.turns import Turns
from simulation.passing import Steering
from simulation.service.running import Service

# Owners of unequal size: the first has more than half of all queues.
OWNERS = ("olga", "olga", "olga", "olga", "olga", "piet", "piet", "qing", "rosa")
BY_HAND = "hana"  # owns those whose numbers were computed by hand, and does nothing with them
POSTS_OF_EACH = 6
TIMES = ((0, 0), (2, 0), (9, 0))  # full hours: each instant of a day at which any is due costs a tick
OFTEN = 0.9  # of the queues run on most days: the year is short
_CREATE_QUEUE = mutation("createQueue", "queue { id nextScheduledTime }")
_CREATE_POST = mutation("createPost", "post { id }")


class Settled(NamedTuple):
    """The queues, noted, by their number, and the ids of the posts by their owner."""

    by_number: dict[int, Noted]
    posts: dict[str, list[str]]


async def settle(service: Service, seed: int, numbers: Iterable[int], until: datetime) -> Settled:
    """Creates the queues of these numbers: first come those that were computed by hand. `until` is a wall time."""
    posts = {owner: await _settle_owner(service, owner) for owner in (*sorted(set(OWNERS)), BY_HAND)}
    first = service.now.replace(tzinfo=None) + timedelta(days=2)
    noted = {number: note(seed, number, posts, first, until) for number in numbers}
    for queue in noted.values():
        await _create(service, queue)
    return Settled(noted, posts)


def note(seed: int, number: int, posts: Mapping[str, Sequence[str]], first: datetime, until: datetime) -> Noted:
    """The queue of this number, and the lot by which all is drawn that happens to it: whatever others there are."""
    lot = Random(f"{seed}:queue {number}")
    if number < len(CASES):
        drawn = CASES[number].queue
        turns = Turns(posts[BY_HAND][1:2])  # on X alone
        return Noted(number, BY_HAND, drawn, _slots(drawn, until), turns, until, lot, is_by_hand=True)
    owner = OWNERS[number % len(OWNERS)]
    turns = Turns(lot.sample(posts[owner], lot.choice((1, 1, 2, 3))))
    drawn = draw(lot, first, first + timedelta(days=14), OFTEN, TIMES)
    return _with_settings(Noted(number, owner, drawn, _slots(drawn, until), turns, until, lot))


async def _settle_owner(service: Service, owner: str) -> list[str]:
    """Connects the accounts, and writes posts; their ids."""
    user = service.user(owner)
    for platform in Platform:
        tokens = service.far[platform].issue(owner, refreshable=False)
        await user.do(CONNECT_ACCOUNT, input={"platform": platform.name, "accessToken": tokens.access})
    texts = [f"{owner} {number}" for number in range(POSTS_OF_EACH)]
    return [(await user.do(_CREATE_POST, input={"publications": _publications(text)}))["id"] for text in texts]


def _publications(text: str) -> list[dict[str, str]]:
    """On X, and every third on LinkedIn as well."""
    both = text.endswith(("0", "3"))
    return [{"platform": one.name, "content": text} for one in Platform if both or one == Platform.X]


def _with_settings(noted: Noted) -> Noted:
    """The queue, with settings drawn by lot."""
    drawn, lot = noted.drawn, noted.lot
    chance = lot.random()
    if drawn.interval and not drawn.zone and chance < 0.3:
        noted.counts_from_execution = True
        return noted
    policy = lot.choice((RUN_LATEST, RUN_LATEST, SKIP, RUN_IF_WITHIN))
    excluded = lot.sample(noted.slots.local[1:], min(lot.choice((0, 0, 0, 3, 30)), len(noted.slots) - 1))
    dates = frozenset(one.date() for one in excluded)
    noted.steering = Steering(policy, timedelta(minutes=lot.choice((10, 90, 3000))), dates)
    if chance < 0.1:
        noted.maximum = lot.randint(1, 300)
    elif chance < 0.2 and len(noted.slots) > 1:
        noted.end_at(lot.choice(noted.slots.instants[1:]))
    return noted


def _slots(drawn: Drawn, until: datetime) -> Slots:
    return Slots.of(drawn.rule, drawn.interval, drawn.zone, drawn.first, max(until, drawn.first))


async def _create(service: Service, noted: Noted) -> None:
    answer = await service.user(noted.owner).do(_CREATE_QUEUE, input=_input(noted))
    noted.id = answer["id"]


def _input(noted: Noted) -> dict[str, Any]:
    drawn, steering = noted.drawn, noted.steering
    given: dict[str, Any] = {
        "timezone": drawn.zone,
        "nextScheduledTime": stamp(noted.slots.instants[0]),
        "endsAt": stamp(noted.ends_at) if noted.ends_at else None,
        "excludedDates": sorted(one.isoformat() for one in steering.excluded),
        "maxExecutions": noted.maximum,
        "cadence": "AFTER_EXECUTION" if noted.counts_from_execution else "FIXED",
        "missedRuns": missed_runs(steering),
        "name": f"queue {noted.number}",
    }
    posts = noted.turns.posts
    given |= {"postIds": posts} if len(posts) > 1 else {"originalPostId": posts[0]}
    return given | ({"rule": drawn.rule} if drawn.rule else {"interval": drawn.interval})


def missed_runs(steering: Steering) -> dict[str, Any]:
    """What becomes of missed occurrences, as the API has it."""
    within = {"withinMinutes": steering.within // timedelta(minutes=1)} if steering.policy == RUN_IF_WITHIN else {}
    return {"policy": steering.policy.upper(), **within}


def stamp(time: datetime) -> str:
    """The instant as the API takes it."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
