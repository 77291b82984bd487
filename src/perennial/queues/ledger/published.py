"""What became of a clone on each platform, in sentences."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from perennial.core.publication_codes import DUPLICATE_CONTENT, RECONNECT_REQUIRED
from perennial.core.states import Platform, PublicationStatus

RETRY = "retryPublication sends it nevertheless"
_OPERATOR = "somebody who operates Perennial has to act"

# What each code says of a publication that failed or waits; what the platform said follows, where it says more. Of one
# that failed it is what was true then, and what helps with that: whenever it is read, it is true.
MEANINGS = {
    "ACCOUNT_MISSING": "no account was connected there; once one is, retryPublication sends it",
    "CREDITS_DEPLETED": f"the platform serves nobody at the moment; {_OPERATOR}",
    "DISCONNECTING": "disconnectAccount has found the account publishing",
    DUPLICATE_CONTENT: "the platform had published the same text shortly before; it takes another text",
    "EXPIRED": f"it had waited for too long, and was not sent that late; {RETRY}",
    "OUTCOME_UNKNOWN": "the platform may have taken it or not",
    "PERMISSION_DENIED": "the token did not permit publishing",
    "RATE_LIMITED": "the platform asks the account to wait",
    RECONNECT_REQUIRED: (
        "the account's tokens were not accepted any more; once it is connected again, retryPublication sends it"
    ),
    "REFRESHING": "the account's token is being refreshed",
    "REFRESH_FAILED": "the account's token could not be refreshed",
    "REFUSED": "the platform refused it",
    "SUPERSEDED": "a later post of the queue was waiting too, and only the latest went out; nothing is to be done",
    "TEXT_TOO_LONG": "the platform found the text too long; it takes a shorter text",
    "TOKEN_NOT_READY": "the account's token is too new for the platform",
    "TOKEN_UNREADABLE": "the account's token could not be decrypted; once that is mended, retryPublication sends it",
    "UNREACHABLE": "no connection to the platform came about",
    "VERSION_RETIRED": f"the platform serves nobody at the moment; {_OPERATOR}",
}
# The same of one that waits, where it says something else.
_WHILE_IT_WAITS = {
    "PERMISSION_DENIED": f"the platform shuts our app out; {_OPERATOR}",
    "TOKEN_UNREADABLE": f"the account's token cannot be decrypted; {_OPERATOR}",
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
    code = sent.code or ""
    meaning = MEANINGS.get(code, f"its code is {code}" if code else "the platform refused it")
    if sent.status == PublicationStatus.SCHEDULED:
        meaning = _WHILE_IT_WAITS.get(code, meaning)
    if sent.message and (code in _IN_ITS_WORDS or code not in MEANINGS):
        return f"{meaning}: “{sent.message.rstrip('.')}”"
    return meaning
