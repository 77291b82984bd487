"""What owners change, one thing at a time: over the API, and in the notebook by the rules that are written here."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from support.api import mutation

from simulation.notebook.queues import ACTIVE, COMPLETED, PAUSED, Noted
from simulation.owners import edits
from simulation.owners.edits import A_MINUTE, QUEUE
from simulation.service.running import Service

AHEAD = 6  # of so many occurrences ahead one is skipped or moved


@dataclass
class Editor:
    """Makes edits; `counts` says how many of each kind."""

    service: Service
    queues: Collection[Noted]
    posts: Mapping[str, Sequence[str]]  # by their owner
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def now(self) -> datetime:
        """The present."""
        return self.service.now

    async def edit(self, noted: Noted) -> list[str]:
        """Makes an edit of the queue, if it can have one; says what came out other than it should."""
        if noted.is_by_hand or noted.status == COMPLETED or noted.pause_is_over(self.now):
            return []
        possible = edits.OF_PAUSED if noted.status == PAUSED else edits.OF_ACTIVE
        if noted.next_time is None or noted.next_time <= self.now + A_MINUTE:
            possible = (edits.resume,) if noted.status == PAUSED else edits.OF_DUE
        if noted.reason == edits.PAUSED_WITH_ALL:
            possible = edits.OF_PAUSED_WITH_ALL
        edit = noted.lot.choice(possible)
        try:
            answer = await edit(self, noted)
        except AssertionError as refusal:
            return [f"{noted}: {edit.__name__} was refused: {refusal}"]
        if answer is None:
            return []
        noted.edited.append(self.now)
        self.counts["edits"] += 1
        self.counts[edit.__name__] += 1
        return self._compare(noted, edit.__name__, answer)

    def _compare(self, noted: Noted, edit: str, answer: Mapping[str, Any]) -> list[str]:
        status = answer["status"].lower()
        time = datetime.fromisoformat(answer["nextScheduledTime"])
        if status != noted.status:
            return [f"{noted}: after {edit} it is {status}, and should be {noted.status}"]
        if status == ACTIVE and noted.next_run not in {None, time}:
            return [f"{noted}: after {edit} it runs next at {time}, and should at {noted.next_run}"]
        return []

    async def ask(self, noted: Noted, operation: str, **given: Any) -> Any:
        """The operation's answer, as the owner gets it."""
        return await self.service.user(noted.owner).do(mutation(operation, QUEUE), input=given)

    async def ask_for_all(self, noted: Noted, operation: str, **given: Any) -> None:
        """The operation on all queues of the queue's owner, which ends pauses first to which no tick has come."""
        for one in self.queues:
            if one.owner == noted.owner:
                one.end_pause(self.now)
        await self.service.user(noted.owner).do(mutation(operation, "count"), input=given)

    async def look(self, noted: Noted) -> Any:
        """The queue as its owner sees it."""
        query = "query ($id: ID!) { queue(id: $id) { status nextScheduledTime } }"
        return await self.service.user(noted.owner).do(query, id=noted.id)

    def others(self, noted: Noted, status: str) -> list[Noted]:
        """The queues of the same owner that have this status; they are taken for edited."""
        found = [one for one in self.queues if one.owner == noted.owner and one.status == status]
        for one in found:
            one.edited.append(self.now)
        return found

    def place_ahead(self, noted: Noted) -> int | None:
        """The place of one of the next occurrences, which lies ahead and is not excluded."""
        slots, end = noted.slots, min(noted.pending + AHEAD, len(noted.slots))
        if noted.counts_from_execution:
            end = noted.pending + 1
        places = [
            one
            for one in range(noted.pending, end)
            if min(slots.instants[one], noted.steering.time(slots, one)) > self.now + A_MINUTE
            and slots.local[one].date() not in noted.steering.excluded
        ]
        return noted.lot.choice(places) if places else None
