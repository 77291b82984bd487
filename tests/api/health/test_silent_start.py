"""A start that waits for a silent database says so, and what else is missing, while it waits.

The embedded mode brings its database along, so it says nothing while a slow machine opens that.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import structlog
from pydantic import SecretStr
from support.publishing import eventually

from perennial import serving
from perennial.api.health import watching
from perennial.core.errors import SettingsError
from perennial.process import _opening
from perennial.settings import Settings


@pytest.fixture
def silent() -> Iterator[int]:
    """A port at which somebody listens and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("of_worker", [False, True], ids=["server", "worker"])
async def test_a_silent_database_and_a_silent_redis_are_missed_before_the_start_is_given_up(
    settings: Settings, silent: int, of_worker: bool
) -> None:
    urls = {
        "database_url": SecretStr(f"postgres://app:hunter2@127.0.0.1:{silent}/own?connect_timeout=300"),
        "redis_url": SecretStr(f"redis://:hunter2@127.0.0.1:{silent}/0"),
    }

    async def start() -> None:
        async with serving._opened(settings.model_copy(update=urls), of_worker=of_worker):
            pytest.fail("it has opened what is silent")

    with structlog.testing.capture_logs() as log:
        starting = asyncio.create_task(start())

        async def both_are_missed() -> bool:
            return {line["part"] for line in log if line["event"] == "part.missing"} == {"database", "redis"}

        await eventually(both_are_missed)
        assert not starting.done()
        starting.cancel()
        with suppress(asyncio.CancelledError):
            await starting
    reasons = {line["part"]: line["reason"] for line in log if line["event"] == "part.missing"}
    assert reasons["database"].startswith(f"DATABASE_URL: 127.0.0.1:{silent}/own: it does not answer yet")
    assert reasons["redis"].startswith(f"127.0.0.1:{silent}, database 0: it does not answer in time")
    assert "hunter2" not in str(log)


async def test_the_embedded_mode_does_not_miss_its_own_database_while_that_is_opened(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    readiness, looks = watching.readiness, 0

    async def look(*given: Any, **options: Any) -> dict[str, str | None]:
        nonlocal looks
        looks += 1
        return await readiness(*given, **options)

    async def was_looked_at() -> bool:
        return looks >= 3

    async def prepare(_: Settings) -> list[str]:
        await eventually(was_looked_at)
        raise SettingsError("it was looked at often enough")

    monkeypatch.setattr(watching, "readiness", look)
    monkeypatch.setattr(watching, "OPENS_SECONDS", 0)
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(_opening, "prepare", prepare)
    assert settings.embedded
    with structlog.testing.capture_logs() as log, pytest.raises(SettingsError, match="often enough"):
        async with serving._opened(settings):
            pytest.fail("it has opened a database that is not prepared")
    assert log == []
