"""How many SQL statements something costs."""

import logging
from collections.abc import Awaitable
from typing import Any

import pytest

from support.api import User

ORM_LOG = "tortoise.db_client"


class Statements:
    """Counts what the ORM sends to the database."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog
        caplog.set_level(logging.DEBUG, ORM_LOG)

    async def of(self, user: User, query: str, **variables: Any) -> int:
        """Those of a query's answer."""
        count = await self.during(user.do(query, **variables))
        assert count > 0
        return count

    async def during(self, work: Awaitable[Any]) -> int:
        """Those that are sent until the work is done."""
        self._caplog.clear()
        await work
        return sum(record.name == ORM_LOG for record in self._caplog.records)
