"""Asks a platform whose token it is, for an owner who connects an account."""

import asyncio

from perennial.core.errors import (
    RATE_LIMITED,
    Conflict,
    InvalidInput,
    NotSent,
    OperatorFault,
    OutcomeUnknown,
    PlatformError,
    TokenRejected,
    TooManyRequests,
)
from perennial.observe.logs import get_logger
from perennial.platforms.transport import Identity, Transport

log = get_logger(__name__)

# A token that is only seconds old may not be known yet: the pauses before it is asked again, in seconds.
NOT_YET_PAUSES = (1.0, 2.0, 3.0)
NOT_YET_RETRY_AFTER = 5  # seconds


async def identify(transport: Transport, access_token: str) -> Identity:
    """Whose token it is.

    Raises InvalidInput if the platform does not accept the token, TooManyRequests or Conflict if it cannot be asked
    now.
    """
    name = transport.platform.name
    try:
        return await _ask_patiently(transport, access_token)
    except TokenRejected as error:
        if error.revoked:
            message = f"{name} does not know the token, or not yet; try again in some seconds, or with a new one."
            raise TooManyRequests(message, NOT_YET_RETRY_AFTER) from error
        raise InvalidInput("accessToken", f"{name} does not accept the token.") from error
    except NotSent as error:
        if isinstance(error, OperatorFault):
            log.error("platform.refused_us", platform=name, code=error.code, message=str(error), advice=error.advice)
        if error.code == RATE_LIMITED:
            raise TooManyRequests(f"{name} asks to be left alone for a while.") from error
        raise Conflict(f"{name} cannot be asked whose token this is: {error}") from error
    except OutcomeUnknown as error:
        raise Conflict(f"{name} gave no answer to whose token this is; try again.") from error
    except PlatformError as error:
        raise InvalidInput("accessToken", f"{name} refuses the token: {error}") from error


async def _ask_patiently(transport: Transport, access_token: str) -> Identity:
    """Asks again while the platform says of the token what it also says of one that it does not know yet."""
    for pause in NOT_YET_PAUSES:
        try:
            return await transport.identify(access_token)
        except TokenRejected as error:
            if not error.revoked:
                raise
        await asyncio.sleep(pause)
    return await transport.identify(access_token)
