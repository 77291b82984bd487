"""Looks for unconfirmed publications on platforms that let an account read its own posts back.

It looks 10 seconds, 1 minute and 10 minutes after a publication became unconfirmed. A publication that is found becomes
PUBLISHED, with its receipt. Not finding it proves nothing: it stays UNCONFIRMED until a person settles it. Where an
operator has to act before anybody can look, it waits (`_stops`).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from perennial.accounts import refresh_breakers
from perennial.accounts.account_rows import AnyAccount, accounts_by_id
from perennial.accounts.refreshing import Refresher
from perennial.accounts.usability import unusable_reason
from perennial.core import clock
from perennial.core.platform_errors import NotSent, OperatorFault, PlatformError
from perennial.core.publication_codes import ACCOUNT_MISSING, REFRESH_FAILED
from perennial.core.states import Platform, PublicationStatus
from perennial.db.models import ConnectedAccount
from perennial.events.publisher import Event, EventPublisher, Topic
from perennial.jobs.alarms import Alarms
from perennial.jobs.batches import do_batches
from perennial.jobs.single_flight import SingleFlight
from perennial.jobs.worker_functions import WorkerFunction
from perennial.observe import metrics
from perennial.observe.logs import get_logger
from perennial.platforms.transport import Identity, Match, Transport
from perennial.publishing import breakers
from perennial.publishing.reconciling import _look_ups
from perennial.publishing.reconciling._look_ups import LookUp
from perennial.publishing.reconciling._stops import Stops
from perennial.publishing.transitions import Columns

log = get_logger(__name__)


@dataclass(frozen=True)
class Reconciler:
    """Makes the look-ups of this process, until the process is to stop."""

    platforms: Mapping[Platform, Transport]
    refresher: Refresher
    alarms: Alarms
    events: EventPublisher
    stopping: asyncio.Event
    clock_slack: timedelta
    single_flight: SingleFlight = field(default_factory=lambda: SingleFlight(1))
    stops: Stops = field(default_factory=Stops)

    async def reconcile_due(self) -> None:
        """Makes all look-ups that are due; returns at once if another call in this process is doing so."""
        batch = self._reconcile_batch
        if await do_batches(batch, WorkerFunction.PUBLISH, self.alarms, self.single_flight, self.stopping):
            await self._arm_next()

    async def _arm_next(self) -> None:
        """Sets the alarm for the next look-up, if it is near."""
        now = await clock.now()
        if time := await _look_ups.next_look_up_time(now):
            await self.alarms.arm(WorkerFunction.PUBLISH, [time], now)

    async def _reconcile_batch(self) -> int:
        now, tripped = await clock.now(), await breakers.tripped()
        room = {one: self.stops.room(one, now, is_tripped=one in tripped) for one in Platform if one.reads_back}
        look_ups = await _look_ups.claim_look_ups(now, room)
        ids = [one.row.connected_account_id for one in look_ups if one.row.connected_account_id]
        accounts = await accounts_by_id(ids) if ids else {}
        made = [self._make(one, _account_of(one, accounts)) for one in look_ups]
        await asyncio.gather(*made)
        return len(look_ups)

    async def _make(self, look_up: LookUp, account: ConnectedAccount | None) -> None:
        """Makes one look-up and writes its result. An error is logged and does not affect the others."""
        publication = str(look_up.row.id)
        try:
            columns = await self._look_up_and_write(look_up, account)
            self.events.publish(Topic.PUBLICATIONS, [Event(look_up.owner, look_up.row.post_id, look_up.row.id)])
            status = columns.get("status", PublicationStatus.UNCONFIRMED)
            ids = {"publication": publication, "account": str(look_up.row.connected_account_id)}
            log.info("publication.looked_up", owner=look_up.owner, status=status.value, **ids)
            if status == PublicationStatus.PUBLISHED:
                metrics.count_publications({(look_up.row.platform, status, None): 1})
            if time := columns.get("next_attempt_time"):
                await self.alarms.arm(WorkerFunction.PUBLISH, [time], await clock.now())
        except Exception:
            log.exception("publication.not_looked_up", publication=publication, owner=look_up.owner)

    async def _look_up_and_write(self, look_up: LookUp, account: ConnectedAccount | None) -> Columns:
        try:
            if account is None or unusable_reason(account, await clock.now()):
                raise NotSent(ACCOUNT_MISSING, "There is no account to look with.")
            matches = await self._find_matches(look_up, account)
        except PlatformError as error:
            return await self._write_failure(look_up, error)
        self.stops.answer(look_up.row.platform, look_up.row.connected_account_id)
        return await _look_ups.write_matches(look_up, account, matches)

    async def _write_failure(self, look_up: LookUp, error: PlatformError) -> Columns:
        platform, now = look_up.row.platform, await clock.now()
        if isinstance(error, OperatorFault):
            if not self.stops.refuse(platform, look_up.row.connected_account_id, error, now):
                error = PlatformError(error.code, str(error))  # the account's alone, as any other that has no answer
        elif error.code == REFRESH_FAILED and platform in await refresh_breakers.tripped():
            self.stops.excuse(platform, now)
        return await _look_ups.write_failure(look_up, error, self.stops.counted_from(platform, look_up.tried))

    async def _find_matches(self, look_up: LookUp, account: ConnectedAccount) -> list[Match]:
        transport = self.platforms[look_up.row.platform]
        # An older post has the same text by chance: a person wrote it, or a publication that is deleted by now.
        not_before = look_up.since - self.clock_slack

        async def find(account: AnyAccount, token: str) -> list[Match]:
            identity = Identity(account.account_id, account.handle)
            return await transport.find_matches(identity, token, look_up.row.content, not_before)

        found = await self.refresher.with_token(account, find)
        return [match for match in found if match.time >= not_before.replace(microsecond=0)]


def _account_of(look_up: LookUp, accounts: Mapping[UUID, ConnectedAccount]) -> ConnectedAccount | None:
    account_id = look_up.row.connected_account_id
    return accounts.get(account_id) if account_id else None
