"""The settings, read from environment variables alone.

Each topic has a module of its own (`_stores`, `_secrets`, `_worker`, …), and `Settings` joins them into one object
that is read and checked when a process starts. Other packages use the names re-exported here, and `validators` for
addresses. It may use `core` alone. Begin reading with `Settings` in `_settings.py`; docs/settings.md lists every
variable.
"""

from perennial.settings._api import Introspection
from perennial.settings._platforms import LINKEDIN_API_URL, LINKEDIN_OAUTH_URL, X_API_URL
from perennial.settings._run import LogFormat, Mode
from perennial.settings._settings import PREFIX, Settings
from perennial.settings._worker import CronPeriod

__all__ = [
    "LINKEDIN_API_URL",
    "LINKEDIN_OAUTH_URL",
    "PREFIX",
    "X_API_URL",
    "CronPeriod",
    "Introspection",
    "LogFormat",
    "Mode",
    "Settings",
]
