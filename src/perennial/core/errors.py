"""The errors that are raised on purpose. Any other exception is a bug: masked for the caller, logged whole."""

from collections.abc import Mapping
from datetime import datetime

# Codes that are spelled in one place alone. The API's:
BAD_REQUEST = "BAD_REQUEST"
INTERNAL = "INTERNAL_SERVER_ERROR"
RATE_LIMITED = "RATE_LIMITED"
UNAVAILABLE = "UNAVAILABLE"
# Those of publications, and reasons of the ledger; OUTCOME_UNKNOWN is a reason of the API's UNAVAILABLE too:
ACCOUNT_MISSING = "ACCOUNT_MISSING"
DUPLICATE_CONTENT = "DUPLICATE_CONTENT"
EXPIRED = "EXPIRED"
OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
RECONNECT_REQUIRED = "RECONNECT_REQUIRED"
REFRESH_FAILED = "REFRESH_FAILED"
SUPERSEDED = "SUPERSEDED"


class PerennialError(Exception):
    """The root of every error that Perennial raises on purpose."""


class UserError(PerennialError):
    """A request of the caller's cannot be fulfilled; the message is written for the caller.

    `code` is the GraphQL error's `extensions.code`, `field` its `extensions.field` where there is one.
    """

    code = BAD_REQUEST
    field: str | None = None


class Unauthenticated(UserError):
    """The request carries no bearer token, or an invalid one."""

    code = "UNAUTHENTICATED"


BEARER_EXPIRED = "The bearer token has expired."


class NotFound(UserError):
    """The object does not exist, or it is another owner's: both have the same message."""

    code = "NOT_FOUND"

    def __init__(self, noun: str) -> None:
        super().__init__(f"There is no such {noun}.")


class InvalidInput(UserError):
    """A value is not accepted; `field` is its name in the API."""

    code = "BAD_USER_INPUT"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Conflict(UserError):
    """The object exists, but its state does not allow the operation now."""

    code = "CONFLICT"


class TooManyRequests(UserError):
    """We or a platform limit the caller's rate; `retry_after` is the time to wait in seconds, if it is known."""

    code = RATE_LIMITED

    def __init__(self, message: str, retry_after: int | None = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.retry_after, self.headers = retry_after, dict(headers or {})


class Unavailable(UserError):
    """What is asked for cannot be done just now, by no fault of the caller's or of our code: it may be asked again.

    When, and what outages of the database are answered with, says `api/graphql/extensions/outages.py`.
    """

    code = UNAVAILABLE


class IssuerUnavailable(Unavailable):
    """The issuer's keys cannot be had now, so a token can be neither accepted nor rejected."""


class Overloaded(Unavailable):
    """The process has as much to do as it can; nothing was begun."""


class TookTooLong(Unavailable):
    """A request took longer than `seconds`, which it may, and was broken off."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"This took longer than {seconds:g} seconds and was broken off.")
        self.seconds = seconds


class SubscriptionInterrupted(Unavailable):
    """A subscription ends, or does not begin, because events may be lost: Redis is away, or the server stops."""


class SubscriptionEnded(UserError):
    """A subscription ends, because its reader is too slow."""


class PlatformError(PerennialError):
    """A request to a platform failed. `code` and the message become the publication's error_code and error_message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class NotSent(PlatformError):
    """Certainly nothing was published, so sending again is safe.

    `retry_at` is the time that the platform names for the next attempt, None if it names none. `costs_attempt` is False
    if the platform only said "later". `blocks_account` is True if all sends of the account have to wait until then.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        retry_at: datetime | None = None,
        costs_attempt: bool = True,
        blocks_account: bool = False,
    ) -> None:
        super().__init__(code, message)
        self.retry_at = retry_at
        self.costs_attempt = costs_attempt
        self.blocks_account = blocks_account


class OperatorFault(NotSent):
    """The platform refuses our app or our settings, so it serves no account until an operator has acted.

    `advice` says what has to be done. It costs no attempt. Publishing stops until a probe succeeds; that of a token
    endpoint stops refreshes alone.
    """

    def __init__(self, code: str, message: str, advice: str) -> None:
        super().__init__(code, message, costs_attempt=False, blocks_account=True)
        self.advice = advice


class TokenRejected(PlatformError):
    """401: the access token was not accepted and nothing was published. A refresh may help, once.

    `revoked` is True if the platform says that the token was revoked (LinkedIn's 65601), which it also says of a token
    that is only seconds old: then it is not rejected, but not known yet.
    """

    def __init__(self, message: str, *, revoked: bool = False) -> None:
        super().__init__("TOKEN_REJECTED", message)
        self.revoked = revoked


class Refused(PlatformError):
    """The platform will not publish this text, now or later; the message is the platform's own."""


class Duplicate(Refused):
    """The account has posted this text before; `remote_id` and `url` are that post's, if the platform says so."""

    def __init__(self, message: str, remote_id: str | None = None, url: str | None = None) -> None:
        super().__init__(DUPLICATE_CONTENT, message)
        self.remote_id = remote_id
        self.url = url


class ReconnectRequired(PlatformError):
    """The platform no longer accepts the account's tokens; its owner has to connect it again."""

    def __init__(self, message: str) -> None:
        super().__init__(RECONNECT_REQUIRED, message)


class OutcomeUnknown(PlatformError):
    """The text may have been published or not. Such a publication is never sent again automatically."""

    def __init__(self, message: str) -> None:
        super().__init__(OUTCOME_UNKNOWN, message)


class SettingsError(PerennialError):
    """The configuration is invalid; the message names the variable."""


class MigrationError(PerennialError):
    """The schema could not be brought up to date; the message says why, and what to do."""
