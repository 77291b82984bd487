"""Settings for how a process runs: its mode, the address it listens on, its folder for files, its log."""

from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, Field


class Mode(StrEnum):
    """How Perennial runs: everything in one process on loopback, or servers and workers with PostgreSQL and Redis."""

    EMBEDDED = "embedded"
    PRODUCTION = "production"


class LogFormat(StrEnum):
    """The format of the log: readable lines, or a JSON object a line."""

    CONSOLE = "console"
    JSON = "json"


class RunSettings(BaseModel):
    """A process's part of Settings."""

    mode: Mode | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    keep_alive_seconds: int = Field(default=75, ge=1, le=86_400)
    var_dir: Path = Path("var")
    log_format: LogFormat | None = None
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
