"""How a step of the dispatcher ends, and what that makes of the publications: what the database and platforms do."""

from collections import Counter
from typing import Any

from perennial.core.platform_errors import (
    NotSent,
    OperatorFault,
    OutcomeUnknown,
    ReconnectRequired,
    Refused,
    TokenRejected,
)
from perennial.core.states import Platform
from perennial.platforms.transport import Receipt
from perennial.publishing.claims import ClaimResult
from perennial.publishing.dispatch.steps import Taken
from perennial.publishing.limits import CLAIMS
from support.dispatching.books import HOLDING, NOW, Item, State
from support.dispatching.world import Call, World

RECEIPT = Receipt("17", "https://x.com/alice/status/17")
ANSWERS = {
    "receipt": RECEIPT,
    "account blocked": NotSent("RATE_LIMITED", "later", retry_at=NOW, blocks_account=True),
    "platform blocked": OperatorFault("CREDITS_DEPLETED", "no credits", "Buy some."),
    "token rejected": TokenRejected("no"),
    "reconnect": ReconnectRequired("no"),
    "refused": Refused("TOO_LONG", "no"),
    "unknown": OutcomeUnknown("it may be there"),
}
WELL = "well"
_ANSWERS = [WELL] * 3 + [*ANSWERS]
# By the kind of a step: how it may end. What is likelier stands there more often.
ENDS = {
    "now": [WELL] * 12 + ["error"],
    "claim": [WELL] * 8 + ["others are faster", "others are faster", "error"],
    "mark": [WELL] * 6 + ["some lost", "some lost", "error"],
    "send": _ANSWERS,
    "refresh": [*_ANSWERS, "lost"],
    "record": [WELL] * 3 + ["error"],
    "release": [WELL],
}


def end(world: World, call: Call, how: str = WELL) -> bool:
    """Ends the step; returns whether the dispatcher hears of an error."""
    if not call.is_done:
        do(world, call, how)
    world.calls.remove(call)
    is_heard = not call.answer.done()
    call.end()
    return is_heard and isinstance(call.result, Exception)


def do(world: World, call: Call, how: str = WELL) -> None:
    """Does to the publications what the step does, though nobody hears of it yet."""
    call.is_done = True
    if call.answer.done():  # it was just broken off
        return
    if how == "error":
        for item in call.items if call.kind == "mark" else []:
            item.state = State.FAILED_TO_LEAVE
        call.result = OSError(f"The database is away for a {call.kind}.")
    elif call.kind in {"send", "refresh"}:
        call.result = None if how == "lost" else _answer(call.items[0], ANSWERS.get(how, RECEIPT))
    else:
        does = {"now": _nothing, "claim": _claim, "mark": _mark, "record": _record, "release": _release}
        call.result = does[call.kind](world, call, how)


def _answer(item: Item, result: Any) -> ClaimResult:
    return ClaimResult(item.claimed, result)


def _nothing(world: World, call: Call, how: str) -> None:
    """The time is asked for."""


def _claim(world: World, call: Call, how: str) -> Taken:
    platform, room = call.given
    full = world.limits.full_accounts(platform)
    is_probe = platform in world.blocked
    if is_probe and not world.is_probe_due:
        return Taken([], [], has_more=False)
    room = 1 if is_probe else room
    found = world.claimable(platform, full)[:room]
    for item in found[:1] if how == "others are faster" else found:
        account_id = item.claimed.account_id
        taken = world.used(account_id, HOLDING)
        if account_id in world.unusable:
            item.state = State.ANSWERED
            call.items.append(item)
        elif sum(account_id in one.belongs_to for one in call.items) < world.limits.account_room(account_id):
            item.claimed = item.claimed._replace(is_probe=is_probe)
            item.state = State.CLAIMED
            item.must_return = any(one.blocks in item.belongs_to for one in world.unapplied)
            world.expect(taken < CLAIMS * world.account_max, "an account has more claims than it may have")
            call.items.append(item)
    world.expect(world.used(platform, HOLDING) <= CLAIMS * world.platform_max, "there are too many claims")
    world.is_probe_due = world.is_probe_due and not (is_probe and call.items)
    claimed = [item.claimed for item in call.items if item.state is State.CLAIMED]
    unsendable = [_answer(item, Refused("RECONNECT", "no")) for item in call.items if item.state is State.ANSWERED]
    counts = Counter(item.claimed.account_id for item in call.items if item.state is State.CLAIMED)
    filled = [one for one, count in counts.items() if not world.limits.account_room(one, besides=count)]
    left_out = [*full, *filled]
    return Taken(claimed, unsendable, not is_probe and bool(world.claimable(platform, left_out)), left_out)


def _mark(world: World, call: Call, how: str) -> list[Any]:
    lost = call.items[::2] if how == "some lost" else []
    for item in lost:
        item.state = State.LOST
    return [item.claimed for item in call.items if item not in lost]


def _record(world: World, call: Call, how: str) -> Counter[str]:
    for item, answer in zip(call.items, call.given, strict=True):
        item.state = State.RECORDED
        if isinstance(answer.result, TokenRejected | ReconnectRequired):
            world.unusable.add(answer.claimed.account_id)
        elif answer.blocks is not None:
            world.blocked.add(answer.blocks)
        elif answer.claimed.is_probe and isinstance(answer.result, Receipt):
            world.blocked.discard(answer.platform)
    world.unapplied = [one for one in world.unapplied if one not in call.given]
    return Counter(recorded=len(call.items))


def _release(world: World, call: Call, how: str) -> None:
    for item in call.items:
        item.state, item.must_return = State.DUE, False


def still_due(world: World, platform: Platform) -> list[Item]:
    """What a claim would find and take now, as far as the dispatcher can know."""
    if platform in world.blocked or not world.limits.room(platform):
        return []
    found = [item for item in world.claimable(platform) if item.is_announced]
    return [item for item in found if world.limits.account_room(item.claimed.account_id)]
