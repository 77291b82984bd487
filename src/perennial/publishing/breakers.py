"""The breakers of platforms that serve none of our accounts, because our app or our settings are at fault.

Credits are used up (402), a version of the API is retired (426), the app is shut out: see docs/refusals.md.

While a breaker is tripped, only a probe is sent: one publication a minute, claimed by a write. An answer to a probe
that shows that the platform serves again resets the breaker. How an account that is refused alone is told apart, says
`accounts/breaker_rows.py`.
"""

from datetime import datetime

from perennial.accounts.account_rows import AnyAccount
from perennial.accounts.breaker_rows import BreakerRows, forget_refusal, refused_alone
from perennial.core.platform_errors import (
    NotSent,
    OperatorFault,
    OutcomeUnknown,
    ReconnectRequired,
    Refused,
    TokenRejected,
)
from perennial.core.states import Platform
from perennial.db.models import PlatformBreaker
from perennial.observe.logs import get_logger
from perennial.platforms.transport import MESSAGE_LENGTH_MAX, Receipt
from perennial.publishing.outcomes import Result

log = get_logger(__name__)

_rows = BreakerRows(PlatformBreaker)
tripped, claim_probe, release_probe = _rows.tripped, _rows.claim_probe, _rows.release_probe


async def whose_fault(account: AnyAccount, error: OperatorFault, now: datetime) -> NotSent:
    """The error, or that of the account alone if the platform has served others since it refused this one."""
    return await refused_alone(account, error, now) if await _rows.is_alone(account, now) else error


async def trip(account: AnyAccount, error: OperatorFault, now: datetime) -> None:
    """Trips the breaker of the account's platform, or renews the error of one that is tripped."""
    if await _rows.trip(account, error, now):
        words = {"code": error.code, "message": str(error)[:MESSAGE_LENGTH_MAX], "advice": error.advice}
        log.error("platform.tripped", platform=account.platform.name, **words)


async def apply_result(account: AnyAccount, result: Result, now: datetime, *, is_probe: bool) -> None:
    """Forgets that the account was refused, if the platform has served it; what comes of a probe is done."""
    if isinstance(result, Receipt | Refused):
        await forget_refusal(account)
    if is_probe:
        await _apply_probe_result(account.platform, result, now)


async def _apply_probe_result(platform: Platform, result: Result, now: datetime) -> None:
    """Resets the breaker if the result of a probe shows that the platform serves again.

    A result that only concerns the account releases the probe: the next publication may probe at once.
    """
    if isinstance(result, Receipt | Refused):
        if await _rows.reset(platform):
            log.info("platform.reset", platform=platform.name)
    elif isinstance(result, TokenRejected | ReconnectRequired) or (
        isinstance(result, NotSent) and result.blocks_account
    ):
        await release_probe(platform, now)
    elif isinstance(result, OutcomeUnknown):
        log.warning("platform.still_tripped", platform=platform.name, message=str(result))
