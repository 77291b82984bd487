"""The transport of X: its API v2, with a user's bearer token."""

import re
from base64 import b64encode
from datetime import datetime
from typing import Any

from perennial.core.platform_errors import OutcomeUnknown
from perennial.core.states import Platform
from perennial.outbound.http_session import HttpSession
from perennial.platforms._addresses import Address, ask
from perennial.platforms._answers import bearer_header, clean_message, is_success, page_path
from perennial.platforms._token_answers import parse_tokens
from perennial.platforms.transport import Answer, Identity, Match, Receipt, Tokens
from perennial.platforms.x._refusals import error_from_answer, refresh_error_of_app
from perennial.platforms.x._timeline import PAGES_MAX, created_at, is_match, query_parameters
from perennial.platforms.x._weighted_length import invalid_character, weighted_length

LENGTH_MAX = 280
ERROR_KEYS = frozenset({"title"})  # which X's errors have, but not its answer at an address that it does not have
TIMELINE_BYTES_MAX = 8 * 1024 * 1024  # a hundred posts, each of 25,000 characters at most
_ID, _HANDLE = re.compile(r"[0-9]{1,19}"), re.compile(r"[A-Za-z0-9_]+")
ANYBODY = "i"  # in place of a handle
_PAGE = r"/(?:i/web|(?P<handle>[^/]{1,50}))/status(?:es)?/(?P<id>[1-9]\d{0,18})(?:/.*)?"


class X:
    """X as a Transport."""

    platform = Platform.X

    def __init__(self, session: HttpSession, api_url: str, client_id: str | None, client_secret: str | None) -> None:
        self._session = session
        self._address = Address(api_url, "PERENNIAL_X_API_URL", ERROR_KEYS)
        self._client_id = client_id
        self._client_secret = client_secret

    def text_error(self, text: str) -> str | None:
        """The message for a text that is longer than X allows, as X counts it, or has a character that X refuses."""
        if character := invalid_character(text):
            return f"X takes no text with the character {character}."
        length = weighted_length(text)
        return f"X allows {LENGTH_MAX:,} characters; this text counts {length:,}." if length > LENGTH_MAX else None

    async def identify(self, access_token: str, now: datetime | None = None) -> Identity:
        """Asks whose token this is."""
        answer = await ask(self._session, self._address, "GET", "/2/users/me", headers=bearer_header(access_token))
        if not is_success(answer):
            raise error_from_answer(answer, access_token, now)
        user = _data(answer)
        if not _is_id(user.get("id")):
            raise OutcomeUnknown("X did not say whose token this is.")
        return Identity(user["id"], clean_message(user.get("username"))[:255] or None)

    async def publish(self, identity: Identity, access_token: str, text: str, now: datetime) -> Receipt:
        """Publishes the text, once."""
        request: dict[str, Any] = {"headers": bearer_header(access_token), "json": {"text": text}}
        answer = await ask(self._session, self._address, "POST", "/2/tweets", publishes=True, **request)
        if not is_success(answer):
            raise error_from_answer(answer, access_token, now)
        remote_id = _data(answer).get("id")
        if not isinstance(remote_id, str) or not _is_id(remote_id):
            raise OutcomeUnknown(f"X answered {answer.status} without the id of a post.")
        return Receipt(remote_id, _url(identity.handle, remote_id))

    async def find_matches(self, identity: Identity, access_token: str, text: str, not_before: datetime) -> list[Match]:
        """Searches the account's timeline from `not_before` on; X charges for each post that is read."""
        found: list[Match] = []
        next_token: str | None = None
        for _ in range(PAGES_MAX):
            page = await self._timeline(identity, access_token, not_before, next_token)
            found += _matches(page, identity, text)
            meta = page.body.get("meta")
            next_token = meta.get("next_token") if isinstance(meta, dict) else None
            if not isinstance(next_token, str):
                break
        return found

    def receipt_of(self, url: str) -> Receipt | None:
        """Parses .../<handle>/status/<id>, on x.com or twitter.com."""
        found = _page(url)
        return Receipt(found["id"], _url(found["handle"], found["id"])) if found else None

    def writer_error(self, url: str, identity: Identity) -> str | None:
        """Compares the URL's handle with the account's, where both are known.

        An account that was renamed is still found below its old handle, which may be another account's by now, and
        below `i`, which says nobody.
        """
        found = _page(url)
        if not found or not identity.handle or not _HANDLE.fullmatch(found["handle"] or ""):
            return None
        if found["handle"].lower() in {identity.handle.lower(), ANYBODY}:
            return None
        return (
            f"This is a post of @{found['handle']}, and the publication is of @{identity.handle}. If that account has "
            f"another name by now, write https://x.com/{ANYBODY}/status/{found['id']}."
        )

    async def refresh(self, refresh_token: str, now: datetime) -> Tokens:
        """Exchanges the refresh token for a new pair, once: X accepts each refresh token one time only.

        The client's id stands in the form also beside its secret: users report "Missing required parameter [client_id]"
        without it, though X's manual asks it of public clients alone.
        """
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        form |= {"client_id": self._client_id} if self._client_id else {}
        headers = {}
        if self._client_id and self._client_secret:
            pair = f"{self._client_id}:{self._client_secret}".encode()
            headers["Authorization"] = f"Basic {b64encode(pair).decode()}"
        answer = await ask(self._session, self._address, "POST", "/2/oauth2/token", headers=headers, data=form)
        if error := refresh_error_of_app(answer, refresh_token, now):
            raise error
        return parse_tokens(answer, self.platform, refresh_token, now)

    async def _timeline(
        self, identity: Identity, access_token: str, not_before: datetime, next_token: str | None
    ) -> Answer:
        path = f"/2/users/{identity.account_id}/tweets"
        request: dict[str, Any] = {
            "headers": bearer_header(access_token),
            "params": query_parameters(not_before, next_token),
        }
        answer = await ask(self._session, self._address, "GET", path, bytes_max=TIMELINE_BYTES_MAX, **request)
        if not is_success(answer):
            raise error_from_answer(answer, access_token, None)
        if "data" not in answer.body and "meta" not in answer.body:
            raise OutcomeUnknown("X did not show the account's posts.")
        return answer


def _matches(page: Answer, identity: Identity, text: str) -> list[Match]:
    data = page.body.get("data")
    posts = [post for post in data if isinstance(post, dict)] if isinstance(data, list) else []
    return [
        Match(Receipt(post["id"], _url(identity.handle, post["id"])), time)
        for post in posts
        if _is_id(post.get("id")) and is_match(text, post) and (time := created_at(post))
    ]


def _page(url: str) -> re.Match[str] | None:
    """What a URL says of a post: its id and, unless it does not say whose it is, a handle."""
    return re.fullmatch(_PAGE, page_path(url, "x.com", "twitter.com") or "", re.ASCII)


def _data(answer: Answer) -> dict[str, Any]:
    data = answer.body.get("data")
    return data if isinstance(data, dict) else {}


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _url(handle: str | None, remote_id: str) -> str:
    """The post's URL: below its writer's handle, or the one that works without a handle."""
    known = handle is not None and _HANDLE.fullmatch(handle)
    return f"https://x.com/{handle if known else 'i/web'}/status/{remote_id}"
