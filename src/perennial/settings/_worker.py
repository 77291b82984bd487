"""Settings for workers: how often they look for work, and how much of it is under way at once."""

from enum import StrEnum

from pydantic import BaseModel, Field


class Every(StrEnum):
    """The cron's period: at second 0 of every minute, minute 0 of every hour, or 00:00 UTC of every day."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


class WorkerSettings(BaseModel):
    """A part of Settings."""

    process_queues_every: Every = Every.MINUTE
    poll_delay_seconds: float = Field(default=0.025, gt=0, le=5)
    platform_requests_max: int = Field(default=100, ge=1, le=10_000)
    account_requests_max: int = Field(default=4, ge=1, le=1_000)
