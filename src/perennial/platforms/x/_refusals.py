"""Whose fault it is that X refuses a request: the post's, the account's, the operator's, or nobody's for now."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from perennial.core.platform_errors import NotSent, OperatorFault, PlatformError
from perennial.core.publication_codes import DUPLICATE_CONTENT, RATE_LIMITED
from perennial.platforms._answers import (
    BUY_CREDIT,
    CREDITS_DEPLETED,
    PERMISSION_DENIED,
    clean_message,
    error_for_status,
    last_words,
    parse_epoch,
    parse_retry_after,
    problems_in,
    retry_time,
)
from perennial.platforms._token_answers import without_tokens
from perennial.platforms.transport import Answer

RATE_WINDOW = timedelta(minutes=15)
# The problem types in X's answers to a token without the permission to post, or of a user who may not post at all.
PERMISSION_PROBLEMS = ("oauth1-permissions", "unsupported-authentication", "client-forbidden", "user-suspended")
# The codes of an app that is refused: its plan does not include the endpoint, it may not write, it is suspended.
APP_CODES = {"453", "261", "416"}
# The types and titles of an app that has spent what it may spend, in its months or altogether.
SPENT_PROBLEMS = {"credits", "credits-depleted"}
SPENT_TITLES = {"spendcapreached", "creditsdepleted"}
# All our tokens are of this kind: if X takes none of it, that is not the account's fault.
_OUR_KIND = re.compile(r"authenticating with oauth 2\.0 user context is forbidden", re.IGNORECASE)
_APP = r"app(?:lication)?\b"
# Read only where X answers who asks, not what is asked: there it may repeat words of a post.
_SUSPENDED = re.compile(rf"\b{_APP} (?:is|was|has been) (?:\w+ )?suspended\b|\bsuspended {_APP}", re.IGNORECASE)

MEND_APP = "Look at the app in X's developer portal: its project, its plan and its permissions."


def error_from_answer(answer: Answer, token: str, now: datetime | None) -> PlatformError:
    """The error for an answer outside 2xx; without `now`, a rate limit's end is left out."""
    message = clean_message(_error_message(answer.body), token)
    if error := _error_of_app(answer, message, now):
        return error
    retry_at = _retry_at(answer.headers, now) if now else None
    code = _error_code(answer.status, answer.body, message)
    return error_for_status(answer.status, message, code=code, retry_at=retry_at)


def refresh_error_of_app(answer: Answer, refresh_token: str, now: datetime) -> NotSent | None:
    """The error if X's token endpoint refuses the app, whatever the token, in the words of the rest of its API."""
    return _error_of_app(answer, without_tokens(_error_message(answer.body), answer, refresh_token), now)


def _error_of_app(answer: Answer, message: str, now: datetime | None) -> NotSent | None:
    """The error if it is the app that is refused, or has used up what it may send; None: it is not."""
    if not 400 <= answer.status < 500:
        return None
    problems, titles = last_words(answer.body, "type"), last_words(answer.body, "title")
    if "usage-capped" in problems or "usagecapexceeded" in titles:
        if "daily" in {*last_words(answer.body, "period"), *message.lower().split()}:  # it is over with the day
            retry_at = _retry_at(answer.headers, now) if now else None
            return NotSent(RATE_LIMITED, message, retry_at=retry_at, costs_attempt=False, blocks_account=True)
        return OperatorFault(CREDITS_DEPLETED, message or "The app's usage cap is reached.", BUY_CREDIT)
    if problems & SPENT_PROBLEMS or titles & SPENT_TITLES:
        return OperatorFault(CREDITS_DEPLETED, message or "The app has spent what it may.", BUY_CREDIT)
    if _is_app_refused(answer, problems, message):
        return OperatorFault(PERMISSION_DENIED, message or "X refuses the app.", MEND_APP)
    return None


def _is_app_refused(answer: Answer, problems: set[str], message: str) -> bool:
    reasons = last_words(answer.body, "reason")
    if any(reason.startswith("user-") for reason in reasons):
        return False
    return (
        "client-forbidden" in problems
        or any(reason.startswith("client-") or reason.endswith("client-forbidden") for reason in reasons)
        or ("unsupported-authentication" in problems and _OUR_KIND.search(message) is not None)
        or not APP_CODES.isdisjoint(str(problem.get("code")) for problem in problems_in(answer.body))
        or (answer.status in (401, 403) and _SUSPENDED.search(message) is not None)
    )


def _error_message(body: Mapping[str, Any]) -> str:
    """The detail, else the title, then the messages of the errors (which alone explain an invalid request)."""
    found = [body.get("detail") or body.get("title")]
    found += [error.get("message") or error.get("detail") for error in problems_in(body)[1:]]
    return " ".join(dict.fromkeys(message for message in found if isinstance(message, str)))


def _error_code(status: int, body: Mapping[str, Any], message: str) -> str:
    """The code of X's refusal; REFUSED for "You are not permitted to perform this action.", which may mean anything."""
    said = message.lower()
    if "duplicate" in said:
        return DUPLICATE_CONTENT
    if re.search(r"too long|shorter|(text|post|tweet) length|character limit|exceed\w* the (maximum|allowed)", said):
        return "TEXT_TOO_LONG"
    is_of_token = not last_words(body, "type").isdisjoint(PERMISSION_PROBLEMS)
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
