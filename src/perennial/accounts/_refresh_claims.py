"""The claim under which one caller at a time refreshes an account's tokens: columns of the account's row."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from tortoise.expressions import F, Q
from tortoise.queryset import QuerySet

from perennial.accounts.account_rows import AnyAccount
from perennial.core.platform_errors import NotSent, ReconnectRequired, UnclearRefusal
from perennial.core.publication_codes import ACCOUNT_MISSING
from perennial.core.states import AccountStatus
from perennial.db.models import ConnectedAccount
from perennial.observe.logs import get_logger

log = get_logger(__name__)

# Refusals of one account's refresh in a row that do not say whose fault they are: so many are not told, and then one of
# so many, which are an hour's.
UNCLEAR_UNTOLD, UNCLEAR_AN_HOUR = 2, 12
ADVICE = (
    "The platform does not say whose fault this is, so it is asked again and again. If other accounts meet it too, "
    "look at the app in the developer portal; if none does, have the owner connect the account again."
)
# The columns of an account that is not being refreshed.
NOT_REFRESHING: dict[str, Any] = {"refresh_claim_id": None, "refresh_lease_expires_at": None, "refresh_attempts": 0}


async def claim_refresh(account: AnyAccount, now: datetime, until: datetime) -> UUID | None:
    """Claims the refresh of these tokens; None if another caller has the claim, or it is paused."""
    claim = uuid4()
    free = Q(refresh_lease_expires_at__isnull=True) | Q(refresh_lease_expires_at__lte=now)
    columns = {"refresh_claim_id": claim, "refresh_lease_expires_at": until}
    claimed = await unchanged(account).filter(free).update(**columns, refresh_attempts=F("refresh_attempts") + 1)
    return claim if claimed else None


async def release_refresh(account: AnyAccount, claim: UUID, error: NotSent) -> None:
    """Gives the claim back, and the attempt with it, unless it was refused unclearly: such attempts are counted."""
    is_unclear = isinstance(error, UnclearRefusal)
    attempts = {} if is_unclear else {"refresh_attempts": F("refresh_attempts") - 1}
    claimed = ConnectedAccount.filter(refresh_claim_id=claim)
    await claimed.update(refresh_claim_id=None, refresh_lease_expires_at=None, **attempts)
    if is_unclear:
        _tell_of_unclear_refusal(await reload(account), error)


def _tell_of_unclear_refusal(account: ConnectedAccount, error: NotSent) -> None:
    """The third in a row is told, and from then on about one an hour."""
    attempts = account.refresh_attempts - UNCLEAR_UNTOLD
    if attempts > 0 and attempts % UNCLEAR_AN_HOUR == 1:
        ids = {"account": str(account.id), "owner": account.clerk_user_id}
        log.error("account.refused_unclearly", platform=account.platform.name, message=str(error), advice=ADVICE, **ids)


async def pause_refresh(claim: UUID, until: datetime) -> None:
    """Gives the claim back; nobody claims the refresh before that time."""
    await ConnectedAccount.filter(refresh_claim_id=claim).update(refresh_claim_id=None, refresh_lease_expires_at=until)


def unchanged(account: AnyAccount) -> QuerySet[ConnectedAccount]:
    """The account's row, if it still has the tokens that the caller knows."""
    return ConnectedAccount.filter(id=account.id, tokens_version=account.tokens_version)


async def reload(account: AnyAccount) -> ConnectedAccount:
    """The account as it is now.

    Raises ReconnectRequired if it is marked, and NotSent if it is disconnected: the publication then waits for the
    account that its owner has connected instead.
    """
    current = await ConnectedAccount.get_or_none(id=account.id)
    if current is not None and current.status == AccountStatus.DISCONNECTED:
        raise NotSent(ACCOUNT_MISSING, "The account was disconnected.", costs_attempt=False)
    if current is None or current.status != AccountStatus.ACTIVE:
        raise ReconnectRequired("The account has to be connected again.")
    return current
