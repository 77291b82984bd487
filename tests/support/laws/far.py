"""The far platforms, in this process: told how to answer next, and with a record of all that reached them."""

import asyncio
from collections import deque
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from uuid import UUID, uuid4

from perennial.core import platform_errors
from perennial.core.states import Platform
from perennial.platforms.transport import Identity, Match, Receipt, Tokens
from support.clock import FakeClock

# The publication that the request is for, which no request says: several clones have the same text.
on_its_way: ContextVar[UUID] = ContextVar("on_its_way")

RATE_LIMIT = timedelta(hours=12)


class Answer(StrEnum):
    """What becomes of one request."""

    ACCEPT = "accept"
    ACCEPT_SILENTLY = "accepted, and the answer is lost"
    ACCEPT_AND_BREAK = "accepted, and our side breaks over the answer"
    LOSE = "the request is lost, and so there is no answer"
    UNREACHABLE = "no connection"
    LATER = "429 without a time"
    LATER_AT = "429 with a time"
    REFUSE = "refused"
    DUPLICATE = "refused, as one that is there already"
    OUT_OF_CREDITS = "402"
    REJECT_TOKEN = "401"


ACCEPTING = [Answer.ACCEPT, Answer.ACCEPT_SILENTLY, Answer.ACCEPT_AND_BREAK]
IN_DOUBT = [Answer.ACCEPT_SILENTLY, Answer.ACCEPT_AND_BREAK, Answer.LOSE]


@dataclass(frozen=True)
class Delivery:
    """One request to publish that reached the platform (or did not quite), and what became of it."""

    publication: UUID
    account: str
    platform: Platform
    text: str
    time: datetime
    answer: Answer
    receipt: Receipt | None

    @property
    def owner(self) -> str:
        """Whose account it is."""
        return owner_of(self.account)


_numbers = count(1)


