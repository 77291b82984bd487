"""What can become of a request to a platform that fails: not sent, refused, or in doubt."""

from datetime import datetime

from perennial.core.errors import PerennialError
from perennial.core.publication_codes import DUPLICATE_CONTENT, OUTCOME_UNKNOWN, RECONNECT_REQUIRED


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


class UnclearRefusal(NotSent):
    """A token endpoint refuses a refresh and does not say whose fault it is: that account waits until `retry_at`."""

    def __init__(self, code: str, message: str, retry_at: datetime) -> None:
        super().__init__(code, message, retry_at=retry_at, costs_attempt=False, blocks_account=True)


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
