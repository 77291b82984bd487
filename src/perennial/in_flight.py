"""What a run of publish_due has under way: places in the traffic, requests on the wire, results to be recorded."""

import asyncio
from collections.abc import Coroutine, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from perennial import due_publications
from perennial.claiming import Claimed
from perennial.due_publications import Candidate
from perennial.platforms.base import Receipt
from perennial.recording import Recorded, Settled, record
from perennial.states import Platform
from perennial.traffic import Traffic

# What comes back within this time is looked at, and recorded, together.
GATHER_SECONDS = 0.02


class InFlight:
    """A publication holds its place from `pick` until its answer is there, or it is left.

    `bad_news` is what came back that may tell of its account, or of its platform: it is taken out by whoever sees to it
    that the next claim, and what is claimed already, heeds it.
    """

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._places: dict[UUID, Candidate] = {}
        self._on_wire: set[UUID] = set()
        self._sending: dict[asyncio.Task[Settled | None], UUID] = {}
        self._settled: list[Settled] = []
        self.bad_news: list[Settled] = []
        self._news = asyncio.Event()

    def __bool__(self) -> bool:
        """Whether anything is claimed and not answered, or came back and is not recorded yet."""
        return bool(self._places or self._settled)

    @property
    def is_sending(self) -> bool:
        """Whether anything is on the wire."""
        return bool(self._sending)

    @property
    def has_news(self) -> bool:
        """Whether something came back that is not recorded yet."""
        return bool(self._settled)

    async def pick(self, platform: Platform, room: int, now: datetime) -> tuple[list[Candidate], bool]:
        """The longest due, `room` of them at most, each with a place, which is left by its id later; and whether more
        are due.

        Looks past what an account has no places for, however much that is: others wait behind it.
        """
        picked: list[Candidate] = []
        seen = 0
        async for page in due_publications.candidates(platform, now, 2 * room):
            admitted = self._traffic.admit(page, room - len(picked))
            self._places |= {one.id: one for one in admitted}
            picked += admitted
            seen += len(page)
            if len(picked) == room:
                break
        return picked, seen > len(picked) or len(picked) == room

    def leave(self, ids: Iterable[UUID]) -> None:
        """Gives places back."""
        for publication_id in ids:
            if place := self._places.pop(publication_id, None):
                self._traffic.leave(place)
                if publication_id in self._on_wire:
                    self._on_wire.remove(publication_id)
                    self._traffic.arrive(place.platform)
                self._news.set()

    def leave_all(self) -> None:
        """Gives back what places are left."""
        self.leave(list(self._places))

    def depart(self, ids: Iterable[UUID]) -> None:
        """Takes their places on the wire, which are given back with the others."""
        for publication_id in ids:
            self._traffic.depart(self._places[publication_id].platform)
            self._on_wire.add(publication_id)

    def send(self, claimed: Claimed, work: Coroutine[Any, Any, Settled | None]) -> None:
        """Starts the work. None of it comes back where the claim was lost."""
        task = asyncio.create_task(work)
        self._sending[task] = claimed.row.id
        task.add_done_callback(self._take)

    def settle(self, one: Settled) -> None:
        """Takes what needs no request."""
        self._settle(one)
        self.leave([one.claimed.row.id])

    def cancel(self) -> None:
        """Breaks off what is on the wire: it is in doubt once its lease has run out."""
        for task in self._sending:
            task.cancel()

    async def wait(self, *others: "asyncio.Task[None] | None", knock: asyncio.Event | None = None) -> None:
        """Until something came back, one of the others is done, or somebody knocks."""
        events = [asyncio.create_task(event.wait()) for event in (self._news, knock) if event]
        try:
            await asyncio.wait([*events, *filter(None, others)], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in events:
                task.cancel()
        if self._news.is_set() and self._sending and not self.bad_news:
            await asyncio.sleep(GATHER_SECONDS)
        self._news.clear()

    async def record(self) -> list[Recorded]:
        """Records all that came back by now."""
        settled = list(self._settled)
        written = await record(settled) if settled else []
        # Only now: who is cancelled while recording finds them here, and records them again, which does no harm.
        del self._settled[: len(settled)]
        return written

    def _take(self, task: "asyncio.Task[Settled | None]") -> None:
        """Takes what came back, and gives its place to the next."""
        publication_id = self._sending.pop(task)
        if not task.cancelled() and (one := task.result()):
            self._settle(one)
        self.leave([publication_id])

    def _settle(self, one: Settled) -> None:
        self._settled.append(one)
        if not isinstance(one.result, Receipt):
            self.bad_news.append(one)
