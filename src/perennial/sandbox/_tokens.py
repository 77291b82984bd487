"""Whose a token is. Tokens say it themselves, so none has to be stored to be good.

Access tokens are `sandbox-<user>` and `sandbox-<user>~<n>`; refresh tokens `sandbox-refresh-<user>`, the first of a
family, and `sandbox-refresh-<user>~<n>`, its later ones.
"""

import re
from dataclasses import dataclass, field

_ACCESS = re.compile(r"sandbox-(?!refresh-)(?P<user>[^\s~]+)(?:~\d{1,9})?")
_REFRESH = re.compile(r"sandbox-refresh-(?P<user>[^\s~]+?)(?:~(?P<number>\d{1,9}))?")


@dataclass(frozen=True)
class TokenPair:
    """What a refresh gives."""

    access: str
    refresh: str


@dataclass
class Tokens:
    """How far each user's refresh tokens are used up."""

    _used_up_to: dict[str, int] = field(default_factory=dict)
    _issued: dict[str, int] = field(default_factory=dict)

    def rotate(self, refresh_token: str) -> TokenPair | None:
        """X's way: a refresh token is good once, and a new one comes with the access token. None if it is not good.

        Only use is remembered. After a restart the latest token of a family is therefore still good.
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
        """LinkedIn's way: the refresh token stays what it is. None if it is not good."""
        user = user_of_refresh(refresh_token)
        if user is None:
            return None
        self._issued[user] = self._issued.get(user, 0) + 1
        return TokenPair(f"sandbox-{user}~{self._issued[user]}", refresh_token)


def user_of_access(token: str) -> str | None:
    """Whose access token it is; None if it is nobody's."""
    match = _ACCESS.fullmatch(token)
    return match["user"] if match else None


def user_of_refresh(token: str) -> str | None:
    """Whose refresh token it is; None if it is nobody's."""
    match = _REFRESH.fullmatch(token)
    return match["user"] if match else None
