"""Settings for workers: their port, how often they poll for work, and how many platform requests they make at once."""

from enum import StrEnum

from pydantic import BaseModel, Field


class CronPeriod(StrEnum):
    """The cron's period: at second 0 of every minute, minute 0 of every hour, or 00:00 UTC of every day."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


class WorkerSettings(BaseModel):
    """The workers' part of Settings."""

    worker_port: int = Field(default=0, ge=0, le=65535)  # of /healthz, /readyz and /metrics; 0: none
    process_queues_every: CronPeriod = CronPeriod.MINUTE
    poll_delay_seconds: float = Field(default=0.025, gt=0, le=5)
    platform_requests_max: int = Field(default=100, ge=1, le=10_000)
    account_requests_max: int = Field(default=4, ge=1, le=1_000)
    keep_days: int | None = Field(default=None, ge=1, le=36_500)  # None: for ever
    missed_after_minutes: int = Field(default=5, ge=1, le=1_440)
    pause_after_failures: int = Field(default=3, ge=0, le=100)  # 0: never
    expire_after_hours: float = Field(default=48.0, ge=0, le=8_760)  # 0: never
    clock_slack_seconds: float = Field(default=5.0, ge=0, le=600)
