"""What a token endpoint's answer means: new tokens, a dead refresh token, or a fault of ours (RFC 6749, 5.1 and 5.2).

Only what says that this refresh token is dead ends a connection. Whatever else is refused there, our app or our
settings are at fault, and would be for every account.
"""

import re
from datetime import datetime, timedelta
from typing import Any

from perennial.core.errors import RATE_LIMITED, NotSent, OperatorFault, OutcomeUnknown, PlatformError, ReconnectRequired
from perennial.core.states import Platform
from perennial.platforms._answers import clean_message, is_success, parse_epoch, parse_retry_after, retry_time
from perennial.platforms.transport import Answer, Tokens

LIFETIME_SECONDS_MAX = 10 * 365 * 86_400
RATE_PAUSE = timedelta(minutes=1)
REFRESH_REFUSED = "REFRESH_FAILED"

_DEAD = r"invalid|expired|revoked|not valid|(?:already|been) used"
# Its description says that the token is dead: X has invalid_request for that too.
_OF_TOKEN = re.compile(rf"\btoken\b[^.]*\b(?:{_DEAD})\b|\b(?:{_DEAD}) (?:refresh[ _])?token\b", re.IGNORECASE)
_OF_CLIENT = re.compile(r"client|\bapp(?:lication|[ _]?id)?\b|missing|required|redirect", re.IGNORECASE)
# A good token of another app: ours was exchanged for another one.
_OF_ANOTHER_CLIENT = re.compile(r"(?:another|different|other|not match\w*|mismatch\w*)[^.]*\bclient", re.IGNORECASE)


def parse_tokens(answer: Answer, platform: Platform, refresh_token: str, now: datetime) -> Tokens:
    """The tokens in the answer. Raises ReconnectRequired, OperatorFault, NotSent, OutcomeUnknown."""
    access, refresh = answer.body.get("access_token"), answer.body.get("refresh_token")
    if is_success(answer) and isinstance(access, str) and access:
        kept = refresh if isinstance(refresh, str) and refresh else None
        return Tokens(access, kept, _parse_lifetime(answer.body.get("expires_in")))
    raise _error_from_answer(answer, platform, refresh_token, now)


def _error_from_answer(answer: Answer, platform: Platform, refresh_token: str, now: datetime) -> PlatformError:
    error, description = (_text(answer.body.get(key)) for key in ("error", "error_description"))
    if answer.status in (400, 401) and _is_dead(error, description):
        label = platform.label
        return ReconnectRequired(f"{label} no longer accepts this connection. Please connect the account again.")
    words = _without_tokens(f"{error} {description}", answer, refresh_token)
    message = f"{platform.label} did not renew the token: it answered {answer.status} {words}".strip()
    if answer.status == 429:
        times = [parse_retry_after(answer.headers, now), parse_epoch(answer.headers.get("x-rate-limit-reset"))]
        retry_at = retry_time(times, now) or now + RATE_PAUSE
        return NotSent(RATE_LIMITED, message, retry_at=retry_at, costs_attempt=False, blocks_account=True)
    if 400 <= answer.status < 500 and answer.status != 408:
        return OperatorFault(REFRESH_REFUSED, message, _advice(platform))
    return OutcomeUnknown(message)


def _is_dead(error: str, description: str) -> bool:
    """Whether it says that the refresh token is invalid, expired or revoked."""
    if error == "invalid_grant":
        names_other_reasons = re.search("expired|revoked", description, re.IGNORECASE)
        return bool(names_other_reasons) or not _OF_ANOTHER_CLIENT.search(description)
    is_of_token = bool(_OF_TOKEN.search(description)) and not _OF_CLIENT.search(description)
    return error == "invalid_request" and is_of_token


def _advice(platform: Platform) -> str:
    name = f"PERENNIAL_{platform.name}_CLIENT"
    return f"Check {name}_ID, {name}_SECRET and the app in {platform.label}'s developer portal."


def _without_tokens(words: str, answer: Answer, refresh_token: str) -> str:
    """The words, without tokens that we know and without words as long as those that we do not know."""
    secrets = [refresh_token, *(_text(answer.body.get(key)) for key in ("access_token", "refresh_token"))]
    return re.sub(r"\S{24,}", "[removed]", clean_message(words, *secrets))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _parse_lifetime(seconds: Any) -> timedelta | None:
    if isinstance(seconds, str) and seconds.isascii() and seconds.isdigit():
        seconds = int(seconds[:12])
    if isinstance(seconds, int | float) and 0 < seconds <= LIFETIME_SECONDS_MAX:
        return timedelta(seconds=int(seconds))
    return None
