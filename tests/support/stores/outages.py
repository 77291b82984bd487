"""Errors of databases, as the ORM raises them."""

import sqlite3

from tortoise.exceptions import OperationalError


def sqlite_error(code: int) -> Exception:
    """An error of SQLite's with that code."""
    error = sqlite3.OperationalError("of SQLite")
    error.sqlite_errorcode = code
    wrapped = OperationalError(error)
    wrapped.__cause__ = error
    return wrapped
