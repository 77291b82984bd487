"""What every platform can do, and the one way in which any of them is asked.

The outcome classes: PUBLISHED returns a Receipt; NOT_SENT raises NotSent (or TokenRejected, which a refresh may
mend); REFUSED raises Refused; everything that leaves open whether it was published raises OutcomeUnknown.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

import aiohttp

from perennial.core.errors import NotSent, OutcomeUnknown
from perennial.core.json_text import json_text
from perennial.core.states import Platform

REQUEST_SECONDS = 8.0
CONNECT_SECONDS = 3.0
ANSWER_BYTES_MAX = 65_536


class Identity(NamedTuple):
    """Whose account a token belongs to: the platform's id, and the name that people see."""

    account_id: str
    handle: str | None


@dataclass(frozen=True)
class Tokens:
    """A pair of tokens as a platform gave it; `expires_in` is None where the platform names no end.

    `refresh` is None where the platform sent none: the one we have stays good.
    """

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    expires_in: timedelta | None


class Receipt(NamedTuple):
    """The platform's id and URL of what was published."""

    remote_id: str
    url: str


@dataclass(frozen=True)
class Match:
    """A post that was found on the platform, and when it was published there."""

    receipt: Receipt
    time: datetime


class Transport(Protocol):
    """One platform's wire."""

    platform: Platform

    def complaint(self, text: str) -> str | None:
        """What the platform would have against the text (too long, say), in words for its writer; None if nothing."""

    async def identify(self, access_token: str) -> Identity:
        """Asks whose token this is. Raises TokenRejected, NotSent, Refused, OutcomeUnknown."""

    async def publish(self, identity: Identity, access_token: str, text: str, now: datetime) -> Receipt:
        """Publishes the text, once. Raises TokenRejected, NotSent, Refused, OutcomeUnknown."""

    async def look_up(self, identity: Identity, access_token: str, text: str, since: datetime) -> list[Match]:
        """The account's posts of this text since then, as far as the platform shows them; finding none proves nothing.

        Asked only where `Platform.reads_back`. Raises TokenRejected, NotSent, Refused, OutcomeUnknown.
        """

    def receipt_of(self, url: str) -> Receipt | None:
        """The receipt of the post that a person sees under this URL; None where it is no post's of this platform."""

    async def refresh(self, refresh_token: str) -> Tokens:
        """Trades the refresh token for new tokens, once. Raises ReconnectRequired, NotSent, OutcomeUnknown."""


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers, and the body as JSON (an empty object where it is none)."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any] = field(repr=False)  # a token endpoint's holds tokens


def new_session() -> aiohttp.ClientSession:
    """The process's one HTTP session. It keeps no cookies and follows no proxy of the environment.

    Idle connections are dropped after two seconds, before servers do so (commonly after five): a connection that its
    server closes at the moment of sending would leave open whether the post went out.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=2.0),
        timeout=aiohttp.ClientTimeout(total=REQUEST_SECONDS, sock_connect=CONNECT_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        json_serialize=json_text,
        trust_env=False,
    )


async def ask(
    session: aiohttp.ClientSession, method: str, url: str, bytes_max: int = ANSWER_BYTES_MAX, **request: Any
) -> Answer:
    """Sends one request and reads its answer, following no redirect, within REQUEST_SECONDS in all.

    Raises NotSent where no connection came about, OutcomeUnknown where one did and then failed.
    """
    try:
        async with session.request(method, url, allow_redirects=False, **request) as response:
            return Answer(response.status, response.headers, _object(await _read(response, bytes_max)))
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise NotSent("UNREACHABLE", f"The platform cannot be reached: {_words(error)}") from error
    except aiohttp.InvalidURL as error:
        raise NotSent("UNREACHABLE", "The platform's address is not a URL.") from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        broken = type(error).__name__
    # Raised out here, without its cause: aiohttp's errors hold the request, with its token, and pieces of the answer.
    raise OutcomeUnknown(f"The platform did not answer as it should: {broken}")


async def _read(response: aiohttp.ClientResponse, bytes_max: int) -> bytes:
    """The body, as much of it as an honest answer has."""
    body = await response.content.readany()
    while len(body) <= bytes_max and not response.content.at_eof():
        body += await response.content.readany()
    return body


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
