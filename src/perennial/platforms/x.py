"""X: API v2, with a user's bearer token."""

import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from perennial.errors import OutcomeUnknown, PlatformError
from perennial.platforms.answers import (
    address,
    bearer,
    epoch_time,
    failure,
    first_object,
    is_success,
    named_time,
    refreshed,
    retry_after,
    tidy,
)
from perennial.platforms.base import Answer, Identity, Receipt, Tokens, ask
from perennial.platforms.weighted_length import weighted_length
from perennial.states import Platform

LENGTH_MAX = 280
RATE_WINDOW = timedelta(minutes=15)

# The problem types that X gives a token, or an app, without the permission to post.
PERMISSION_PROBLEMS = ("oauth1-permissions", "unsupported-authentication", "client-forbidden")


class X:
    """The wire of X."""

    platform = Platform.X

    def __init__(
        self, session: aiohttp.ClientSession, api_url: str, client_id: str | None, client_secret: str | None
    ) -> None:
        self._session = session
        self._api_url = api_url
        self._client_id = client_id
        self._client_secret = client_secret

    def complaint(self, text: str) -> str | None:
        """Says where the text is longer than X allows, as X counts it."""
        length = weighted_length(text)
        return f"X allows {LENGTH_MAX} characters; this text counts {length}." if length > LENGTH_MAX else None

    async def identify(self, access_token: str) -> Identity:
        """Asks whose token this is."""
        answer = await self._ask("GET", "/2/users/me", headers=bearer(access_token))
        if not is_success(answer):
            raise _failure(answer, access_token, None)
        user = _data(answer)
        if not _is_id(user.get("id")):
            raise OutcomeUnknown("X did not say whose token this is.")
        return Identity(user["id"], tidy(user.get("username"))[:255] or None)

    async def publish(self, identity: Identity, access_token: str, text: str, now: datetime) -> Receipt:
        """Publishes the text, once."""
        answer = await self._ask("POST", "/2/tweets", headers=bearer(access_token), json={"text": text})
        if not is_success(answer):
            raise _failure(answer, access_token, now)
        remote_id = _data(answer).get("id")
        if not isinstance(remote_id, str) or not _is_id(remote_id):
            raise OutcomeUnknown(f"X answered {answer.status} without the id of a post.")
        return Receipt(remote_id, _url(identity.handle, remote_id))

    async def refresh(self, refresh_token: str) -> Tokens:
        """Trades the refresh token for a new pair, once: X takes each of them one time only."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        headers = {}
        if self._client_id and self._client_secret:
            pair = f"{self._client_id}:{self._client_secret}".encode()
            headers["Authorization"] = f"Basic {b64encode(pair).decode()}"
        elif self._client_id:
            form["client_id"] = self._client_id
        return refreshed(await self._ask("POST", "/2/oauth2/token", headers=headers, data=form), "X")

    async def _ask(self, method: str, path: str, **request: Any) -> Answer:
        return await ask(self._session, method, address(self._api_url, path), **request)


def _data(answer: Answer) -> dict[str, Any]:
    data = answer.body.get("data")
    return data if isinstance(data, dict) else {}


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9]{1,19}", value) is not None


def _url(handle: str | None, remote_id: str) -> str:
    """Where the post is read: below its writer's handle, or where X finds it without one."""
    known = handle is not None and re.fullmatch(r"[A-Za-z0-9_]+", handle)
    return f"https://x.com/{handle if known else 'i/web'}/status/{remote_id}"


def _failure(answer: Answer, token: str, now: datetime | None) -> PlatformError:
    """What an answer outside 2xx means; without `now`, a rate limit is not told when it ends."""
    words = tidy(_words(answer.body), token)
    retry_at = _retry_at(answer.headers, now) if now else None
    return failure(answer.status, words, code=_code(answer.status, answer.body, words), retry_at=retry_at)


def _words(body: Mapping[str, Any]) -> str:
    """The detail, else the title, then what the first of the errors adds (of an invalid request it alone says what)."""
    error = first_object(body.get("errors"))
    found = [body.get("detail") or body.get("title"), error.get("message") or error.get("detail")]
    return " ".join(dict.fromkeys(words for words in found if isinstance(words, str)))


def _code(status: int, body: Mapping[str, Any], words: str) -> str:
    """Why X refused, as far as it says so: "You are not permitted to perform this action." may mean anything."""
    said = words.lower()
    if "duplicate" in said:
        return "DUPLICATE_CONTENT"
    if re.search(r"too long|shorter|(text|post|tweet) length|character limit|exceed\w* the (maximum|allowed)", said):
        return "TEXT_TOO_LONG"
    problem = str(body.get("type")).rpartition("/")[2]
    if status == 403 and (problem in PERMISSION_PROBLEMS or re.search(r"\bscopes?\b|app permissions", said)):
        return "PERMISSION_DENIED"
    return "REFUSED"


def _retry_at(headers: Mapping[str, str], now: datetime) -> datetime:
    """When the last of the limits that were reached is reset; X counts by the quarter of an hour and by the day."""
    times = [retry_after(headers, now), epoch_time(headers.get("x-rate-limit-reset"))]
    times += [
        epoch_time(headers.get(f"x-{whose}-limit-24hour-reset"))
        for whose in ("user", "app")
        if headers.get(f"x-{whose}-limit-24hour-remaining", "").strip() == "0"
    ]
    return named_time(times, now) or now + RATE_WINDOW
