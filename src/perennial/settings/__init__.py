"""The settings, read from environment variables alone.

Each topic has a module of its own (`_stores`, `_secrets`, `_worker`, …), and `Settings` joins them into one object that
is read and checked when a process starts. Other packages import the names listed below, from `validators` what checks
an address, and from `database_url`, `redis_url` and `proxies` what reads these. The package may use `core` alone. Begin
reading with `Settings` in `_settings.py`; docs/settings.md lists every variable.
"""

from perennial.settings._api import Introspection
from perennial.settings._platforms import LINKEDIN_API_URL, LINKEDIN_OAUTH_URL, X_API_URL
from perennial.settings._settings import Settings
from perennial.settings._stores import Pooler
from perennial.settings._worker import CronPeriod

__all__ = ["LINKEDIN_API_URL", "LINKEDIN_OAUTH_URL", "X_API_URL", "CronPeriod", "Introspection", "Pooler", "Settings"]
