"""The protocol that every platform implements, and the function that sends every request.

`publish` returns a Receipt if the text was published. It raises NotSent if it certainly was not (OperatorFault where
our app or settings are at fault; TokenRejected, which a refresh may mend), Refused if the platform will never publish
it, and OutcomeUnknown if nobody knows.
"""

import codecs
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from perennial.core.platform_errors import NotSent, OperatorFault, OutcomeUnknown
from perennial.core.states import Platform
from perennial.outbound.http_session import HttpSession, NoAnswer, NotConnected, ProxyRefused

ANSWER_BYTES_MAX = 65_536
MESSAGE_LENGTH_MAX = 500  # characters that are kept of a platform's message


class Identity(NamedTuple):
    """The account that a token belongs to: the platform's id, and the name that people see."""

    account_id: str
    handle: str | None


@dataclass(frozen=True)
class Tokens:
    """A pair of tokens from a platform; `expires_in` is None if the platform names no expiry.

    `refresh` is None if the platform sent none: the present one remains valid.
    """

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    expires_in: timedelta | None


class Receipt(NamedTuple):
    """The platform's id and URL of a published post."""

    remote_id: str
    url: str


@dataclass(frozen=True)
class Match:
    """A post with our text that was found on the platform, and when it was published there."""

    receipt: Receipt
    time: datetime


class Transport(Protocol):
    """One platform's API."""

    platform: Platform

    def text_error(self, text: str) -> str | None:
        """Why the platform would refuse the text (its length), as a sentence for its writer; None if it would not."""

    async def identify(self, access_token: str, now: datetime | None = None) -> Identity:
        """Asks whose token this is; without `now`, the error for a rate limit does not say when it ends.

        Raises TokenRejected, NotSent, Refused, OutcomeUnknown.
        """

    async def publish(self, identity: Identity, access_token: str, text: str, now: datetime) -> Receipt:
        """Publishes the text, once. Raises TokenRejected, NotSent, Refused, OutcomeUnknown."""

    async def find_matches(self, identity: Identity, access_token: str, text: str, not_before: datetime) -> list[Match]:
        """The account's posts of this text since then, as far as the platform shows them; no match proves nothing.

        Called only if `Platform.reads_back`. Raises TokenRejected, NotSent, Refused, OutcomeUnknown.
        """

    def receipt_of(self, url: str) -> Receipt | None:
        """The receipt of the post at this URL, as a browser shows it; None if it is not a post of this platform."""

    def writer_error(self, url: str, identity: Identity) -> str | None:
        """Why the post at this URL of the platform's is certainly not this account's, as a sentence; else None."""

    async def refresh(self, refresh_token: str, now: datetime) -> Tokens:
        """Exchanges the refresh token for new tokens, once.

        Raises ReconnectRequired, OperatorFault, NotSent (UnclearRefusal), OutcomeUnknown.
        """


@dataclass(frozen=True)
class Answer:
    """An HTTP response: status, headers, and the body's JSON object (an empty one if the body is anything else).

    `is_page` is True if the body is a page for people, as no platform's API answers one.
    """

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any] = field(repr=False)  # may hold tokens
    is_page: bool = False


async def send_request(
    session: HttpSession, method: str, url: str, bytes_max: int = ANSWER_BYTES_MAX, **request: Any
) -> Answer:
    """Sends one request and reads its answer.

    Raises NotSent if no connection could be made (OperatorFault if a proxy refuses us), OutcomeUnknown if one was made
    and then failed.
    """
    try:
        response = await session.send(method, url, bytes_max, **request)
    except ProxyRefused as error:
        raise OperatorFault("UNREACHABLE", f"The platform cannot be reached: {error}", error.advice) from None
    except NotConnected as error:
        raise NotSent("UNREACHABLE", f"The platform cannot be reached: {error}") from None
    except NoAnswer as error:
        raise OutcomeUnknown(f"The platform did not answer as it should: {error}") from None
    return Answer(response.status, response.headers, _object(response.body), _is_page(response.body))


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _is_page(body: bytes) -> bool:
    return body.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<")
