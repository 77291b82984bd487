"""The steps of a dispatcher, each of which ends when the test wants it to, and as it wants it to."""

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

from perennial.core.states import Platform
from perennial.publishing._due import ClaimedRow
from perennial.publishing.claims import Claimed, ClaimResult
from perennial.publishing.dispatch.dispatcher import MARKED_MAX
from perennial.publishing.dispatch.steps import Taken
from perennial.publishing.limits import CLAIMS
from support.dispatching.books import HOLDING, NOW, ON_THE_WIRE, Books, Item, State, account_of


@dataclass(eq=False)
class Call:
    """A step that has begun and not ended, and its publications."""

    kind: str
    items: list[Item]
    given: Any
    answer: "asyncio.Future[Any]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    result: Any = None
    is_done: bool = False  # by the database or the platform; whoever waits for it hears of it when it ends

    def end(self) -> None:
        """Returns or raises the result."""
        if self.answer.done():
            return  # it was just broken off
        if isinstance(self.result, Exception):
            self.answer.set_exception(self.result)
        else:
            self.answer.set_result(self.result)


class World(Books):
    """Implements `Steps`. `calls` are the steps that wait for their ends."""

    def __init__(self, *books: Any) -> None:
        super().__init__(*books)
        self.calls: list[Call] = []
        self._keys = count(1_000)
        self.records_broken_off = 0

    def begin_again(self) -> None:
        """Forgets what is over, for another call of publish_due."""
        self.items = {key: item for key, item in self.items.items() if item.state is State.DUE}
        self.unapplied, self.times_claims_ended, self.records_broken_off = [], 0, 0

    @property
    def platforms(self) -> Collection[Platform]:
        """Both."""
        return list(Platform)

    def claimed(self, number: int) -> Claimed:
        """A publication of that account."""
        account, key = account_of(number), UUID(int=next(self._keys))
        return Claimed(ClaimedRow(key, key, account.platform, account.id, "", NOW, 0, key, NOW, None), account)

    async def now(self) -> datetime:
        """The time stands still."""
        await self._call("now", [])
        return NOW

    async def claim(self, platform: Platform, room: int) -> Taken:
        """Which ones, is decided when it ends."""
        self.expect(not self.times_claims_ended, "it claims although another call may do so now")
        left = CLAIMS * self.platform_max - self.used(platform, HOLDING)
        self.expect(0 < room <= left, "it claims more than the platform's limit")
        taken: Taken = await self._call("claim", [], (platform, room))
        return taken

    def must_refresh(self, one: Claimed, now: datetime) -> bool:
        """As it was drawn."""
        return self.items[one.row.id].must_refresh

    async def mark(self, claimed: Sequence[Claimed], now: datetime) -> list[Claimed]:
        """Those that no other worker has taken over."""
        self.expect(len(claimed) <= MARKED_MAX, "too many are marked together")
        items = [self._leave(one) for one in claimed]
        standing: list[Claimed] = await self._call("mark", items) if items else []
        return standing

    def send(self, one: Claimed, now: datetime) -> Any:
        """Begins at once, not when the task is run."""
        item = self.items[one.row.id]
        self.expect(item.state is State.LEAVING, "what is sent is not marked")
        item.state = State.SENT
        return self._send(item, "send")

    def refresh_and_send(self, one: Claimed, now: datetime) -> Any:
        """Begins at once, not when the task is run."""
        return self._send(self._leave(one), "refresh")

    async def record(self, answers: Sequence[ClaimResult]) -> Counter[str]:
        """May come twice for the same answers, if the first one was broken off."""
        items = [self.items[one.claimed.row.id] for one in answers]
        known = {State.ANSWERED, State.RECORDED} if self.records_broken_off else {State.ANSWERED}
        self.expect(all(item.state in known for item in items), "what is recorded was not answered, or is so already")
        recorded: Counter[str] = await self._call("record", items, list(answers))
        return recorded

    async def release(self, claimed: Sequence[Claimed]) -> None:
        """Gives them back: those that lie ready, and those that could not be marked."""
        items = [self.items[one.row.id] for one in claimed]
        known = {State.CLAIMED, State.FAILED_TO_LEAVE}
        self.expect(all(item.state in known for item in items), "what is given back does not lie ready")
        await self._call("release", items)

    async def call_again(self) -> None:
        """Another call could not claim before this one has ended its claims."""
        self.expect(self.times_claims_ended == 1, "it has another called that cannot claim")

    def _leave(self, one: Claimed) -> Item:
        item = self.items[one.row.id]
        self.expect(item.state is State.CLAIMED, "what leaves is not claimed, or was given back")
        self.expect(not item.must_return, "it leaves although its account or platform is blocked")
        self.expect(not self.stopping.is_set(), "it leaves although the process is to stop")
        item.state = State.LEAVING
        are_within = self.used(one.platform, ON_THE_WIRE) <= self.platform_max
        are_within = are_within and self.used(one.account_id, ON_THE_WIRE) <= self.account_max
        self.expect(are_within, "there are more requests than the limits allow")
        return item

    async def _send(self, item: Item, kind: str) -> ClaimResult | None:
        answer: ClaimResult | None = await self._call(kind, [item])
        item.state = State.ANSWERED if answer else State.LOST
        if answer and answer.blocks is not None:
            # The dispatcher hears of it when the task has ended, which is right after this.
            asyncio.get_running_loop().call_soon(self._notice_block, answer)
        return answer

    def _notice_block(self, answer: ClaimResult) -> None:
        self.unapplied.append(answer)
        for item in self.of_state(State.CLAIMED):
            item.must_return |= answer.blocks in item.belongs_to

    async def _call(self, kind: str, items: list[Item], given: Any = None) -> Any:
        call = Call(kind, items, given)
        self.calls.append(call)
        try:
            return await call.answer
        except asyncio.CancelledError:
            for item in call.items:
                is_broken_off = kind == "claim" or item.state in HOLDING
                item.state = State.BROKEN_OFF if is_broken_off else item.state
            self.records_broken_off += kind == "record"
            raise
        finally:
            if call in self.calls:
                self.calls.remove(call)
