"""What became of a clone on each platform, in sentences."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from perennial.core.publication_codes import DUPLICATE_CONTENT, RECONNECT_REQUIRED
from perennial.core.states import Platform, PublicationStatus

CONNECT = "connect the account again, then retryPublication sends it"
RETRY = "retryPublication sends it nevertheless"
_OPERATOR = "somebody who operates Perennial has to act"

# What each code says of a publication that failed or waits; what the platform said follows, where it says more.
MEANINGS = {
    "ACCOUNT_MISSING": "no account is connected there; connect one, then retryPublication sends it",
    "CREDITS_DEPLETED": f"the platform serves nobody at the moment; {_OPERATOR}",
    "DISCONNECTING": "disconnectAccount has found the account publishing",
    DUPLICATE_CONTENT: "the platform published the same text lately; change the post's text, or let it vary",
    "EXPIRED": f"it has waited for too long, and is not sent this late; {RETRY}",
    "OUTCOME_UNKNOWN": "the platform may have taken it or not",
    "PERMISSION_DENIED": "the token does not permit publishing",
    "RATE_LIMITED": "the platform asks the account to wait",
    RECONNECT_REQUIRED: f"the account's tokens are not accepted any more; {CONNECT}",
    "REFRESHING": "the account's token is being refreshed",
    "REFRESH_FAILED": "the account's token could not be refreshed yet",
    "REFUSED": "the platform refused it",
    "SUPERSEDED": "a later post of the queue was waiting too, and only the latest goes out; nothing is to be done",
    "TEXT_TOO_LONG": "the platform finds the text too long; shorten the post's text",
    "TOKEN_NOT_READY": "the account's token is too new for the platform",
    "TOKEN_UNREADABLE": f"the account's token cannot be decrypted; {_OPERATOR}",
    "UNREACHABLE": "no connection to the platform came about",
    "VERSION_RETIRED": f"the platform serves nobody at the moment; {_OPERATOR}",
}
# The codes of refusals whose reason only the platform's own words tell.
_IN_ITS_WORDS = {"REFUSED", "PERMISSION_DENIED"}


class Sent(NamedTuple):
    """What is known of a clone's publication: why it failed or waits, if it does, and until when."""

    platform: Platform
    status: PublicationStatus
    url: str | None = None
    code: str | None = None
    message: str | None = None
    until: datetime | None = None


def sentence(sent: Sent, now: datetime, in_words: Callable[[datetime], str]) -> str:
    """What became of the publication; `in_words` writes a time."""
    return f"{sent.platform.label}: {_what(sent, now, in_words)}."


def _what(sent: Sent, now: datetime, in_words: Callable[[datetime], str]) -> str:
    if sent.status == PublicationStatus.SCHEDULED:
        return _waiting(sent, now, in_words)
    if sent.status == PublicationStatus.PUBLISHED:
        return f"published, {sent.url}" if sent.url else "published"
    if sent.status == PublicationStatus.FAILED:
        return f"it failed, as {_why(sent)}"
    return {
        PublicationStatus.PUBLISHING: "it is being sent",
        PublicationStatus.DRAFT: "it was unscheduled before it went out",
    }.get(
        sent.status,
        "it may have been published or not, so it is not sent again; look there, then use confirmPublication or "
        "retryPublication",
    )


def _waiting(sent: Sent, now: datetime, in_words: Callable[[datetime], str]) -> str:
    is_ahead = sent.until is not None and sent.until > now
    time = f" {in_words(sent.until)}" if sent.until and is_ahead else ""
    if sent.code is None:
        return f"it goes out on{time}" if is_ahead else "it goes out in a moment"
    return f"it waits until{time}, as {_why(sent)}" if is_ahead else f"it waits, as {_why(sent)}"


def _why(sent: Sent) -> str:
    meaning = MEANINGS.get(sent.code or "", f"its code is {sent.code}" if sent.code else "the platform refused it")
    if sent.message and (sent.code in _IN_ITS_WORDS or sent.code not in MEANINGS):
        return f"{meaning}: “{sent.message.rstrip('.')}”"
    return meaning
