"""What a token endpoint's answer means: new tokens, a dead refresh token, or a fault of ours (RFC 6749, 5.1 and 5.2).

Only what says that this refresh token is dead ends a connection. Only what names our client, our app or a parameter, or
has a status that says the same of every request, is our fault. After anything else that account waits, alone: one
account's token must not stop the refreshes of all others.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from perennial.core.platform_errors import (
    NotSent,
    OperatorFault,
    OutcomeUnknown,
    PlatformError,
    ReconnectRequired,
    UnclearRefusal,
)
from perennial.core.publication_codes import RATE_LIMITED, REFRESH_FAILED
from perennial.core.states import Platform
from perennial.platforms._answers import (
    clean_message,
    is_sendable,
    is_success,
    last_words,
    parse_epoch,
    parse_retry_after,
    retry_time,
    says_revoked,
)
from perennial.platforms.transport import Answer, Tokens

LIFETIME_SECONDS_MAX = 10 * 365 * 86_400
RATE_PAUSE = timedelta(minutes=1)
UNCLEAR_PAUSE = timedelta(minutes=5)

# The errors that say by themselves that the token is dead, or that the client is refused, or that nobody is.
DEAD_ERRORS = {"invalid_token", "invalid_refresh_token", "expired_token", "revoked_token"}
CLIENT_ERRORS = {"invalid_client", "unauthorized_client", "unsupported_grant_type"}
AILING_ERRORS = {"temporarily_unavailable", "server_error"}
# What is wrong with every request alike: nothing is paid, the app is shut out, the address or the form is wrong.
STATUSES_OF_ALL = {402, 403, 404, 405, 410, 415, 426}
TOO_EARLY = 425

_DEAD = (
    r"invalid|expired|revoked|unknown|not valid|no longer valid|not found|does not exist|not recogni[sz]ed"
    r"|(?:already|been) used"
)
_TOKEN = r"\b(?:refresh[ _])?token\b"  # noqa: S105 (a word of a sentence)
# Its description says that the token is dead: X has invalid_request for that too.
_OF_TOKEN = re.compile(rf"{_TOKEN}[^.]*\b(?:{_DEAD})\b|\b(?:{_DEAD}) {_TOKEN}", re.IGNORECASE)
_OF_CLIENT = re.compile(
    r"client|\bapp(?:lication|[ _]?id)?\b|missing|required parameter|redirect|grant[ _]type|authorization header",
    re.IGNORECASE,
)
# A good token of another app: ours was exchanged for another one. The words for that are many.
_OF_ANOTHER_CLIENT = re.compile(r"client|\b(?:issued|belong|match|own)\w*\b[^.]*\bapp", re.IGNORECASE)


def parse_tokens(answer: Answer, platform: Platform, refresh_token: str, now: datetime) -> Tokens:
    """The tokens in the answer. Raises ReconnectRequired, OperatorFault, NotSent, OutcomeUnknown."""
    access, refresh = _text(answer.body.get("access_token")), _text(answer.body.get("refresh_token"))
    if is_success(answer) and is_sendable(access):
        return Tokens(access, refresh if is_sendable(refresh) else None, _parse_lifetime(answer.body.get("expires_in")))
    raise _error_from_answer(answer, platform, refresh_token, now)


def _error_from_answer(answer: Answer, platform: Platform, refresh_token: str, now: datetime) -> PlatformError:
    error, status = _text(answer.body.get("error")), answer.status
    if is_success(answer) and error:
        status = 400  # which it should have been
    said = without_tokens(_description(answer.body), answer, refresh_token)
    if status in (400, 401) and _is_dead(answer.body, error, said):
        label = platform.label
        return ReconnectRequired(f"{label} no longer accepts this connection. Please connect the account again.")
    words = f"{without_tokens(error, answer, refresh_token)} {said}".strip()
    message = f"{platform.label} did not renew the token: it answered {answer.status} {words}".strip()
    if status == 408 or not 400 <= status < 500:
        return OutcomeUnknown(message)
    is_for_now = status in (429, TOO_EARLY) or error in AILING_ERRORS
    if not is_for_now and _is_of_operator(answer, error, said):
        return OperatorFault(REFRESH_FAILED, message, _advice(platform))
    times = [parse_retry_after(answer.headers, now), parse_epoch(answer.headers.get("x-rate-limit-reset"))]
    retry_at = retry_time(times, now) or now + (RATE_PAUSE if is_for_now else UNCLEAR_PAUSE)
    if not is_for_now:
        return UnclearRefusal(REFRESH_FAILED, message, retry_at)
    code = RATE_LIMITED if status == 429 else REFRESH_FAILED
    return NotSent(code, message, retry_at=retry_at, costs_attempt=False, blocks_account=True)


def _is_dead(body: Mapping[str, Any], error: str, said: str) -> bool:
    """Whether it says that the refresh token is invalid, expired or revoked."""
    if error == "invalid_grant":
        names_other_reasons = re.search("expired|revoked", said, re.IGNORECASE)
        return bool(names_other_reasons) or not _OF_ANOTHER_CLIENT.search(said)
    if error in DEAD_ERRORS or says_revoked(body):
        return True
    return error == "invalid_request" and bool(_OF_TOKEN.search(said)) and not _OF_CLIENT.search(said)


def _is_of_operator(answer: Answer, error: str, said: str) -> bool:
    """Whether our client, our app or a parameter of ours is refused, and so would be for every account."""
    if error in CLIENT_ERRORS:
        return True
    if any(reason.startswith("user-") for reason in last_words(answer.body, "reason")):
        return False
    return answer.status in STATUSES_OF_ALL or _OF_CLIENT.search(said) is not None


def _description(body: Mapping[str, Any]) -> str:
    """What is said in words, in the form of OAuth, of LinkedIn or of X."""
    said = (_text(body.get(key)) for key in ("error_description", "message", "detail"))
    return next(filter(None, said), "")


def _advice(platform: Platform) -> str:
    name = f"PERENNIAL_{platform.name}_CLIENT"
    return f"Check {name}_ID, {name}_SECRET and the app in {platform.label}'s developer portal."


def without_tokens(words: str, answer: Answer, refresh_token: str) -> str:
    """The words, without tokens that we know and without words as long as those that we do not know."""
    secrets = [refresh_token, *(_text(answer.body.get(key)) for key in ("access_token", "refresh_token"))]
    return re.sub(r"\S{24,}", "[removed]", clean_message(words, *secrets))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _parse_lifetime(seconds: Any) -> timedelta | None:
    if isinstance(seconds, str) and seconds.isascii() and seconds.isdigit():
        seconds = int(seconds[:12])
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and 1 <= seconds <= LIFETIME_SECONDS_MAX:
        return timedelta(seconds=int(seconds))
    return None
