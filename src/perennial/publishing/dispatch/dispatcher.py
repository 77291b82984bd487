"""One call of publish_due: claims what is due, sends it within the limits, and records the results.

Three things happen beside each other: claims are made while there is room and something due, what is ready is marked in
groups and sent, and answers are recorded. A publication goes through them in that order, and holds a place in the
limits from its claim to its answer.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from perennial.core.states import Platform
from perennial.core.timeouts import wait_for_any
from perennial.publishing.claims import Claimed, ClaimResult
from perennial.publishing.dispatch._answers import Answers
from perennial.publishing.dispatch._claiming import LOOK_SECONDS, Claiming
from perennial.publishing.dispatch._ready import Ready
from perennial.publishing.dispatch.steps import Steps, Taken
from perennial.publishing.limits import Limits

CLAIMING_SECONDS = 30.0
# Requests whose places become free within this time are marked together.
MARK_SECONDS = 0.002
# How many requests are marked together. All of them are in doubt if the process dies before it has sent them.
MARKED_MAX = 15
# A `now` is read again after so long: a slow database would have leases that ran out meanwhile count as good.
FRESH_SECONDS = 0.1


class Dispatcher:
    """`results` counts what was recorded, by status.

    `has_backlog` says whether more was due, when it was looked last, than was claimed.
    """

    def __init__(self, steps: Steps, limits: Limits, woken: asyncio.Event, stopping: asyncio.Event) -> None:
        self._steps, self._limits = steps, limits
        self._woken, self._stopping = woken, stopping
        self._ready = Ready(limits)
        self._sending = 0  # how many are being marked or sent
        self._answers = Answers(steps, self._after_recording)
        self._claiming = Claiming(steps, limits)
        self._may_send, self._changed = asyncio.Event(), asyncio.Event()
        self._error: Exception | None = None
        self._is_claiming = True
        self.results = self._answers.results
        self.has_backlog = False

    async def run(self, on_claimed: Callable[[], None]) -> Counter[str]:
        """Works until nothing is left to do; calls `on_claimed`, once, when it claims no more. Returns the results.

        Raises the first error of a claim or a mark, after the results of what was sent. If it is cancelled, requests
        are broken off: they are in doubt once their leases have run out.
        """
        self._on_claimed = on_claimed
        try:
            async with asyncio.TaskGroup() as self._group:
                work = (self._send, partial(self._answers.keep_recording, lambda: self._sending > 0))
                loops = [self._group.create_task(self._guard(one)) for one in work]
                await self._guard(self._claim_while_due)
                await self._stop_claiming()
                while self._sending:
                    self._changed.clear()
                    await self._changed.wait()
                await self._guard(self._answers.record)
                for loop in loops:
                    loop.cancel()
        finally:
            try:
                await self._stop_claiming()
            finally:
                await self._guard(self._answers.record)
        if self._error:
            raise self._error
        return self.results

    async def _guard(self, work: Callable[[], Awaitable[None]]) -> None:
        """Does the work. An error ends the claiming, but breaks off no request; `run` raises it in the end."""
        try:
            await work()
        except Exception as error:
            self._error = self._error or error
            self._changed.set()

    async def _claim_while_due(self) -> None:
        deadline = asyncio.get_running_loop().time() + CLAIMING_SECONDS
        while not (self._error or self._stopping.is_set()):
            self._changed.clear()
            # Another call of this process may have given places back, which it tells nobody.
            self._may_send.set()
            if self._answers.blocked:
                await self._apply_blocks()
            if self._woken.is_set():
                self._woken.clear()
                self._claiming.look_again(Platform)
            pause = await self._claiming.claim(self._take)
            self.has_backlog = self._claiming.has_backlog
            is_idle = not (self._sending or self._ready or self._answers or self._changed.is_set())
            if is_idle and not self.has_backlog and not self._woken.is_set():
                return
            if asyncio.get_running_loop().time() > deadline:
                await self._stop_claiming()
                self.has_backlog = True
                await self._steps.call_again()
                return
            await self._wait(pause)

    def _take(self, taken: Taken) -> None:
        for one in taken.claimed:
            self._limits.claim(one)
            self._ready.add(one)
        self._answers.take(taken.unsendable)
        self._may_send.set()

    async def _wait(self, seconds: float) -> None:
        """Waits until something has changed, or it is woken or stopped; then so long if requests are under way."""
        if not seconds:
            return
        await wait_for_any(LOOK_SECONDS, self._changed, self._woken, self._stopping)
        if self._sending and not self._answers.blocked:
            await asyncio.sleep(seconds)

    async def _send(self) -> None:
        """Marks what is ready, in groups, and starts its requests, until it is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self._may_send.clear()
            if self._stopping.is_set() or not self._ready.has_sendable(self._answers.blocked):
                await self._may_send.wait()
                if self._sending:
                    await asyncio.sleep(MARK_SECONDS)
                continue
            now, fresh_until = await self._steps.now(), loop.time() + FRESH_SECONDS
            while not self._stopping.is_set() and loop.time() < fresh_until:
                if not (group := self._ready.take(MARKED_MAX, self._answers.blocked)):
                    break
                await self._start(group, max(now, *(one.time for one in group)))  # some may have been claimed since

    async def _start(self, group: Sequence[Claimed], now: datetime) -> None:
        """Marks the group and starts its requests; one that must refresh a token first is marked after that."""
        left = {one.row.id: one for one in group}
        self._sending += len(group)
        try:
            for one in group:
                if self._steps.must_refresh(one, now):
                    self._request(left.pop(one.row.id), self._steps.refresh_and_send(one, now))
            for one in await self._steps.mark(list(left.values()), now):
                self._request(left.pop(one.row.id), self._steps.send(one, now))
        except Exception:
            await self._steps.release([*left.values()])  # those that are not marked: they may be sent at once
            raise
        finally:
            for one in left.values():  # the claim was lost to another worker, or the mark failed
                self._finish(one)

    def _request(self, one: Claimed, sending: Coroutine[Any, Any, ClaimResult | None]) -> None:
        self._group.create_task(sending).add_done_callback(partial(self._end_request, one))

    def _end_request(self, one: Claimed, task: "asyncio.Task[ClaimResult | None]") -> None:
        """Takes the answer, if there is one, and gives the places back."""
        if not task.cancelled() and not task.exception() and (answer := task.result()):
            self._answers.take([answer])
        self._finish(one)

    def _finish(self, one: Claimed) -> None:
        self._sending -= 1
        self._limits.finish(one)
        self._limits.release(one)
        self._may_send.set()
        self._changed.set()

    def _after_recording(self, answers: Sequence[ClaimResult]) -> None:
        # After a probe the platform may serve again.
        self._claiming.look_again(answer.platform for answer in answers if answer.claimed.is_probe)
        self._changed.set()

    async def _apply_blocks(self) -> None:
        """Records what blocks accounts or platforms before anything else is claimed, and gives back what they block."""
        blocked = set(self._answers.blocked)
        await self._answers.record()
        back = self._ready.remove(lambda one: one.platform in blocked or one.account_id in blocked)
        if back:
            await self._steps.release(back)
        self._claiming.look_again(one.platform for one in back)
        self._answers.blocked -= blocked
        self._may_send.set()

    async def _stop_claiming(self) -> None:
        """Gives back what is ready, so that another worker may send it at once."""
        if not self._is_claiming:
            return
        self._is_claiming = False
        back = self._ready.remove(lambda _: True)
        self._on_claimed()
        self.has_backlog |= bool(back)
        if back:
            await self._steps.release(back)
