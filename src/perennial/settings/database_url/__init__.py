"""Reads DATABASE_URL, once and whole, as libpq reads it.

Who is asked and for what (hosts, ports, user, password, database) is read here, because asyncpg's own reading of these
differs from libpq's: it ends a user at the first `@`, takes `+` for a space, and prefers the host before the path to
the option `host`. The other options are checked by name here, and read by the driver. Others use the names below.
"""

from perennial.settings.database_url._hosts import Place
from perennial.settings.database_url._options import OPTIONS
from perennial.settings.database_url._reading import DatabaseUrl, read_database_url

__all__ = ["OPTIONS", "DatabaseUrl", "Place", "read_database_url"]
