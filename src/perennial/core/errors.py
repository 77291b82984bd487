"""The errors that are raised on purpose, but for those of platforms (`platform_errors`); the codes of the API.

Any other exception is a bug: masked for the caller, logged whole.
"""

from enum import StrEnum

from perennial.core.instants import in_seconds


class ErrorCode(StrEnum):
    """The codes of the API's errors: the list is closed. Those of publications are in `publication_codes`."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    NOT_FOUND = "NOT_FOUND"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    CONFLICT = "CONFLICT"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    RATE_LIMITED = "RATE_LIMITED"
    BAD_REQUEST = "BAD_REQUEST"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"


class WarningCode(StrEnum):
    """The codes of the API's warnings, which are no errors: what was asked for is done. Later versions may add some."""

    ACCOUNT_MISSING = "ACCOUNT_MISSING"
    RECONNECT_REQUIRED = "RECONNECT_REQUIRED"
    TOKEN_EXPIRES = "TOKEN_EXPIRES"  # noqa: S105 (the name of a warning)
    RULE_LEAVES_OUT = "RULE_LEAVES_OUT"
    EXCLUDED_DATE = "EXCLUDED_DATE"
    CHANGES_DROPPED = "CHANGES_DROPPED"
    PENDING_TIME_GIVEN_UP = "PENDING_TIME_GIVEN_UP"
    ALREADY_IN_LEDGER = "ALREADY_IN_LEDGER"
    DUPLICATE_TEXT = "DUPLICATE_TEXT"
    STILL_SCHEDULED = "STILL_SCHEDULED"
    HELD_BACK = "HELD_BACK"
    NOT_ALL_RESUMED = "NOT_ALL_RESUMED"
    PAUSES_THAT_END = "PAUSES_THAT_END"
    ENDS_WITH_PAUSE = "ENDS_WITH_PAUSE"
    NO_OCCURRENCE_LEFT = "NO_OCCURRENCE_LEFT"
    ALREADY_ACTIVE = "ALREADY_ACTIVE"
    PAUSED_THEN = "PAUSED_THEN"


class PerennialError(Exception):
    """The root of every error that Perennial raises on purpose."""


class UserError(PerennialError):
    """A request of the caller's cannot be fulfilled; the message is written for the caller.

    `code` is the GraphQL error's `extensions.code`, `field` its `extensions.field` where there is one.
    """

    code: str = ErrorCode.BAD_REQUEST
    field: str | None = None


class Unauthenticated(UserError):
    """The request carries no bearer token, or an invalid one."""

    code = ErrorCode.UNAUTHENTICATED


BEARER_EXPIRED = "The bearer token has expired."


class NotFound(UserError):
    """The object does not exist, or it is another owner's: both have the same message.

    `field` is that of the list in which it is named.
    """

    code = ErrorCode.NOT_FOUND

    def __init__(self, noun: str, field: str | None = None) -> None:
        super().__init__(f"There is no such {noun}.")
        self.field = field


class InvalidInput(UserError):
    """A value is not accepted; `field` is its name in the API."""

    code = ErrorCode.BAD_USER_INPUT

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class PersistedQueryNotFound(UserError):
    """No document is known by the hash that a request sends in its place; clients then send it. They know the words."""

    code = ErrorCode.PERSISTED_QUERY_NOT_FOUND

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound")


class Conflict(UserError):
    """The object exists, but its state does not allow the operation now."""

    code = ErrorCode.CONFLICT


class QuotaExceeded(UserError):
    """The caller has as many of something as one owner may have: `maximum`.

    `limit` names it: posts, queues, subscriptions, sockets.
    """

    code = ErrorCode.QUOTA_EXCEEDED

    def __init__(self, limit: str, maximum: int, message: str | None = None) -> None:
        have, them = (limit.removesuffix("s"), "it") if maximum == 1 else (limit, "some")
        super().__init__(message or f"You have {maximum:,} {have}, which is the maximum; delete {them} first.")
        self.limit, self.maximum = limit, maximum


class TooManyRequests(UserError):
    """We or a platform limit the caller's rate; `retry_after` is the time to wait in seconds, if it is known."""

    code = ErrorCode.RATE_LIMITED

    def __init__(self, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(UserError):
    """What is asked for cannot be done just now, by no fault of the caller's or of our code: it may be asked again.

    When, and what outages of the database are answered with, says `api/graphql/extensions/outages.py`.
    """

    code = ErrorCode.UNAVAILABLE


class IssuerUnavailable(Unavailable):
    """The issuer's keys cannot be had now, so a token can be neither accepted nor rejected."""


class Overloaded(Unavailable):
    """The process has as much to do as it can; nothing was begun."""


class TookTooLong(Unavailable):
    """A request took longer than `seconds`, which it may, and was broken off."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"This took longer than {in_seconds(seconds)} and was broken off.")
        self.seconds = seconds


class SubscriptionInterrupted(Unavailable):
    """A subscription ends, or does not begin, because events may be lost: Redis is away, or the server stops."""


class SubscriptionEnded(UserError):
    """A subscription ends, because its reader is too slow."""


class SettingsError(PerennialError):
    """The configuration is invalid; the message names the variable."""


class MigrationError(PerennialError):
    """The schema could not be brought up to date; the message says why, and what to do."""


class CommandError(PerennialError):
    """What a command was asked to do cannot be done; the message says why."""
