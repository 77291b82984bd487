"""A life of a dispatcher: what is drawn happens to it, and after each event nothing may wait in vain."""

import asyncio
from collections import Counter
from random import Random

from perennial.core.states import Platform
from perennial.publishing.dispatch.dispatcher import CLAIMING_SECONDS, Dispatcher
from perennial.publishing.limits import Limits
from support.dispatching.books import ACCOUNTS, Item, State, account_of
from support.dispatching.ends import ENDS, do, end, still_due
from support.dispatching.virtual_time import VirtualTimeLoop
from support.dispatching.world import World

SETTLING_SECONDS, SETTLING_STEPS = 0.1, 400  # some pauses of the dispatcher; many more steps than these need
ROUNDS_MAX = 200
# How often an event is drawn; those below happen in some lives only.
EVENTS = {"step_ends": 24, "fall_due": 2, "wake": 1, "another_call_is_answered": 2, "block_ends": 2}
DISTURBANCES = {"stop": 1, "cancel": 3, "time_is_over": 1}


class Interleaving:
    """Calls of publish_due, one after the other, in one process. `random` draws what happens; `story` tells it."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.loop = VirtualTimeLoop()
        self.story: list[str] = []

    def begin(self) -> None:
        """Some publications are due, and some places are another call's."""
        random = self.random
        platform_max, account_max = random.randint(1, 4), random.randint(1, 3)
        self.limits = Limits(platform_max, account_max)
        self.woken, self.stopping = asyncio.Event(), asyncio.Event()
        self.world = World(self.limits, platform_max, account_max, self.stopping)
        self.disturbances = {one: often for one, often in DISTURBANCES.items() if not random.randint(0, 2)}
        self.has_errors = not random.randint(0, 2)
        for _ in range(random.randint(0, 24)):
            self.fall_due()
        for _ in range(random.randint(0, 6)):
            self.another_call_sends()
        self.start()

    def start(self) -> None:
        """Begins a call, sometimes in a process that is to stop already."""
        if "stop" not in self.disturbances or self.random.randint(0, 3):
            self.stopping.clear()
        self.errors, self.cancellations, self.is_late = 0, 0, False
        self.wake()
        self.world.begin_again()
        self.dispatcher = Dispatcher(self.world, self.limits, self.woken, self.stopping)
        self.run = self.loop.create_task(self.dispatcher.run(self.end_claims))
        self.settle()

    def live(self) -> None:
        """Some events, each alone or at one moment with the next; in the end all goes well."""
        self.begin()
        weights = EVENTS | self.disturbances
        for _ in range(self.random.randint(0, 80)):
            (event,) = self.random.choices(list(weights), list(weights.values()))
            self.story.append(event)
            getattr(self, event)()
            if self.random.randint(0, 3):
                self.settle()
            if self.run.done():
                self.settle()
                self.check_the_end()
                self.start()
        self.go_on_to_the_end()
        self.check_the_end()

    def end_claims(self) -> None:
        self.world.times_claims_ended += 1

    def step_ends(self) -> None:
        if self.world.calls:
            call = self.random.choice(self.world.calls)
            ends = [one for one in ENDS[call.kind] if one != "error" or self.has_errors]
            how, is_heard = self.random.choice(ends), call.is_done or self.random.randint(0, 3)
            self.story[-1] = f"{call.kind} {'ends' if is_heard else 'is done'}: {how}"
            if is_heard:
                self.errors += end(self.world, call, how)
            else:
                do(self.world, call, how)

    def fall_due(self) -> None:
        """The dispatcher may know of it only when it is woken."""
        item = Item(self.world.claimed(self.random.randrange(ACCOUNTS)), not self.random.randint(0, 3))
        self.world.items[item.claimed.row.id] = item
        if self.random.randint(0, 1):
            self.wake()

    def wake(self) -> None:
        for item in self.world.items.values():
            item.is_announced = True
        self.woken.set()

    def block_ends(self) -> None:
        """Of an account; and platforms may be probed."""
        self.world.blocked -= set(sorted(self.world.blocked - {*Platform})[:1])
        self.world.is_probe_due = True
        self.wake()

    def another_call_sends(self) -> None:
        """It took its places before; now it only waits for answers."""
        one = self.world.claimed(self.random.randrange(ACCOUNTS))
        if self.limits.may_start(one):
            self.limits.claim(one)
            self.limits.start(one)
            self.world.others.append(one)

    def another_call_is_answered(self) -> None:
        if self.world.others:
            one = self.world.others.pop(self.random.randrange(len(self.world.others)))
            self.limits.finish(one)
            self.limits.release(one)

    def stop(self) -> None:
        self.stopping.set()

    def cancel(self) -> None:
        if self.cancellations < 2:
            self.cancellations += self.run.cancel()

    def time_is_over(self) -> None:
        self.is_late = True
        self.loop.pass_time(CLAIMING_SECONDS, 100_000)

    def settle(self) -> None:
        """Lets the dispatcher do what it can do now."""
        self.loop.pass_time(SETTLING_SECONDS, SETTLING_STEPS)
        assert not self.world.wrong, self.world.wrong[0]
        if not {call.kind for call in self.world.calls} - {"send", "refresh"}:  # else it waits for the database
            self.check_that_nothing_waits_in_vain()

    def check_that_nothing_waits_in_vain(self) -> None:
        world, ready = self.world, self.world.of_state(State.CLAIMED)
        is_lost = world.of_state(State.ANSWERED) and not (self.errors or world.records_broken_off)
        assert not is_lost, "it is not recorded"
        if self.run.done():
            return
        if world.times_claims_ended:
            assert world.calls, "it has nothing to do and does not end"
            assert not ready, "what lies ready was not given back"
            return
        is_to_end = self.errors or self.cancellations or self.stopping.is_set() or self.is_late
        assert not is_to_end, "it claims on"
        assert not [item for item in ready if item.must_return], "what is blocked was not given back"
        assert not [item for item in ready if world.may_leave(item)], "what may leave does not"
        assert not [item for platform in Platform for item in still_due(world, platform)], "it claims too little"
        assert world.calls or world.others, "it has nothing to do and does not end"

    def go_on_to_the_end(self) -> None:
        """All requests and steps end well."""
        for _ in range(ROUNDS_MAX):
            while self.world.others:
                self.another_call_is_answered()
            for call in list(self.world.calls):
                self.errors += end(self.world, call)
            self.settle()
            if self.run.done():
                return
        raise AssertionError("it does not end")

    def check_the_end(self) -> None:
        world = self.world
        for key in {*Platform, *(account_of(number).id for number in range(ACCOUNTS))}:
            assert self.limits.used(key) == (world.used(key, ()),) * 2, "a place stays taken"
        assert world.times_claims_ended == 1
        assert not world.calls, "a step goes on"
        assert not asyncio.all_tasks(self.loop), "a task is left behind"
        assert not self.loop.complaints
        states = Counter(item.state for item in world.items.values())
        assert not states[State.CLAIMED], "it neither sends nor gives back"
        assert self.errors or self.cancellations or not states[State.FAILED_TO_LEAVE]
        # Some are cancelled before they have begun.
        assert self.cancellations or not (states[State.BROKEN_OFF] + states[State.LEAVING] + states[State.SENT])
        if self.run.cancelled():
            assert self.cancellations
            return
        left = [item for platform in Platform for item in still_due(world, platform)]
        is_known = self.dispatcher.has_backlog or self.woken.is_set() or self.stopping.is_set() or self.errors
        assert not left or is_known, "it ends though more is due"
        error = self.run.exception()
        assert isinstance(error, OSError) if self.errors else error is None, error
        assert self.errors or self.dispatcher.results["recorded"] == states[State.RECORDED]
