"""Asks a platform whose token it is, for an owner who connects an account."""

import asyncio
import math
from datetime import datetime

from perennial.core.errors import InvalidInput, TooManyRequests, Unavailable
from perennial.core.platform_errors import NotSent, OperatorFault, OutcomeUnknown, PlatformError, TokenRejected
from perennial.core.publication_codes import RATE_LIMITED
from perennial.observe.logs import get_logger
from perennial.platforms.transport import Identity, Transport

log = get_logger(__name__)

# A token that is only seconds old may not be known yet: the pauses before it is asked again, in seconds.
NOT_YET_PAUSES = (1.0, 2.0, 3.0)
NOT_YET_RETRY_AFTER = 5  # seconds


class PlatformAway(Unavailable):
    """The platform cannot be reached, or gives no answer that can be used."""


class PlatformRefusesUs(Unavailable):
    """The platform refuses our app or our settings: the log says what an operator has to do."""


async def identify(transport: Transport, access_token: str, now: datetime) -> Identity:
    """Whose token it is.

    Raises InvalidInput if the platform does not accept the token, TooManyRequests, PlatformAway or PlatformRefusesUs if
    it cannot be asked now.
    """
    name = transport.platform.name
    try:
        return await _ask_patiently(transport, access_token, now)
    except TokenRejected as error:
        if error.revoked:
            message = f"{name} does not know the token, or not yet; try again in some seconds, or with a new one."
            raise TooManyRequests(message, NOT_YET_RETRY_AFTER) from error
        raise InvalidInput("accessToken", f"{name} does not accept the token.") from error
    except OperatorFault as error:
        log.error("platform.refused_us", platform=name, code=error.code, message=str(error), advice=error.advice)
        raise PlatformRefusesUs(f"{name} cannot be asked whose token this is: {error}") from error
    except NotSent as error:
        if error.code == RATE_LIMITED:
            raise TooManyRequests(f"{name} asks to be left alone for a while.", _seconds_until(error, now)) from error
        raise PlatformAway(f"{name} cannot be asked whose token this is: {error}") from error
    except OutcomeUnknown as error:
        raise PlatformAway(f"{name} gave no answer to whose token this is; try again.") from error
    except PlatformError as error:
        raise InvalidInput("accessToken", f"{name} refuses the token: {error}") from error


def _seconds_until(error: NotSent, now: datetime) -> int | None:
    """The seconds until the time that the platform names; None if it names none."""
    return math.ceil((error.retry_at - now).total_seconds()) if error.retry_at else None


async def _ask_patiently(transport: Transport, access_token: str, now: datetime) -> Identity:
    """Asks again while the platform says of the token what it also says of one that it does not know yet."""
    for pause in NOT_YET_PAUSES:
        try:
            return await transport.identify(access_token, now)
        except TokenRejected as error:
            if not error.revoked:
                raise
        await asyncio.sleep(pause)
    return await transport.identify(access_token, now)
