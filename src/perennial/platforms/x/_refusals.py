"""Whose fault it is that X refuses a request: the post's, the account's, the operator's, or nobody's for now."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from perennial.core.errors import DUPLICATE_CONTENT, RATE_LIMITED, NotSent, OperatorFault, PlatformError
from perennial.platforms._answers import (
    BUY_CREDIT,
    CREDITS_DEPLETED,
    PERMISSION_DENIED,
    clean_message,
    error_for_status,
    first_object,
    parse_epoch,
    parse_retry_after,
    retry_time,
)
from perennial.platforms.transport import Answer

RATE_WINDOW = timedelta(minutes=15)
# The problem types in X's answers to a token without the permission to post.
PERMISSION_PROBLEMS = ("oauth1-permissions", "unsupported-authentication", "client-forbidden")
# The code of an app whose plan does not include the endpoint.
ACCESS_LEVEL_CODE = 453
# All our tokens are of this kind: if X takes none of it, that is not the account's fault.
_OUR_KIND = re.compile(r"authenticating with oauth 2\.0 user context is forbidden", re.IGNORECASE)

MEND_APP = "Look at the app in X's developer portal: its project, its plan and its permissions."


def error_from_answer(answer: Answer, token: str, now: datetime | None) -> PlatformError:
    """The error for an answer outside 2xx; without `now`, a rate limit's end is left out."""
    message = clean_message(_error_message(answer.body), token)
    retry_at = _retry_at(answer.headers, now) if now else None
    if answer.status in (403, 429) and (error := _of_app(answer.body, message, retry_at)):
        return error
    return error_for_status(
        answer.status, message, code=_error_code(answer.status, answer.body, message), retry_at=retry_at
    )


def _of_app(body: Mapping[str, Any], message: str, retry_at: datetime | None) -> NotSent | None:
    """The error if it is the app that is refused, or has used up what it may send; None: it is not."""
    problems, reasons = _last_words(body, "type"), _last_words(body, "reason")
    if "usage-capped" in problems or "usagecapexceeded" in _last_words(body, "title"):
        if "daily" in {*_last_words(body, "period"), *message.lower().split()}:  # it is over with the day
            return NotSent(RATE_LIMITED, message, retry_at=retry_at, costs_attempt=False, blocks_account=True)
        return OperatorFault(CREDITS_DEPLETED, message or "The app's usage cap is reached.", BUY_CREDIT)
    is_of_user = any(reason.startswith("user-") for reason in reasons)
    is_of_app = (
        "client-forbidden" in problems
        or any(reason.startswith("client-") or reason.endswith("client-forbidden") for reason in reasons)
        or ("unsupported-authentication" in problems and _OUR_KIND.search(message) is not None)
        or first_object(body.get("errors")).get("code") == ACCESS_LEVEL_CODE
    )
    if is_of_app and not is_of_user:
        return OperatorFault(PERMISSION_DENIED, message or "X refuses the app.", MEND_APP)
    return None


def _last_words(body: Mapping[str, Any], key: str) -> set[str]:
    """What stands under the key, in the problem itself or in the first of its errors; of a URL the last part."""
    values = [part.get(key) for part in (body, first_object(body.get("errors")))]
    return {value.rpartition("/")[2].lower() for value in values if isinstance(value, str)}


def _error_message(body: Mapping[str, Any]) -> str:
    """The detail, else the title, then the message of the first error (which alone explains an invalid request)."""
    error = first_object(body.get("errors"))
    found = [body.get("detail") or body.get("title"), error.get("message") or error.get("detail")]
    return " ".join(dict.fromkeys(message for message in found if isinstance(message, str)))


def _error_code(status: int, body: Mapping[str, Any], message: str) -> str:
    """The code of X's refusal; REFUSED for "You are not permitted to perform this action.", which may mean anything."""
    said = message.lower()
    if "duplicate" in said:
        return DUPLICATE_CONTENT
    if re.search(r"too long|shorter|(text|post|tweet) length|character limit|exceed\w* the (maximum|allowed)", said):
        return "TEXT_TOO_LONG"
    is_of_token = not _last_words(body, "type").isdisjoint(PERMISSION_PROBLEMS)
    if status == 403 and (is_of_token or re.search(r"\bscopes?\b|app permissions", said)):
        return PERMISSION_DENIED
    return "REFUSED"


def _retry_at(headers: Mapping[str, str], now: datetime) -> datetime:
    """When the last of the exceeded limits is reset; X's limits are for a quarter of an hour and for a day."""
    times = [parse_retry_after(headers, now), parse_epoch(headers.get("x-rate-limit-reset"))]
    times += [
        parse_epoch(headers.get(f"x-{whose}-limit-24hour-reset"))
        for whose in ("user", "app")
        if headers.get(f"x-{whose}-limit-24hour-remaining", "").strip() == "0"
    ]
    return retry_time(times, now) or now + RATE_WINDOW
