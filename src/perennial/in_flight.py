"""What a run of publish_due has under way: places in the traffic, requests on the wire, results to be recorded."""

import asyncio
from collections.abc import Coroutine, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from perennial import due_publications
from perennial.claiming import Claimed
from perennial.due_publications import Candidate
from perennial.recording import Recorded, Settled, record
from perennial.states import Platform
from perennial.traffic import Traffic


class InFlight:
    """A publication holds its place from `pick` until it is recorded, or left."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._places: dict[UUID, Candidate] = {}
        self._sending: dict[asyncio.Task[Settled | None], UUID] = {}
        self._settled: list[Settled] = []

    def __bool__(self) -> bool:
        """Whether anything is on the wire, or came back and is not recorded yet."""
        return bool(self._sending or self._settled)

    async def pick(self, platform: Platform, room: int, now: datetime) -> list[Candidate]:
        """The longest due, `room` of them at most, each with a place, which is left by its id later.

        Looks past what an account has no places for, however much that is: others wait behind it.
        """
        picked: list[Candidate] = []
        async for page in due_publications.candidates(platform, now):
            admitted = self._traffic.admit(page, room - len(picked))
            self._places |= {one.id: one for one in admitted}
            picked += admitted
            if len(picked) == room:
                break
        return picked

    def leave(self, ids: Iterable[UUID]) -> None:
        """Gives places back."""
        for publication_id in ids:
            if place := self._places.pop(publication_id, None):
                self._traffic.leave(place)

    def leave_all(self) -> None:
        """Gives back what places are left."""
        self.leave(list(self._places))

    def send(self, claimed: Claimed, work: Coroutine[Any, Any, Settled | None]) -> None:
        """Starts the work. None of it comes back where the claim was lost."""
        self._sending[asyncio.create_task(work)] = claimed.row.id

    def settle(self, one: Settled) -> None:
        """Takes what needs no request."""
        self._settled.append(one)

    def cancel(self) -> None:
        """Breaks off what is on the wire: it is in doubt once its lease has run out."""
        for task in self._sending:
            task.cancel()

    async def wait(self, knock: asyncio.Event | None) -> None:
        """Until something came back, or somebody knocks."""
        if self._settled:
            return
        knocking = [asyncio.create_task(knock.wait())] if knock else []
        try:
            await asyncio.wait([*knocking, *self._sending], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in knocking:
                task.cancel()

    async def record(self) -> list[Recorded]:
        """Records all that came back by now, and gives its places back."""
        done = [task for task in self._sending if task.done()]
        gone = {self._sending.pop(task) for task in done}
        self._settled += [one for task in done if not task.cancelled() and (one := task.result())]
        settled = list(self._settled)
        written = await record(settled) if settled else []
        # Only now: who is cancelled while recording finds them here, and records them again, which does no harm.
        self._settled = []
        self.leave(gone | {one.claimed.row.id for one in settled})
        return written
