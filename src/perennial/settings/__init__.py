"""What can be configured."""

from perennial.settings._api import Introspection
from perennial.settings._settings import (
    LINKEDIN_API_URL,
    LINKEDIN_OAUTH_URL,
    PREFIX,
    X_API_URL,
    Every,
    LogFormat,
    Mode,
    Settings,
)

__all__ = [
    "LINKEDIN_API_URL",
    "LINKEDIN_OAUTH_URL",
    "PREFIX",
    "X_API_URL",
    "Every",
    "Introspection",
    "LogFormat",
    "Mode",
    "Settings",
]
