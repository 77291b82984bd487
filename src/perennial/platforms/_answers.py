"""What X and LinkedIn have in common: headers and URLs of requests, and the meaning of answers to them."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from perennial.core.platform_errors import (
    Duplicate,
    NotSent,
    OperatorFault,
    OutcomeUnknown,
    PlatformError,
    Refused,
    TokenRejected,
)
from perennial.core.publication_codes import DUPLICATE_CONTENT, RATE_LIMITED
from perennial.platforms.transport import MESSAGE_LENGTH_MAX, Answer

CREDITS_DEPLETED, VERSION_RETIRED, PERMISSION_DENIED = "CREDITS_DEPLETED", "VERSION_RETIRED", "PERMISSION_DENIED"
# What an operator has to do.
BUY_CREDIT = "Buy credit for the platform's API, or raise the plan or the spending cap."
RAISE_VERSION = "Raise PERENNIAL_LINKEDIN_VERSION to a version that is served, or update Perennial."
OPERATORS = {
    402: (CREDITS_DEPLETED, BUY_CREDIT),
    410: (VERSION_RETIRED, RAISE_VERSION),  # what we ask for is gone, whatever we ask of it
    426: (VERSION_RETIRED, RAISE_VERSION),
}

RESET_MAX = timedelta(hours=25)  # no rate limit lasts longer than a day; the hour allows for clocks that differ
RESET_PASSED_PAUSE = timedelta(minutes=1)


def join_url(root: str, path: str) -> str:
    """The URL of a path below a platform's root URL."""
    return root.rstrip("/") + path


def page_path(url: str, *hosts: str) -> str | None:
    """The decoded path of a page on one of these hosts or their subdomains; None if the URL is anything else."""
    text = url.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = parts.hostname or "" if parts.port is None else ""
    except ValueError:
        return None
    known = parts.scheme in ("http", "https") and any(host == one or host.endswith(f".{one}") for one in hosts)
    return unquote(parts.path) if known else None


def is_sendable(token: str) -> bool:
    """Whether a header can carry the token."""
    return token.isascii() and token.isprintable() and token.strip() != ""


def bearer_header(token: str) -> dict[str, str]:
    """The Authorization header for an access token. Raises TokenRejected if no header can carry the token."""
    if not is_sendable(token):
        raise TokenRejected("The access token has characters that no access token has.")
    return {"Authorization": f"Bearer {token}"}


def is_success(answer: Answer) -> bool:
    """Whether the status is one of the 2xx."""
    return 200 <= answer.status < 300


def error_for_status(
    status: int, message: str, *, code: str = "REFUSED", retry_at: datetime | None = None, revoked: bool = False
) -> PlatformError:
    """The error for an answer outside 2xx; `message` is the platform's, cleaned, and `code` is used for a refusal."""
    text = message or f"The platform answered {status} and gave no reason."
    match status:
        case 401:
            return TokenRejected(text, revoked=revoked)
        case 402 | 410 | 426:
            code, advice = OPERATORS[status]
            return OperatorFault(code, text, advice)
        case 425:  # it will not be handled before the connection's handshake has ended (RFC 8470, 5.2)
            return NotSent("UNREACHABLE", text, costs_attempt=False)
        case 429:
            return NotSent(RATE_LIMITED, text, retry_at=retry_at, costs_attempt=False, blocks_account=True)
    if 400 <= status < 500 and status != 408:
        return Duplicate(text) if code == DUPLICATE_CONTENT else Refused(code, text)
    return OutcomeUnknown(f"The platform answered {status}. {message}".strip()[:MESSAGE_LENGTH_MAX])


def clean_message(message: Any, *secrets: str) -> str:
    """The platform's message as one printable line of at most MESSAGE_LENGTH_MAX characters, without the secrets."""
    if not isinstance(message, str):
        return ""
    line = " ".join("".join(char if char.isprintable() else " " for char in message).split())
    for secret in filter(None, secrets):
        line = line.replace(secret, "[removed]")
    return line if len(line) <= MESSAGE_LENGTH_MAX else line[: MESSAGE_LENGTH_MAX - 1] + "…"


def problems_in(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The problem that an answer is, and all those that it lists as its `errors`."""
    errors = body.get("errors")
    return [body, *(one for one in errors if isinstance(one, dict))] if isinstance(errors, list) else [body]


def last_words(body: Mapping[str, Any], key: str) -> set[str]:
    """What stands under the key in any of an answer's problems, in small letters; of a URL the last part."""
    values = [problem.get(key) for problem in problems_in(body)]
    return {value.rpartition("/")[2].lower() for value in values if isinstance(value, str)}


def says_revoked(body: Mapping[str, Any]) -> bool:
    """Whether LinkedIn says that a token was revoked: by a number, by a code, or by its sentence alone."""
    message = body.get("message")
    return (
        str(body.get("serviceErrorCode")) == "65601"
        or body.get("code") == "REVOKED_ACCESS_TOKEN"
        or (isinstance(message, str) and re.search(r"\btoken\b.*\brevoked\b", message, re.IGNORECASE) is not None)
    )


def first_object(values: Any) -> dict[str, Any]:
    """The first object of a list in a platform's JSON; an empty one if there is none."""
    found = (value for value in values if isinstance(value, dict)) if isinstance(values, list) else iter(())
    return next(found, {})


def retry_time(times: Iterable[datetime | None], now: datetime) -> datetime | None:
    """The latest plausible of the times that a platform named for the next attempt; None if there is none.

    If it has passed, clocks differ or the limit is over: then it is RESET_PASSED_PAUSE from now.
    """
    plausible = [time for time in times if time is not None and time <= now + RESET_MAX]
    if not plausible:
        return None
    latest = max(plausible)
    return latest if latest > now else now + RESET_PASSED_PAUSE


def parse_retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """The time in the Retry-After header, in seconds or as an HTTP date; None if there is none or it is malformed."""
    value = headers.get("Retry-After", "").strip()
    if (seconds := _parse_seconds(value)) is not None:
        return now + timedelta(seconds=seconds)
    try:
        date = parsedate_to_datetime(value)
        return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def parse_epoch(value: str | None) -> datetime | None:
    """The time that many seconds after 1970; None if the value is not such a number."""
    seconds = _parse_seconds((value or "").strip())
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _parse_seconds(value: str) -> int | None:
    """The value as whole seconds, if they are few enough for a datetime; else None."""
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 10 else None
