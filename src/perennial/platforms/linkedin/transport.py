"""The transport of LinkedIn: its Posts API, with a member's bearer token."""

import re
from datetime import datetime
from typing import Any

from perennial.core.platform_errors import OutcomeUnknown
from perennial.core.states import Platform
from perennial.outbound.http_session import HttpSession
from perennial.platforms._addresses import Address, ask
from perennial.platforms._answers import bearer_header, clean_message, is_success, page_path
from perennial.platforms._token_answers import parse_tokens
from perennial.platforms.linkedin._little_text import escape, escaped_length
from perennial.platforms.linkedin._refusals import URN, URN_LENGTH_MAX, error_from_answer, receipt
from perennial.platforms.transport import Identity, Match, Receipt, Tokens

LENGTH_MAX = 3_000
ERROR_KEYS, TOKEN_ERROR_KEYS = frozenset({"message", "status"}), frozenset({"error"})
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
        self._api = Address(api_url, "PERENNIAL_LINKEDIN_API_URL", ERROR_KEYS)
        self._oauth = Address(oauth_url, "PERENNIAL_LINKEDIN_OAUTH_URL", TOKEN_ERROR_KEYS)
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
            f"LinkedIn allows {LENGTH_MAX:,} characters; this text counts {length:,}"
            " (emoji and characters that LinkedIn reserves, such as brackets, count twice)."
        )

    async def identify(self, access_token: str, now: datetime | None = None) -> Identity:
        """Asks whose token this is."""
        answer = await ask(self._session, self._api, "GET", "/v2/userinfo", headers=bearer_header(access_token))
        if not is_success(answer):
            raise error_from_answer(answer, access_token, now)
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
        request: dict[str, Any] = {"headers": headers, "json": _post(identity, text)}
        answer = await ask(self._session, self._api, "POST", "/rest/posts", publishes=True, **request)
        if not is_success(answer):
            raise error_from_answer(answer, access_token, now)
        urn = answer.headers.get("x-restli-id", "").strip()
        if len(urn) > URN_LENGTH_MAX or not re.fullmatch(URN, urn, re.ASCII):
            raise OutcomeUnknown(f"LinkedIn answered {answer.status} without the URN of a post.")
        return receipt(urn)

    async def find_matches(self, identity: Identity, access_token: str, text: str, not_before: datetime) -> list[Match]:  # noqa: ARG002
        """Raises OutcomeUnknown: LinkedIn shows members' posts to selected partners alone."""
        raise OutcomeUnknown("LinkedIn does not let us read an account's posts.")

    def receipt_of(self, url: str) -> Receipt | None:
        """Parses .../feed/update/<urn> and .../posts/<words>-<kind>-<number>-<letters>, as LinkedIn's pages link."""
        found = re.fullmatch(_PAGE, page_path(url, "linkedin.com") or "", re.ASCII)
        return receipt(found["urn"] or f"urn:li:{found['kind']}:{found['number']}") if found else None

    def writer_error(self, url: str, identity: Identity) -> str | None:  # noqa: ARG002
        """None: a URN says nobody, and the name in a URL is not the one that LinkedIn tells us of an account."""
        return None

    async def refresh(self, refresh_token: str, now: datetime) -> Tokens:
        """Exchanges the refresh token for a new access token, once; the refresh token stays valid."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        form |= {"client_id": self._client_id} if self._client_id else {}
        form |= {"client_secret": self._client_secret} if self._client_secret else {}
        answer = await ask(self._session, self._oauth, "POST", "/accessToken", data=form)
        return parse_tokens(answer, self.platform, refresh_token, now)


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
