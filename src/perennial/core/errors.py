"""Everything that can go wrong and has a name. What is not here is a bug: masked for the caller, logged whole."""

from collections.abc import Callable, Mapping
from datetime import datetime


class PerennialError(Exception):
    """The root of every error that Perennial raises on purpose."""


class UserError(PerennialError):
    """What the caller did cannot be done; the message is written for the caller.

    `code` is the GraphQL error's `extensions.code`, `field` its `extensions.field` where there is one.
    """

    code = "BAD_REQUEST"
    field: str | None = None


class Unauthenticated(UserError):
    """The request carries no bearer token, or one that is not good."""

    code = "UNAUTHENTICATED"


EXPIRED = "The bearer token has expired."


class NotFound(UserError):
    """There is no such thing, or it is another owner's: the two are told in the same words."""

    code = "NOT_FOUND"

    def __init__(self, noun: str) -> None:
        super().__init__(f"There is no such {noun}.")


class InvalidInput(UserError):
    """A value that cannot be accepted; `field` names it as the API does."""

    code = "BAD_USER_INPUT"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Conflict(UserError):
    """The thing exists and its state does not allow this now."""

    code = "CONFLICT"


class TooManyRequests(UserError):
    """Somebody (ourselves, or a platform) asks the caller to wait, for `retry_after` seconds where that is known."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, retry_after: int | None = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.retry_after, self.headers = retry_after, dict(headers or {})


class SubscriptionEnded(UserError):
    """Whoever watches hears no more: they fell behind, or (`is_outage`) nobody can be heard just now."""

    def __init__(self, message: str, *, is_outage: bool) -> None:
        super().__init__(message)
        self.is_outage = is_outage
        self.code = "INTERNAL_SERVER_ERROR" if is_outage else "BAD_REQUEST"


class OccurrenceRefused(PerennialError):
    """An occurrence that cannot run. The ledger gets a row with `reason`, and the batch goes on."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OriginalPostDeleted(OccurrenceRefused):
    """The queue's original is gone: the queue is completed."""

    def __init__(self) -> None:
        super().__init__("ORIGINAL_POST_DELETED")


class AccountMissing(OccurrenceRefused):
    """No platform of the post has a usable account: the occurrence is skipped."""


class PlatformError(PerennialError):
    """A platform did not publish. `code` and the message become the publication's error_code and error_message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class NotSent(PlatformError):
    """Surely nothing was published, so sending again is safe.

    `retry_at` is the time the platform names for the next try, None where it names none. `costs_attempt` is False where
    the platform only said "later". `blocks_account` is True where all sends of the account have to wait until then,
    `blocks_platform` where the platform serves nobody of ours until it is seen to do so again.
    """

    def __init__(  # noqa: PLR0913 - each by its name
        self,
        code: str,
        message: str,
        *,
        retry_at: datetime | None = None,
        costs_attempt: bool = True,
        blocks_account: bool = False,
        blocks_platform: bool = False,
    ) -> None:
        super().__init__(code, message)
        self.retry_at = retry_at
        self.costs_attempt = costs_attempt
        self.blocks_account = blocks_account
        self.blocks_platform = blocks_platform


class TokenRejected(PlatformError):
    """401: the access token was not accepted and nothing was published. A refresh may help, once.

    `revoked` is True where the platform says that the token was revoked (LinkedIn's 65601), which it also says of a
    token that is only seconds old.
    """

    def __init__(self, message: str, *, revoked: bool = False) -> None:
        super().__init__("TOKEN_REJECTED", message)
        self.revoked = revoked


class Refused(PlatformError):
    """The platform will not publish this, now or later; the message is in its own words."""


class Duplicate(Refused):
    """The platform has this text from this account already; `remote_id` and `url` are that post's where it says so."""

    def __init__(self, message: str, remote_id: str | None = None, url: str | None = None) -> None:
        super().__init__("DUPLICATE_CONTENT", message)
        self.remote_id = remote_id
        self.url = url


class ReconnectRequired(PlatformError):
    """The account's tokens are of no use any more; its owner has to connect it again."""

    def __init__(self, message: str) -> None:
        super().__init__("RECONNECT_REQUIRED", message)


class OutcomeUnknown(PlatformError):
    """It may have been published or not. Such a publication is never sent again by itself."""

    def __init__(self, message: str) -> None:
        super().__init__("OUTCOME_UNKNOWN", message)


class SettingsError(PerennialError):
    """The configuration cannot be run; the message names the variable."""


def chain(error: BaseException) -> list[BaseException]:
    """The error and everything it was raised from, outermost first."""
    found: list[BaseException] = []
    step: BaseException | None = error
    while step is not None and step not in found:
        found.append(step)
        step = step.__cause__ or step.__context__
    return found


def any_cause(error: BaseException, test: Callable[[BaseException], bool]) -> bool:
    """Whether the error, or anything it was raised from, passes the test."""
    return any(test(step) for step in chain(error))