@dataclass
class FarPlatform:
    """A transport whose far end is right here."""

    platform: Platform
    clock: FakeClock
    mood: Answer = Answer.ACCEPT
    answers: deque[Answer] = field(default_factory=deque)
    deliveries: list[Delivery] = field(default_factory=list)
    rejected: set[str] = field(default_factory=set)
    issued: dict[str, list[str]] = field(default_factory=dict)
    turned_away: list[str] = field(default_factory=list)

    def forget(self) -> None:
        """Begins anew."""
        self.be_good()
        self.deliveries.clear()
        self.rejected.clear()
        self.issued.clear()

    def be_good(self) -> None:
        """Accepts from now on."""
        self.mood = Answer.ACCEPT
        self.answers.clear()

    def issue(self, account: str, refreshable: bool, expires_in: timedelta | None = None) -> Tokens:
        """New tokens for the account."""
        number = next(_numbers)
        access, refresh = f"access-{account}-{number}", f"refresh-{account}-{number}" if refreshable else None
        self.issued.setdefault(account, []).extend(token for token in (access, refresh) if token)
        return Tokens(access, refresh, expires_in)

    def reject(self, owner: str, kinds: tuple[str, ...]) -> None:
        """Takes none of the owner's tokens of these kinds any more, whatever the account."""
        for account, tokens in self.issued.items():
            if owner_of(account) == owner:
                self.rejected |= {token for token in tokens if token.startswith(kinds)}

    def text_error(self, text: str) -> str | None:
        """Takes any text."""
        return None

    async def identify(self, access_token: str, now: datetime | None = None) -> Identity:
        """Whose token it is stands in the token."""
        account = _account(access_token)
        return Identity(f"id-{account}", account)

    async def publish(self, identity: Identity, access_token: str, text: str, now: datetime) -> Receipt:
        """Does what it was told to do, else accepts."""
        await asyncio.sleep(0)  # others may go on meanwhile
        publication, account = on_its_way.get(), _account(access_token)
        answer = self._answer(access_token)
        receipt = self._receipt() if answer in ACCEPTING else None
        self.deliveries.append(Delivery(publication, account, self.platform, text, self.clock.now, answer, receipt))
        await asyncio.sleep(0)
        if answer == Answer.ACCEPT and receipt:
            return receipt
        raise self._error(answer, account, text)

    async def find_matches(self, identity: Identity, access_token: str, text: str, not_before: datetime) -> list[Match]:
        """Shows all that it has of the account's of the text, however old: whoever asks may not trust it."""
        await asyncio.sleep(0)
        account = _account(access_token)
        assert identity == Identity(f"id-{account}", account)
        if access_token in self.rejected:
            self.turned_away.append(account)
            raise platform_errors.TokenRejected("401")
        return [Match(one.receipt, one.time) for one in self.posts(account, text) if one.receipt]

    def posts(self, account: str, text: str) -> list[Delivery]:
        """What it accepted from the account of that text."""
        return [one for one in self.deliveries if one.receipt and (one.account, one.text) == (account, text)]

    def write_by_hand(self, account: str, text: str) -> None:
        """A person publishes the text without us: it is of no publication."""
        by_hand = Delivery(uuid4(), account, self.platform, text, self.clock.now, Answer.ACCEPT, self._receipt())
        self.deliveries.append(by_hand)

    def receipt_of(self, url: str) -> Receipt | None:
        """The number of the post is in its URL."""
        return Receipt(url.rpartition("/")[2], url)

    def writer_error(self, url: str, identity: Identity) -> str | None:
        """Its URLs say nobody."""

    async def refresh(self, refresh_token: str, now: datetime) -> Tokens:
        """Trades the token, once."""
        await asyncio.sleep(0)
        if refresh_token in self.rejected:
            self.turned_away.append(_account(refresh_token))
            raise platform_errors.ReconnectRequired("The refresh token is not accepted.")
        self.rejected.add(refresh_token)
        return self.issue(_account(refresh_token), refreshable=True)

    def _receipt(self) -> Receipt:
        number = next(_numbers)
        return Receipt(str(number), f"https://{self.platform}.example/{number}")

    def _answer(self, access_token: str) -> Answer:
        if access_token in self.rejected:
            return Answer.REJECT_TOKEN
        return self.answers.popleft() if self.answers else self.mood

    def _error(self, answer: Answer, account: str, text: str) -> Exception:
        if answer == Answer.REJECT_TOKEN:
            self.turned_away.append(account)
        known = [one.receipt for one in self.posts(account, text) if one.receipt]
        original = (known[-1].remote_id, known[-1].url) if known else ()
        later = self.clock.now + RATE_LIMIT if answer == Answer.LATER_AT else None
        known_errors: dict[Answer, Exception] = {
            Answer.UNREACHABLE: platform_errors.NotSent("UNREACHABLE", "no connection"),
            Answer.REFUSE: platform_errors.Refused("REFUSED", "not here"),
            Answer.DUPLICATE: platform_errors.Duplicate("it is there already", *original),
            Answer.OUT_OF_CREDITS: platform_errors.OperatorFault("CREDITS", "402", "Buy some."),
            Answer.REJECT_TOKEN: platform_errors.TokenRejected("401"),
            Answer.ACCEPT_AND_BREAK: RuntimeError("broken on purpose"),
        }
        if answer in {Answer.LATER, Answer.LATER_AT}:
            return platform_errors.NotSent(
                "RATE_LIMITED", "later", retry_at=later, costs_attempt=False, blocks_account=True
            )
        return known_errors.get(answer, platform_errors.OutcomeUnknown("no answer"))


def _account(token: str) -> str:
    return token.split("-")[1]


def owner_of(account: str) -> str:
    """Whose account it is: an owner has several, of which one is connected at a time."""
    return account.partition("~")[0]


def acceptances(deliveries: list[Delivery]) -> dict[UUID, list[Receipt]]:
    """What the platform accepted, by publication."""
    found: dict[UUID, list[Receipt]] = {}
    for one in deliveries:
        if one.receipt:
            found.setdefault(one.publication, []).append(one.receipt)
    return found
