"""Issues tokens and tells whose they are. A token contains its user, so none has to be stored to be valid.

Access tokens are `sandbox-<user>` and `sandbox-<user>~<n>`; refresh tokens `sandbox-refresh-<user>`, the first of a
family, and `sandbox-refresh-<user>~<n>`, which replace it.
"""

import re
from dataclasses import dataclass, field

_ACCESS = re.compile(r"sandbox-(?!refresh-)(?P<user>[^\s~]+)(?:~\d{1,9})?")
_REFRESH = re.compile(r"sandbox-refresh-(?P<user>[^\s~]+?)(?:~(?P<number>\d{1,9}))?")


@dataclass(frozen=True)
class TokenPair:
    """The tokens that a refresh returns."""

    access: str
    refresh: str


@dataclass
class TokenIssuer:
    """Issues tokens, and remembers the last refresh token that each user has used."""

    _used_up_to: dict[str, int] = field(default_factory=dict)
    _issued: dict[str, int] = field(default_factory=dict)

    def rotate(self, refresh_token: str) -> TokenPair | None:
        """Refreshes as X does: a refresh token works once and is replaced. Returns None if it is not valid.

        Only used tokens are remembered, so the latest token of a family stays valid after a restart.
        """
        match = _REFRESH.fullmatch(refresh_token)
        if match is None:
            return None
        user, number = match["user"], int(match["number"] or 0)
        if number <= self._used_up_to.get(user, -1):
            return None
        self._used_up_to[user] = number
        return TokenPair(f"sandbox-{user}~{number + 1}", f"sandbox-refresh-{user}~{number + 1}")

    def renew(self, refresh_token: str) -> TokenPair | None:
        """Refreshes as LinkedIn does: the refresh token stays the same. Returns None if it is not valid."""
        user = user_of_refresh(refresh_token)
        if user is None:
            return None
        self._issued[user] = self._issued.get(user, 0) + 1
        return TokenPair(f"sandbox-{user}~{self._issued[user]}", refresh_token)


def user_of_access(token: str) -> str | None:
    """The user of an access token; None if it is not valid."""
    match = _ACCESS.fullmatch(token)
    return match["user"] if match else None


def user_of_refresh(token: str) -> str | None:
    """The user of a refresh token; None if it is not valid."""
    match = _REFRESH.fullmatch(token)
    return match["user"] if match else None
