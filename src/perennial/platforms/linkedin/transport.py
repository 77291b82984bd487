"""LinkedIn: the Posts API, with a member's bearer token."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from perennial.core.errors import Duplicate, OutcomeUnknown, PlatformError
from perennial.core.states import Platform
from perennial.platforms._answers import (
    DUPLICATE,
    address,
    bearer,
    failure,
    first_object,
    is_success,
    named_time,
    page_path,
    refreshed,
    retry_after,
    tidy,
)
from perennial.platforms.linkedin._little_text import escape
from perennial.platforms.transport import Answer, Identity, Match, Receipt, Tokens, ask

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
    """The wire of LinkedIn."""

    platform = Platform.LINKEDIN

    def __init__(  # noqa: PLR0913, PLR0917 - one for each setting of the platform
        self,
        session: aiohttp.ClientSession,
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

    def complaint(self, text: str) -> str | None:
        """Says where the text is longer than LinkedIn allows.

        Whether LinkedIn counts before or after escaping, and an emoji as one or two, is not known: the larger number
        is taken, so that nothing is accepted here and refused when it is due.
        """
        length = len(escape(text).encode("utf-16-le", "surrogatepass")) // 2
        if length <= LENGTH_MAX:
            return None
        return (
            f"LinkedIn allows {LENGTH_MAX} characters; this text counts {length}"
            " (emoji and characters that LinkedIn reserves, such as brackets, count twice)."
        )

    async def identify(self, access_token: str) -> Identity:
        """Asks whose token this is."""
        answer = await ask(self._session, "GET", address(self._api_url, "/v2/userinfo"), headers=bearer(access_token))
        if not is_success(answer):
            raise _failure(answer, access_token, None)
        subject = answer.body.get("sub")
        if not isinstance(subject, str) or not re.fullmatch(r"[\w.~-]{1,200}", subject, re.ASCII):
            raise OutcomeUnknown("LinkedIn did not say whose token this is.")
        return Identity(subject, tidy(answer.body.get("name"))[:255] or None)

    async def publish(self, identity: Identity, access_token: str, text: str, now: datetime) -> Receipt:
        """Publishes the text, once."""
        headers = bearer(access_token) | {
            "LinkedIn-Version": self._version,
            "X-Restli-Protocol-Version": "2.0.0",
        }
        url = address(self._api_url, "/rest/posts")
        answer = await ask(self._session, "POST", url, headers=headers, json=_post(identity, text))
        if not is_success(answer):
            raise _failure(answer, access_token, now)
        urn = answer.headers.get("x-restli-id", "").strip()
        if len(urn) > URN_LENGTH_MAX or not re.fullmatch(URN, urn, re.ASCII):
            raise OutcomeUnknown(f"LinkedIn answered {answer.status} without the URN of a post.")
        return _receipt(urn)

    async def look_up(self, identity: Identity, access_token: str, text: str, since: datetime) -> list[Match]:  # noqa: ARG002
        """LinkedIn shows members' posts to chosen partners alone."""
        raise OutcomeUnknown("LinkedIn does not let us read an account's posts.")

    def receipt_of(self, url: str) -> Receipt | None:
        """Reads .../feed/update/<urn> and .../posts/<words>-<kind>-<number>-<letters>, as LinkedIn's own pages link."""
        found = re.fullmatch(_PAGE, page_path(url, "linkedin.com") or "", re.ASCII)
        return _receipt(found["urn"] or f"urn:li:{found['kind']}:{found['number']}") if found else None

    async def refresh(self, refresh_token: str) -> Tokens:
        """Trades the refresh token for a new access token, once; the refresh token itself stays as it is."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        form |= {"client_id": self._client_id} if self._client_id else {}
        form |= {"client_secret": self._client_secret} if self._client_secret else {}
        url = address(self._oauth_url, "/accessToken")
        return refreshed(await ask(self._session, "POST", url, data=form), "LinkedIn")


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


def _failure(answer: Answer, token: str, now: datetime | None) -> PlatformError:
    """What an answer outside 2xx means; without `now`, a rate limit is not told when it ends."""
    error = _input_error(answer.body)
    failed = failure(
        answer.status,
        tidy(_words(answer.body, error), token),
        code=_code(answer.status, answer.body, error),
        retry_at=_retry_at(answer.headers, now) if now else None,
        revoked=str(answer.body.get("serviceErrorCode")) == REVOKED,
    )
    if isinstance(failed, Duplicate) and (urn := _duplicate_of(answer.body, error)):
        receipt = _receipt(urn)
        return Duplicate(str(failed), receipt.remote_id, receipt.url)
    return failed


def _receipt(urn: str) -> Receipt:
    return Receipt(urn, f"https://www.linkedin.com/feed/update/{urn}")


def _input_error(body: Mapping[str, Any]) -> dict[str, Any]:
    """The first of the input errors, wherever this version keeps them."""
    details = body.get("errorDetails")
    return first_object((details if isinstance(details, dict) else body).get("inputErrors"))


def _words(body: Mapping[str, Any], error: Mapping[str, Any]) -> str:
    """The message, without the name of LinkedIn's own exception, else the description of the input error.

    A duplicate's URN is the one trace of the post that is there already, so it is put first where the words would be
    cut before it.
    """
    found = _texts(body, error)
    words = re.sub(r"^[\w.]+Exception: ", "", found[0]) if found else ""
    urn = _duplicate_of(body, error)
    return f"A duplicate of {urn}. {words}" if urn and urn not in tidy(words) else words


def _texts(body: Mapping[str, Any], error: Mapping[str, Any]) -> list[str]:
    return [text for text in (body.get("message"), error.get("description")) if isinstance(text, str) and text]


def _duplicate_of(body: Mapping[str, Any], error: Mapping[str, Any]) -> str | None:
    """The URN of the post that is there already."""
    found = re.search(rf"duplicate of ({URN})", " ".join(_texts(body, error)), re.ASCII)
    return found[1] if found and len(found[1]) <= URN_LENGTH_MAX else None


def _code(status: int, body: Mapping[str, Any], error: Mapping[str, Any]) -> str:
    """Why LinkedIn refused, as far as it says so."""
    said = f"{body.get('message')} {error.get('description')}".lower()
    if error.get("code") == "DUPLICATE_POST" or "is a duplicate of" in said or "duplicate post" in said:
        return DUPLICATE
    if error.get("code") in TOO_LONG_CODES or "exceeded the maximum allowed" in said:
        return "TEXT_TOO_LONG"
    if status == 403 and (body.get("code") == "ACCESS_DENIED" or "permission" in said):
        return "PERMISSION_DENIED"
    return "REFUSED"


def _retry_at(headers: Mapping[str, str], now: datetime) -> datetime:
    """The time in Retry-After, else the next midnight in UTC: LinkedIn's quotas are by the day."""
    tomorrow = (now.astimezone(UTC) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return named_time([retry_after(headers, now)], now) or tomorrow
