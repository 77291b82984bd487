"""The steps of the dispatcher, done with the database, the platforms, Redis and the breakers."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from perennial.accounts.refreshing import needs_refresh
from perennial.core import clock
from perennial.core.platform_errors import Duplicate, PlatformError
from perennial.core.states import Platform
from perennial.db.models import PlatformBreaker
from perennial.db.retrying import retry_while_away
from perennial.events.publisher import EventPublisher, Topic
from perennial.jobs.alarms import Alarms, FanOut
from perennial.jobs.worker_functions import WorkerFunction
from perennial.observe.logs import get_logger
from perennial.publishing import breakers, claims
from perennial.publishing._recording import record
from perennial.publishing.claims import Claimed, ClaimResult
from perennial.publishing.dispatch.steps import Taken
from perennial.publishing.limits import Limits
from perennial.publishing.sending import Sender, check_usable, unsent_result

log = get_logger(__name__)


# Called with posts that a platform has called duplicates, whatever was recorded of them. It raises nothing.
OnDuplicates = Callable[[Collection[UUID]], Awaitable[None]]


class PublishingSteps:
    """The steps of one call of publish_due."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts that it works with
        self,
        sender: Sender,
        alarms: Alarms,
        events: EventPublisher,
        limits: Limits,
        expire_after: timedelta,
        on_duplicates: OnDuplicates,
    ) -> None:
        self._sender, self._alarms, self._events = sender, alarms, events
        self._limits, self._expire_after, self._on_duplicates = limits, expire_after, on_duplicates
        self._fan_out = FanOut(alarms, WorkerFunction.PUBLISH)

    @property
    def platforms(self) -> Collection[Platform]:
        """The platforms that are published on."""
        return self._sender.platforms.keys()

    async def now(self) -> datetime:
        """The database's time."""
        return await clock.now()

    async def claim(self, platform: Platform, room: int) -> Taken:
        """Claims what is due. If nothing more is, it sets the alarm for what falls due next."""
        if breaker := (await breakers.tripped()).get(platform):
            return await self._claim_probe(breaker)
        now = await clock.now()
        taken = await self._claim(platform, room, now)
        if taken.has_more:
            await self._fan_out.enqueue()
        return taken

    async def _claim_probe(self, breaker: PlatformBreaker) -> Taken:
        """Claims one publication to see whether the tripped platform serves again; the others wait."""
        platform, now = breaker.platform, await clock.now()
        if breaker.probe_time > now or not await breakers.claim_probe(platform, now):
            return Taken([], [], has_more=False)
        taken = await self._claim(platform, 1, now, to_probe=True)
        if not taken.claimed:
            await breakers.release_probe(platform, now)
        return taken._replace(claimed=[one._replace(is_probe=True) for one in taken.claimed])

    async def _claim(self, platform: Platform, room: int, now: datetime, *, to_probe: bool = False) -> Taken:
        batch = await claims.claim(platform, room, self._limits, now, self._expire_after, to_probe=to_probe)
        self._events.publish(Topic.PUBLICATIONS, [*[one.event for one in batch.claimed], *batch.over])
        has_more = batch.next_head is not None and batch.next_head <= now
        if batch.next_head is not None and not has_more:
            await self._alarms.arm(WorkerFunction.PUBLISH, {batch.next_head}, now)
        sendable, unsendable = _sort(batch.claimed)
        return Taken(sendable, unsendable, has_more, batch.left_out)

    def must_refresh(self, one: Claimed, now: datetime) -> bool:
        """Whether the account's token expires soon."""
        return needs_refresh(one.account, now)

    async def mark(self, claimed: Sequence[Claimed], now: datetime) -> list[Claimed]:
        """Marks that their requests go out now; returns those whose claims still stand."""
        return await claims.mark(claimed, now)

    async def send(self, one: Claimed, now: datetime) -> ClaimResult:
        """Sends a marked publication."""
        return await self._sender.send(one, one.account, now)

    async def refresh_and_send(self, one: Claimed, now: datetime) -> ClaimResult | None:
        """Refreshes the account's token, marks the publication, and sends it."""
        return await self._sender.refresh_and_send(one, one.account, now)

    async def record(self, answers: Sequence[ClaimResult]) -> Counter[str]:
        """Records the results, publishes events, and sets alarms for what is to be tried again."""
        results: Counter[str] = Counter()
        for recorded in await record(answers):
            results.update(row["status"].value for row in recorded.rows)
            again = {row["next_attempt_time"] for row in recorded.rows if row.get("next_attempt_time")}
            await self._alarms.arm(WorkerFunction.PUBLISH, again, recorded.now)
            self._events.publish(Topic.PUBLICATIONS, recorded.other_events)
        self._events.publish(Topic.PUBLICATIONS, [one.claimed.event for one in answers])
        if duplicates := {one.claimed.row.post_id for one in answers if isinstance(one.result, Duplicate)}:
            await self._on_duplicates(duplicates)
        return results

    async def release(self, claimed: Sequence[Claimed]) -> None:
        """Gives the claims back, also after an outage of the database. If that fails, their leases run out."""
        try:
            await retry_while_away(lambda: claims.release(claimed))
            self._events.publish(Topic.PUBLICATIONS, [one.event for one in claimed])
        except Exception:
            log.exception("claims.not_released", claims=len(claimed))

    async def call_again(self) -> None:
        """Enqueues another call."""
        await self._alarms.enqueue(WorkerFunction.PUBLISH)


def _sort(claimed: Sequence[Claimed]) -> tuple[list[Claimed], list[ClaimResult]]:
    """Those that can be sent, and results for those whose accounts cannot be used."""
    sendable, unsendable = [], []
    for one in claimed:
        try:
            check_usable(one.account, one.time)
            sendable.append(one)
        except PlatformError as error:
            unsendable.append(unsent_result(one, error))
    return sendable, unsendable
