"""An owner's operations on a single publication that is UNCONFIRMED or FAILED."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from perennial.accounts import heads
from perennial.core.errors import Conflict, InvalidInput, NotFound
from perennial.core.states import Platform, PublicationStatus
from perennial.db.models import ConnectedAccount, Publication
from perennial.events.publisher import Event, EventPublisher, Topic
from perennial.jobs.alarms import Alarms
from perennial.jobs.worker_functions import WorkerFunction
from perennial.observe import metrics
from perennial.platforms.transport import Identity, Receipt, Transport
from perennial.publishing.outcomes import confirmed, withdrawn
from perennial.publishing.publication_rows import updating_posts
from perennial.publishing.reconciling.receipts import lock_receipts
from perennial.publishing.transitions import is_in_doubt, retried

RETRIABLE = {PublicationStatus.UNCONFIRMED, PublicationStatus.FAILED}
URL_LENGTH_MAX = 2000


@dataclass(frozen=True)
class Publications:
    """The operations on publications. `now` is the current time, `owner` the authenticated user."""

    platforms: Mapping[Platform, Transport]
    alarms: Alarms
    events: EventPublisher

    async def retry(self, owner: str, publication_id: UUID, now: datetime) -> Publication:
        """Schedules the publication to be sent now, with all its attempts; it may then be published a second time.

        It is sent from the account that the owner has connected now. Raises NotFound, or Conflict if it is neither
        UNCONFIRMED nor FAILED, or in doubt on an account that is not connected any more.
        """
        post_id = (await _get(owner, publication_id)).post_id
        async with updating_posts({post_id}):
            present = (await heads.lock_of_owner(owner)).present
            row = await _get(owner, publication_id)
            if row.status not in RETRIABLE:
                raise Conflict("Only a publication that is FAILED or UNCONFIRMED can be retried.")
            account_id = present.get(row.platform)
            if is_in_doubt(row) and row.connected_account_id not in (None, account_id):
                raise Conflict(
                    "It may be published by an account that is not connected any more: connect that account again, or "
                    "confirm the publication with its URL."
                )
            await Publication.filter(id=row.id).update(**retried(row, account_id, now))
            await heads.lower(heads.earliest([(account_id, now)]))
        await self.alarms.arm(WorkerFunction.PUBLISH, [now], now)
        return await self._publish_change(owner, publication_id)

    async def confirm(self, owner: str, publication_id: UUID, url: str) -> Publication:
        """Records that a publication in doubt is at this URL; repeated with the same URL, it changes nothing.

        Raises NotFound, InvalidInput, also if the URL says that the post is another account's, or Conflict if it is not
        in doubt.
        """
        found = await _get(owner, publication_id)
        receipt = self._receipt(found.platform, url)
        async with updating_posts({found.post_id}) as now:
            if account := await ConnectedAccount.get_or_none(id=found.connected_account_id):
                await lock_receipts(account)
            row = await _get(owner, publication_id)
            if row.remote_id == receipt.remote_id:
                return row
            if account:
                self._check_writer(account, url)
            waits_for_retry = row.status == PublicationStatus.SCHEDULED and row.unclear_since
            if row.status != PublicationStatus.UNCONFIRMED and not waits_for_retry:
                raise Conflict("Only a publication that may or may not have been published can be confirmed.")
            same = Publication.filter(remote_id=receipt.remote_id, platform=row.platform, post__clerk_user_id=owner)
            if await same.exists():
                raise InvalidInput("url", "Another publication of yours has this URL.")
            sent = row.unclear_since or row.request_started_time or now
            await Publication.filter(id=row.id).update(**confirmed(receipt, sent, now))
        metrics.count_publications({(row.platform, PublicationStatus.PUBLISHED, None): 1})
        return await self._publish_change(owner, publication_id)

    async def withdraw_confirmation(self, owner: str, publication_id: UUID) -> Publication:
        """Takes a person's confirmation back: the publication is in doubt again, and its post belongs to none.

        One that is in doubt stays as it is. Raises NotFound, or Conflict if it is in another state, or if no person is
        known to have confirmed it.
        """
        post_id = (await _get(owner, publication_id)).post_id
        async with updating_posts({post_id}):
            row = await _get(owner, publication_id)
            if row.status == PublicationStatus.UNCONFIRMED:
                return row
            if row.status != PublicationStatus.PUBLISHED:
                raise Conflict("The publication is not confirmed.")
            if row.confirmed_time is None:
                raise Conflict("It is not known to have been confirmed by a person, so there is nothing to withdraw.")
            await Publication.filter(id=row.id).update(**withdrawn())
        return await self._publish_change(owner, publication_id)

    async def _publish_change(self, owner: str, publication_id: UUID) -> Publication:
        """Publishes an event for the publication; returns the publication as it is now."""
        row = await _get(owner, publication_id)
        self.events.publish(Topic.PUBLICATIONS, [Event(owner, row.post_id, row.id)])
        return row

    def _receipt(self, platform: Platform, url: str) -> Receipt:
        receipt = self.platforms[platform].receipt_of(url) if len(url) <= URL_LENGTH_MAX else None
        if receipt is None:
            raise InvalidInput("url", f"This is not the URL of a post on {platform.label}.")
        return receipt

    def _check_writer(self, account: ConnectedAccount, url: str) -> None:
        identity = Identity(account.account_id, account.handle)
        if error := self.platforms[account.platform].writer_error(url, identity):
            raise InvalidInput("url", error)


async def _get(owner: str, publication_id: UUID) -> Publication:
    row = await Publication.filter(id=publication_id, post__clerk_user_id=owner).select_related("post").first()
    if row is None:
        raise NotFound("publication")
    return row
