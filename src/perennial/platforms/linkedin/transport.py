"""The transport of LinkedIn: its Posts API, with a member's bearer token."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from perennial.core.errors import DUPLICATE_CONTENT, Duplicate, OutcomeUnknown, PlatformError
from perennial.core.states import Platform
from perennial.outbound.http_session import HttpSession
from perennial.platforms._answers import (
    bearer_header,
    clean_message,
    error_for_status,
    first_object,
    is_success,
    join_url,
    page_path,
    parse_retry_after,
    parse_tokens,
    retry_time,
)
from perennial.platforms.linkedin._little_text import escape, escaped_length
from perennial.platforms.transport import Answer, Identity, Match, Receipt, Tokens, send_request

LENGTH_MAX = 3_000
REVOKED = "65601"
URN_LENGTH_MAX = 255
TOO_LONG_CODES = ("FIELD_ARRAY_SIZE_TOO_HIGH", "FIELD_LENGTH_TOO_LONG")
URN = r"urn:li:\w+:[\w-]+"
_KIND = r"activity|share|ugcPost"
_PAGE = (
    rf"/(?:(?:embed/)?feed/update/(?P<urn>urn:li:(?:{_KIND}):[1-9]\d{{0,29}})"
    rf"|posts/(?:[^/]*[-_])?(?P<kind>{_KIND})-(?P<number>[1-9]\d{{0,29}})(?:-[\w-]*)?)/?"
)


class LinkedIn:
    """LinkedIn as a Transport."""

    platform = Platform.LINKEDIN

    def __init__(  # noqa: PLR0913, PLR0917 - one for each setting of the platform
        self,
        session: HttpSession,
        api_url: str,
        oauth_url: str,
        version: str,
        client_id: str | None,
        client_secret: str | None,
    ) -> None:
        self._session = session
        self._api_url = api_url
        self._oauth_url = oauth_url
        self._version = version
        self._client_id = client_id
        self._client_secret = client_secret

    def text_error(self, text: str) -> str | None:
        """The message for a text that is longer than LinkedIn allows.

        It is not known whether LinkedIn counts before or after escaping, and an emoji as one or two: the larger count
        applies, so that nothing is accepted here and refused when it is due.
        """
        length = escaped_length(text, LENGTH_MAX)
        if length <= LENGTH_MAX:
            return None
        return (
            f"LinkedIn allows {LENGTH_MAX} characters; this text counts {length}"
            " (emoji and characters that LinkedIn reserves, such as brackets, count twice)."
        )

    async def identify(self, access_token: str) -> Identity:
        """Asks whose token this is."""
        answer = await send_request(
            self._session, "GET", join_url(self._api_url, "/v2/userinfo"), headers=bearer_header(access_token)
        )
        if not is_success(answer):
            raise _error_from_answer(answer, access_token, None)
        subject = answer.body.get("sub")
        if not isinstance(subject, str) or not re.fullmatch(r"[\w.~-]{1,200}", subject, re.ASCII):
            raise OutcomeUnknown("LinkedIn did not say whose token this is.")
        return Identity(subject, clean_message(answer.body.get("name"))[:255] or None)

    async def publish(self, identity: Identity, access_token: str, text: str, now: datetime) -> Receipt:
        """Publishes the text, once."""
        headers = bearer_header(access_token) | {
            "LinkedIn-Version": self._version,
            "X-Restli-Protocol-Version": "2.0.0",
        }
        url = join_url(self._api_url, "/rest/posts")
        answer = await send_request(self._session, "POST", url, headers=headers, json=_post(identity, text))
        if not is_success(answer):
            raise _error_from_answer(answer, access_token, now)
        urn = answer.headers.get("x-restli-id", "").strip()
        if len(urn) > URN_LENGTH_MAX or not re.fullmatch(URN, urn, re.ASCII):
            raise OutcomeUnknown(f"LinkedIn answered {answer.status} without the URN of a post.")
        return _receipt(urn)

    async def find_matches(self, identity: Identity, access_token: str, text: str, not_before: datetime) -> list[Match]:  # noqa: ARG002
        """Raises OutcomeUnknown: LinkedIn shows members' posts to selected partners alone."""
        raise OutcomeUnknown("LinkedIn does not let us read an account's posts.")

    def receipt_of(self, url: str) -> Receipt | None:
        """Parses .../feed/update/<urn> and .../posts/<words>-<kind>-<number>-<letters>, as LinkedIn's pages link."""
        found = re.fullmatch(_PAGE, page_path(url, "linkedin.com") or "", re.ASCII)
        return _receipt(found["urn"] or f"urn:li:{found['kind']}:{found['number']}") if found else None

    async def refresh(self, refresh_token: str) -> Tokens:
        """Exchanges the refresh token for a new access token, once; the refresh token stays valid."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        form |= {"client_id": self._client_id} if self._client_id else {}
        form |= {"client_secret": self._client_secret} if self._client_secret else {}
        url = join_url(self._oauth_url, "/accessToken")
        return parse_tokens(await send_request(self._session, "POST", url, data=form), "LinkedIn")


def _post(identity: Identity, text: str) -> dict[str, Any]:
    return {
        "author": f"urn:li:person:{identity.account_id}",
        "commentary": escape(text),
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }


def _error_from_answer(answer: Answer, token: str, now: datetime | None) -> PlatformError:
    """The error for an answer outside 2xx; without `now`, a rate limit's end is left out."""
    input_error = _input_error(answer.body)
    error = error_for_status(
        answer.status,
        clean_message(_error_message(answer.body, input_error), token),
        code=_error_code(answer.status, answer.body, input_error),
        retry_at=_retry_at(answer.headers, now) if now else None,
        revoked=str(answer.body.get("serviceErrorCode")) == REVOKED,
    )
    if isinstance(error, Duplicate) and (urn := _duplicate_of(answer.body, input_error)):
        receipt = _receipt(urn)
        return Duplicate(str(error), receipt.remote_id, receipt.url)
    return error


def _receipt(urn: str) -> Receipt:
    return Receipt(urn, f"https://www.linkedin.com/feed/update/{urn}")


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
        return "PERMISSION_DENIED"
    return "REFUSED"


def _retry_at(headers: Mapping[str, str], now: datetime) -> datetime:
    """The time in Retry-After, else the next midnight in UTC: LinkedIn's quotas are daily."""
    tomorrow = (now.astimezone(UTC) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return retry_time([parse_retry_after(headers, now)], now) or tomorrow
