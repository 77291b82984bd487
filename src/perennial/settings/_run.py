"""Settings for how a process runs: its mode, where it listens, where it keeps files, how it writes its log."""

from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, Field


class Mode(StrEnum):
    """How Perennial runs."""

    EMBEDDED = "embedded"
    PRODUCTION = "production"


class LogFormat(StrEnum):
    """How the log is written."""

    CONSOLE = "console"
    JSON = "json"


class RunSettings(BaseModel):
    """A part of Settings."""

    mode: Mode | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    var_dir: Path = Path("var")
    log_format: LogFormat | None = None
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
