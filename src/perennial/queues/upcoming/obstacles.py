"""What stands in the way of occurrences ahead, as far as it is known now: nothing of it is predicted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import NamedTuple
from uuid import UUID

from perennial.accounts.usability import TOKEN_EXPIRES, foreseen_reason
from perennial.core.states import AccountStatus, Platform
from perennial.db import bulk
from perennial.db.models import ConnectedAccount, PlatformBreaker
from perennial.db.sql import run_sql
from perennial.posts.cloning import read_originals
from perennial.publishing import breakers
from perennial.queues.ledger.local_times import in_words
from perennial.queues.upcoming.occurrences import Asked, Foreseen, Originals
from perennial.queues.upcoming.repeated_texts import Repeated, read_repeated


class ObstacleCode(StrEnum):
    """What stands in the way of an occurrence."""

    ACCOUNT_MISSING = "account_missing"
    RECONNECT_REQUIRED = "reconnect_required"
    ACCOUNT_BLOCKED = "account_blocked"
    TOKEN_EXPIRES_BEFORE = "token_expires_before"  # noqa: S105 (the name of an obstacle)
    DUPLICATE_TEXT = "duplicate_text"
    ORIGINAL_DELETED = "original_deleted"
    PLATFORM_TRIPPED = "platform_tripped"


class Obstacle(NamedTuple):
    """Something that stands in the way, with a sentence for a person; on one platform, or on all (None)."""

    code: ObstacleCode
    platform: Platform | None
    message: str


class Account(NamedTuple):
    """The columns of a connected account that say whether it will be usable."""

    id: UUID
    platform: Platform
    status: AccountStatus
    token_expires_at: datetime | None
    encrypted_refresh_token: str | None
    blocked_until: datetime | None


_Word = datetime | str | None  # of a sentence

_ACCOUNTS = f"""
    SELECT {", ".join(Account._fields)} FROM connected_accounts
    WHERE clerk_user_id = $1 AND status IN ('active', 'reconnect_required') AND platform = ANY($2)
"""  # noqa: S608 (the columns are ours)
_DELETED = Obstacle(
    ObstacleCode.ORIGINAL_DELETED,
    None,
    "The post was deleted. Nothing is published, and the queue is completed when this falls due.",
)


_MESSAGES = {
    ObstacleCode.ACCOUNT_MISSING: "No account is connected on {platform}: nothing can be published there until one is.",
    ObstacleCode.RECONNECT_REQUIRED: (
        "The account on {platform} has to be connected again: nothing can be published there until it is."
    ),
    ObstacleCode.TOKEN_EXPIRES_BEFORE: (
        "The access token of the account on {platform} expires on {time}, before this goes out, and cannot "
        "be refreshed: connect the account again before that."
    ),
    ObstacleCode.ACCOUNT_BLOCKED: (
        "{platform} has asked the account to send nothing before {time}: this goes out after that."
    ),
    ObstacleCode.PLATFORM_TRIPPED: (
        "{platform} does not serve this service just now, for any account: this goes out once it does again."
    ),
    ObstacleCode.DUPLICATE_TEXT: (
        "This text goes out on {own_time}, less than {hours} after the same text from the same account on "
        "{time}: {platform} may refuse it as a duplicate."
    ),
}
_AT_THE_SAME_TIME = (
    "This text goes out on {own_time}, at the same time as the same text from the same account: {platform} may refuse "
    "it as a duplicate."
)


@dataclass(frozen=True)
class _Known:
    """What is known now."""

    now: datetime
    accounts: Mapping[Platform, Account]
    tripped: Mapping[Platform, PlatformBreaker]
    repeated: Repeated
    hours: str


async def obstacles(asked: Asked, foreseen: Sequence[Foreseen], duplicate_within: timedelta) -> list[list[Obstacle]]:
    """What stands in the way of each of the owner's occurrences; the number of statements does not grow with theirs.

    `duplicate_within` is how soon the same text does not go out again from an account; zero: that is not looked at.
    """
    originals = await read_originals([asked.owner], {one.post_id for one in foreseen if one.post_id})
    platforms = sorted({text.platform.value for post in originals.values() for text in post.publications})
    rows = await run_sql(_ACCOUNTS, asked.owner, platforms) if platforms else ()
    accounts = {one.platform: one for one in map(bulk.row_reader(ConnectedAccount, Account), rows)}
    ids = [one.id for one in accounts.values()]
    repeated = await read_repeated(asked, foreseen, originals, ids, duplicate_within)
    known = _Known(asked.now, accounts, await breakers.tripped(), repeated, _in_hours(duplicate_within))
    return [list(_of(one, originals, known)) for one in foreseen]


def _of(one: Foreseen, originals: Originals, known: _Known) -> Iterator[Obstacle]:
    """What stands in the way of one. Nothing stands in the way of what its owner skipped."""
    if one.occurrence.run is None:
        return
    if one.post_id not in originals:
        yield _DELETED
    obstacle = partial(_obstacle, one.queue.timezone)
    for text, time in one.texts(originals, known.now):
        account = known.accounts.get(text.platform)
        if code := _of_account(account, time, known.now):
            is_token = code == ObstacleCode.TOKEN_EXPIRES_BEFORE
            until = account and (account.token_expires_at if is_token else account.blocked_until)
            yield obstacle(code, text.platform, time=until)
        breaker = known.tripped.get(text.platform)
        if breaker and time <= max(breaker.probe_time, known.now):
            yield obstacle(ObstacleCode.PLATFORM_TRIPPED, text.platform)
        before = known.repeated.before(one, text.platform, text.content, time)
        if account and before:
            words: dict[str, _Word] = {"time": before, "own_time": time, "hours": known.hours}
            yield obstacle(ObstacleCode.DUPLICATE_TEXT, text.platform, **words)


def _of_account(account: Account | None, time: datetime, now: datetime) -> ObstacleCode | None:
    """What is the matter with the account at that time."""
    if reason := foreseen_reason(account, time, now):
        return ObstacleCode.TOKEN_EXPIRES_BEFORE if reason == TOKEN_EXPIRES else ObstacleCode[reason]
    is_blocked = account and account.blocked_until and account.blocked_until > time
    return ObstacleCode.ACCOUNT_BLOCKED if is_blocked else None


def _in_hours(time: timedelta) -> str:
    return "an hour" if time == timedelta(hours=1) else f"{time / timedelta(hours=1):g} hours"


def _obstacle(timezone: str | None, code: ObstacleCode, platform: Platform, **words: _Word) -> Obstacle:
    shown = {name: in_words(one, timezone) if isinstance(one, datetime) else one for name, one in words.items()}
    is_with_it = code is ObstacleCode.DUPLICATE_TEXT and shown["time"] == shown["own_time"]
    message = _AT_THE_SAME_TIME if is_with_it else _MESSAGES[code]
    return Obstacle(code, platform, message.format(platform=platform.label, **shown))
