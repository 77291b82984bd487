"""What X and LinkedIn have in common: how a token is shown, and what an answer means for a post or a token."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from perennial.core.errors import (
    Duplicate,
    NotSent,
    OutcomeUnknown,
    PlatformError,
    ReconnectRequired,
    Refused,
    TokenRejected,
)
from perennial.platforms.transport import Answer, Tokens

MESSAGE_MAX = 500
DUPLICATE = "DUPLICATE_CONTENT"
RESET_MAX = timedelta(hours=25)  # no limit lasts longer than a day; the hour is for clocks that differ
RESET_PASSED_PAUSE = timedelta(minutes=1)
LIFETIME_SECONDS_MAX = 10 * 365 * 86_400


def address(root: str, path: str) -> str:
    """The URL of a path below a platform's root."""
    return root.rstrip("/") + path


def page_path(url: str, *hosts: str) -> str | None:
    """The path, written out, of a page on one of these hosts or below them; None where the URL is of something else."""
    given = url.strip()
    try:
        parts = urlsplit(given if "://" in given else f"https://{given}")
        host = parts.hostname or "" if parts.port is None else ""
    except ValueError:
        return None
    known = parts.scheme in ("http", "https") and any(host == one or host.endswith(f".{one}") for one in hosts)
    return unquote(parts.path) if known else None


def bearer(token: str) -> dict[str, str]:
    """The header that shows an access token. Raises TokenRejected for what no header can carry."""
    if not (token.isascii() and token.isprintable() and token.strip()):
        raise TokenRejected("The access token has characters that no access token has.")
    return {"Authorization": f"Bearer {token}"}


def is_success(answer: Answer) -> bool:
    """Whether the status is one of the 2xx."""
    return 200 <= answer.status < 300


def failure(
    status: int, words: str, *, code: str = "REFUSED", retry_at: datetime | None = None, revoked: bool = False
) -> PlatformError:
    """What an answer outside 2xx means; `words` are the platform's, tidied, and `code` is for what it refuses."""
    said = words or f"The platform answered {status} and gave no reason."
    match status:
        case 401:
            return TokenRejected(said, revoked=revoked)
        case 402:
            return NotSent("CREDITS_DEPLETED", said, costs_attempt=False, blocks_platform=True)
        case 426:
            return NotSent("VERSION_RETIRED", said, costs_attempt=False, blocks_platform=True)
        case 429:
            return NotSent("RATE_LIMITED", said, retry_at=retry_at, costs_attempt=False, blocks_account=True)
    if 400 <= status < 500 and status != 408:
        return Duplicate(said) if code == DUPLICATE else Refused(code, said)
    return OutcomeUnknown(f"The platform answered {status}. {words}".strip()[:MESSAGE_MAX])


def tidy(words: Any, *secrets: str) -> str:
    """A platform's words fit for a row and a reader: one printable line of MESSAGE_MAX at most, without secrets."""
    if not isinstance(words, str):
        return ""
    line = " ".join("".join(char if char.isprintable() else " " for char in words).split())
    for secret in filter(None, secrets):
        line = line.replace(secret, "[removed]")
    return line if len(line) <= MESSAGE_MAX else line[: MESSAGE_MAX - 1] + "…"


def first_object(values: Any) -> dict[str, Any]:
    """The first object of a list in somebody else's JSON; an empty one where there is none."""
    found = (value for value in values if isinstance(value, dict)) if isinstance(values, list) else iter(())
    return next(found, {})


def refreshed(answer: Answer, platform: str) -> Tokens:
    """The tokens in a token endpoint's answer (RFC 6749, 5.1 and 5.2)."""
    access, refresh = answer.body.get("access_token"), answer.body.get("refresh_token")
    if is_success(answer) and isinstance(access, str) and access:
        kept = refresh if isinstance(refresh, str) and refresh else None
        return Tokens(access, kept, _lifetime(answer.body.get("expires_in")))
    if answer.status in (400, 401) and answer.body.get("error") in ("invalid_request", "invalid_grant"):
        raise ReconnectRequired(f"{platform} no longer accepts this connection. Please connect the account again.")
    # The description is left out: it is free to repeat a token that nobody but the platform knows yet.
    words = f"{platform} did not renew the token: it answered {answer.status} {tidy(answer.body.get('error'))}".strip()
    if 400 <= answer.status < 500 and answer.status != 408:
        raise NotSent("REFRESH_FAILED", words)  # it was not even looked at: too many requests, or not our client
    raise OutcomeUnknown(words)


def _lifetime(seconds: Any) -> timedelta | None:
    if isinstance(seconds, str) and seconds.isascii() and seconds.isdigit():
        seconds = int(seconds[:12])
    if isinstance(seconds, int | float) and 0 < seconds <= LIFETIME_SECONDS_MAX:
        return timedelta(seconds=int(seconds))
    return None


def named_time(times: Iterable[datetime | None], now: datetime) -> datetime | None:
    """The latest of the times that a platform named for the next try; None where it named none that can be right.

    One that has passed means that the clocks differ, or that the limit is over: the next try comes a little later.
    """
    sane = [time for time in times if time is not None and time <= now + RESET_MAX]
    if not sane:
        return None
    latest = max(sane)
    return latest if latest > now else now + RESET_PASSED_PAUSE


def retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """The time in Retry-After, which is in seconds or an HTTP date; None where there is none to be read."""
    value = headers.get("Retry-After", "").strip()
    if (seconds := _whole(value)) is not None:
        return now + timedelta(seconds=seconds)
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)


def epoch_time(value: str | None) -> datetime | None:
    """The time that lies so many seconds after 1970; None for what is not such a number."""
    seconds = _whole((value or "").strip())
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _whole(value: str) -> int | None:
    """The number, where it is one that a time can hold."""
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 10 else None
