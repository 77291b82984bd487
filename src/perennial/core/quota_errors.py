"""What is answered to an owner who has as many of something as one owner may have."""

from perennial.core.errors import UserError


class QuotaExceeded(UserError):
    """The caller has as many of something as one owner may have: `maximum`.

    `limit` names it: posts, queues, subscriptions, sockets.
    """

    code = "QUOTA_EXCEEDED"

    def __init__(self, limit: str, maximum: int, message: str | None = None) -> None:
        super().__init__(message or f"You have {maximum:,} {limit}, which is the maximum; delete some first.")
        self.limit, self.maximum = limit, maximum
