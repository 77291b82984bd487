"""Sends one claimed publication: checks its account, refreshes the token, makes the request, returns the result."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from perennial.accounts.account_rows import AnyAccount
from perennial.accounts.refreshing import Refresher
from perennial.accounts.usability import unusable_reason
from perennial.core import clock, fault_points
from perennial.core.platform_errors import OutcomeUnknown, PlatformError, Refused
from perennial.core.states import Platform
from perennial.observe.logs import get_logger
from perennial.platforms.transport import Identity, Receipt, Transport
from perennial.publishing.claims import Claimed, ClaimResult, mark
from perennial.publishing.outcomes import Result

log = get_logger(__name__)

_RECONNECT = "The account has to be connected again."


def check_usable(account: AnyAccount, now: datetime) -> None:
    """Raises Refused, with the reason, if no request can be sent with the account."""
    if reason := unusable_reason(account, now):
        raise Refused(reason, _RECONNECT)


def unsent_result(claimed: Claimed, error: PlatformError) -> ClaimResult:
    """The result of a publication for which no request was made."""
    return ClaimResult(claimed, error, was_sent=False)


@dataclass(frozen=True)
class Sender:
    """Sends claimed publications; an error is returned as a result, not raised."""

    platforms: Mapping[Platform, Transport]
    refresher: Refresher

    async def refresh_and_send(self, claimed: Claimed, account: AnyAccount, now: datetime) -> ClaimResult | None:
        """Refreshes the account, marks, and sends; None where the claim was lost or the refresh failed unexpectedly."""
        try:
            account = await self.refresher.refresh(account, now)
            marked = await mark([claimed], marked_at := await clock.now())
            return await self.send(marked[0], account, marked_at) if marked else None
        except PlatformError as error:
            return unsent_result(claimed, error)
        except Exception:
            log.exception("publication.not_sent", publication=str(claimed.row.id), owner=claimed.owner)
            return None

    async def send(self, claimed: Claimed, account: AnyAccount, now: datetime) -> ClaimResult:
        """Sends a marked publication. An unexpected error gives OutcomeUnknown."""
        try:
            result = await self._publish(claimed, account, now)
        except Exception as error:
            log.exception("publication.broken", publication=str(claimed.row.id), owner=claimed.owner)
            result = OutcomeUnknown(f"Sending broke off: {type(error).__name__}")
        return ClaimResult(claimed, result)

    async def _publish(self, claimed: Claimed, account: AnyAccount, now: datetime) -> Result:
        transport = self.platforms[claimed.platform]

        async def publish(account: AnyAccount, token: str) -> Receipt:
            identity = Identity(account.account_id, account.handle)
            with fault_points.on_the_wire():
                return await transport.publish(identity, token, claimed.row.content, now)

        try:
            return await self.refresher.with_token(account, publish)
        except PlatformError as error:
            return error
