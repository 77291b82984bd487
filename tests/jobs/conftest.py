"""What several of the flows begin with."""

from datetime import timedelta

import pytest
from support.clock import FakeClock


@pytest.fixture
def midday(clock: FakeClock) -> FakeClock:
    """The clock, at 12:00:10 UTC of tomorrow: 50 seconds before a run of the cron."""
    tomorrow = clock.now + timedelta(days=1)
    clock.now = tomorrow.replace(hour=12, minute=0, second=10, microsecond=0)
    return clock
