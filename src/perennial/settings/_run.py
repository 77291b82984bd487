"""Settings for how a process runs: its mode, where it listens and whom it bears with there, its folder, its log."""

import re
from collections.abc import Iterator
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, field_validator
from pydantic_settings import NoDecode


class Mode(StrEnum):
    """How Perennial runs: everything in one process on loopback, or servers and workers with PostgreSQL and Redis."""

    EMBEDDED = "embedded"
    PRODUCTION = "production"


class LogFormat(StrEnum):
    """The format of the log: readable lines, or a JSON object a line."""

    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    """The least important lines of the log that are written."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class RunSettings(BaseModel):
    """A process's part of Settings."""

    mode: Mode | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    keep_alive_seconds: int = Field(default=75, ge=1, le=86_400)
    var_dir: Path = Path("var")
    log_format: LogFormat | None = None
    log_level: LogLevel = LogLevel.INFO

    @field_validator("host")
    @classmethod
    def _is_host(cls, value: str) -> str:
        if not re.fullmatch(r"[\w.:%-]+", value):
            raise ValueError("has to be an address or a name alone, such as 127.0.0.1: no scheme, no brackets, no path")
        return value


class ConnectionSettings(BaseModel):
    """The part of Settings for the connections of a server, and of a worker's port."""

    connections_max: int = Field(default=0, ge=0, le=1_000_000)  # 0: as many as the limit on open files permits
    connections_per_address_max: int = Field(default=0, ge=0, le=1_000_000)  # 0: half of those in all
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    head_seconds_max: float = Field(default=10.0, gt=0, le=300)
    head_bytes_max: int = Field(default=32_768, ge=4_096, le=1_048_576)
    reader_seconds_max: float = Field(default=30.0, gt=0, le=600)
    unread_bytes_max: int = Field(default=134_217_728, ge=65_536, le=1_000_000_000_000)

    def connection_errors(self) -> Iterator[str]:
        """Yields a sentence if an entry of `trusted_proxies` is neither an address nor a network."""
        for entry in self.trusted_proxies:
            try:
                ip_network(entry, strict=False)
            except ValueError:
                yield "PERENNIAL_TRUSTED_PROXIES has something that is neither an address nor a network (10.0.0.0/8)"
