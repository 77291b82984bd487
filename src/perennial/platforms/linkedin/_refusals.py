"""Whose fault it is that LinkedIn refuses a request: the post's, the account's, the operator's, or nobody's for now."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from perennial.core.platform_errors import Duplicate, OperatorFault, PlatformError
from perennial.core.publication_codes import DUPLICATE_CONTENT
from perennial.platforms._answers import (
    PERMISSION_DENIED,
    RAISE_VERSION,
    VERSION_RETIRED,
    clean_message,
    error_for_status,
    first_object,
    parse_retry_after,
    retry_time,
    says_revoked,
)
from perennial.platforms.transport import Answer, Receipt

VERSION_CODES = ("NONEXISTENT_VERSION", "INVALID_VERSION", "VERSION_MISSING")
# What stands in an answer without such a code; at its beginning, because further on it may repeat words of a post.
_VERSION = re.compile(r"requested version \w+ is not active|a version must be present", re.IGNORECASE)
TOO_LONG_CODES = ("FIELD_ARRAY_SIZE_TOO_HIGH", "FIELD_LENGTH_TOO_LONG")
URN = r"urn:li:\w+:[\w-]+"
URN_LENGTH_MAX = 255


def receipt(urn: str) -> Receipt:
    """The receipt of the post with this URN."""
    return Receipt(urn, f"https://www.linkedin.com/feed/update/{urn}")


def error_from_answer(answer: Answer, token: str, now: datetime | None) -> PlatformError:
    """The error for an answer outside 2xx; without `now`, a rate limit's end is left out."""
    input_error = _input_error(answer.body)
    message = clean_message(_error_message(answer.body, input_error), token)
    if 400 <= answer.status < 500 and answer.status != 402 and _is_of_version(answer.body):
        return OperatorFault(VERSION_RETIRED, message, RAISE_VERSION)
    error = error_for_status(
        answer.status,
        message,
        code=_error_code(answer.status, answer.body, input_error),
        retry_at=_retry_at(answer.headers, now) if now else None,
        revoked=says_revoked(answer.body),
    )
    if isinstance(error, Duplicate) and (urn := _duplicate_of(answer.body, input_error)):
        return Duplicate(str(error), *receipt(urn))
    return error


def _is_of_version(body: Mapping[str, Any]) -> bool:
    """Whether LinkedIn does not serve the version that we ask for, for anybody."""
    message = body.get("message")
    return body.get("code") in VERSION_CODES or (isinstance(message, str) and _VERSION.match(message) is not None)


def _input_error(body: Mapping[str, Any]) -> dict[str, Any]:
    """The first of the input errors, whose place depends on the API's version."""
    details = body.get("errorDetails")
    return first_object((details if isinstance(details, dict) else body).get("inputErrors"))


def _error_message(body: Mapping[str, Any], input_error: Mapping[str, Any]) -> str:
    """The answer's message, without the name of LinkedIn's exception, else the description of the input error.

    A duplicate's URN is all that identifies the existing post, so it comes first if the message would be cut before.
    """
    found = _error_texts(body, input_error)
    message = re.sub(r"^[\w.]+Exception: ", "", found[0]) if found else ""
    urn = _duplicate_of(body, input_error)
    return f"A duplicate of {urn}. {message}" if urn and urn not in clean_message(message) else message


def _error_texts(body: Mapping[str, Any], input_error: Mapping[str, Any]) -> list[str]:
    return [text for text in (body.get("message"), input_error.get("description")) if isinstance(text, str) and text]


def _duplicate_of(body: Mapping[str, Any], input_error: Mapping[str, Any]) -> str | None:
    """The URN of the existing post that a text duplicates; None if the answer names none."""
    found = re.search(rf"duplicate of ({URN})", " ".join(_error_texts(body, input_error)), re.ASCII)
    return found[1] if found and len(found[1]) <= URN_LENGTH_MAX else None


def _error_code(status: int, body: Mapping[str, Any], input_error: Mapping[str, Any]) -> str:
    """The code of LinkedIn's refusal, REFUSED if it gives no known reason."""
    said = f"{body.get('message')} {input_error.get('description')}".lower()
    if input_error.get("code") == "DUPLICATE_POST" or "is a duplicate of" in said or "duplicate post" in said:
        return DUPLICATE_CONTENT
    if input_error.get("code") in TOO_LONG_CODES or "exceeded the maximum allowed" in said:
        return "TEXT_TOO_LONG"
    if status == 403 and (body.get("code") == "ACCESS_DENIED" or "permission" in said):
        return PERMISSION_DENIED
    return "REFUSED"


def _retry_at(headers: Mapping[str, str], now: datetime) -> datetime:
    """The time in Retry-After, else the next midnight in UTC: LinkedIn's quotas are daily."""
    tomorrow = (now.astimezone(UTC) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return retry_time([parse_retry_after(headers, now)], now) or tomorrow
