"""Looks for publications in doubt, where their platform lets an account read its own posts back.

10 seconds, 1 minute and 10 minutes after the doubt came up. What is found is published, with its receipt; not finding
it proves nothing, so it stays in doubt, for a person to settle.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from perennial.accounts.account_rows import AnyAccount
from perennial.accounts.refreshing import Refresher
from perennial.accounts.usability import accounts_of, unusable_reason
from perennial.core import clock
from perennial.core.errors import NotSent, PlatformError
from perennial.core.states import Platform, PublicationStatus
from perennial.db.models import ConnectedAccount
from perennial.events.publisher import Event, EventPublisher, Topic
from perennial.jobs.alarms import Alarms, WorkerFunction
from perennial.jobs.single_flight import SingleFlight
from perennial.observe import metrics
from perennial.observe.logs import get_logger
from perennial.platforms.transport import Identity, Match, Transport
from perennial.publishing.reconciling import _look_ups
from perennial.publishing.reconciling._look_ups import Doubt
from perennial.publishing.transitions import Columns

log = get_logger(__name__)

LOOKING_SECONDS = 30.0


@dataclass(frozen=True)
class Reconciler:
    """The process's looking-up, for as long as it is not stopping."""

    platforms: Mapping[Platform, Transport]
    refresher: Refresher
    alarms: Alarms
    events: EventPublisher
    stopping: asyncio.Event
    single_flight: SingleFlight = field(default_factory=lambda: SingleFlight(1))

    async def work(self) -> None:
        """Looks for all that is due; where somebody in this process does so already, leaves it to them."""
        if not self.single_flight.try_enter():
            return
        loop = asyncio.get_running_loop()
        deadline = loop.time() + LOOKING_SECONDS
        try:
            while not self.stopping.is_set():
                self.single_flight.woken.clear()
                if not await self._batch() and not self.single_flight.woken.is_set():
                    return
                if loop.time() > deadline:
                    await self.alarms.enqueue(WorkerFunction.PUBLISH)
                    return
        finally:
            self.single_flight.leave()

    async def _batch(self) -> int:
        found = await _look_ups.claim_unconfirmed(await clock.now())
        accounts = await accounts_of([doubt.owner for doubt in found]) if found else {}
        looks = [self._look_up(doubt, accounts.get((doubt.owner, doubt.row.platform))) for doubt in found]
        await asyncio.gather(*looks)
        return len(found)

    async def _look_up(self, doubt: Doubt, account: ConnectedAccount | None) -> None:
        """Looks for one; what goes wrong with it costs itself alone."""
        publication = str(doubt.row.id)
        try:
            columns = await self._columns(doubt, account)
            self.events.publish(Topic.PUBLICATIONS, [Event(doubt.owner, doubt.row.post_id, doubt.row.id)])
            status = columns.get("status", PublicationStatus.UNCONFIRMED)
            log.info("publication.looked_up", publication=publication, owner=doubt.owner, status=status.value)
            if status == PublicationStatus.PUBLISHED:
                metrics.count_publications({(doubt.row.platform, status): 1})
            if time := columns.get("next_attempt_time"):
                await self.alarms.arm(WorkerFunction.PUBLISH, [time], await clock.now())
        except Exception:
            log.exception("publication.not_looked_up", publication=publication)

    async def _columns(self, doubt: Doubt, account: ConnectedAccount | None) -> Columns:
        try:
            matches = await self._ask(doubt, account, await clock.now())
        except PlatformError as error:
            return await _look_ups.write_unanswered(doubt, error)
        return await _look_ups.write(doubt, matches)

    async def _ask(self, doubt: Doubt, account: ConnectedAccount | None, now: datetime) -> list[Match]:
        if account is None or unusable_reason(account, now):
            raise NotSent("ACCOUNT_MISSING", "There is no account to look with.")
        transport = self.platforms[doubt.row.platform]

        async def look(account: AnyAccount, token: str) -> list[Match]:
            identity = Identity(account.account_id, account.handle)
            return await transport.find_matches(identity, token, doubt.row.content, doubt.since)

        return await self.refresher.with_token(account, look)
