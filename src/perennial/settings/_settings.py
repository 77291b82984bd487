"""What can be configured, by environment variables alone. docs/settings.md lists all of it.

Two modes. *Embedded*: nothing configured, everything in one process on loopback. *Production*: PostgreSQL, Redis, an
issuer and keys are named, or nothing starts.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from perennial.core import fault_points
from perennial.core.errors import SettingsError
from perennial.settings._api import ApiSettings
from perennial.settings._operations import OperationsSettings
from perennial.settings.validators import HTTP, is_fernet_key, is_loopback, is_url, leads_to_loopback

PREFIX = "PERENNIAL_"
X_API_URL = "https://api.x.com"
LINKEDIN_API_URL = "https://api.linkedin.com"
LINKEDIN_OAUTH_URL = "https://www.linkedin.com/oauth/v2"


class Mode(StrEnum):
    """How Perennial runs."""

    EMBEDDED = "embedded"
    PRODUCTION = "production"


class LogFormat(StrEnum):
    """How the log is written."""

    CONSOLE = "console"
    JSON = "json"


class Every(StrEnum):
    """The cron's period: at second 0 of every minute, minute 0 of every hour, or 00:00 UTC of every day."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


CommaSeparated = Annotated[tuple[str, ...], NoDecode]


class Settings(ApiSettings, OperationsSettings):
    """The whole configuration. `Settings.load()` reads and checks it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", env_ignore_empty=True, frozen=True)

    mode: Mode | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    var_dir: Path = Path("var")
    log_format: LogFormat | None = None
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    redis_url: SecretStr | None = Field(default=None, validation_alias="REDIS_URL")
    database_pool_size: int = Field(default=10, ge=2, le=1000)
    migrate_on_start: bool = True

    issuer: str | None = None
    jwks_url: str | None = None
    jwt_key: str | None = None
    authorized_parties: CommaSeparated = ()
    token_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()

    process_queues_every: Every = Every.MINUTE
    poll_delay_seconds: float = Field(default=0.025, gt=0, le=5)
    platform_requests_max: int = Field(default=100, ge=1, le=10_000)
    account_requests_max: int = Field(default=4, ge=1, le=1_000)

    x_api_url: str = X_API_URL
    x_client_id: str | None = None
    x_client_secret: SecretStr | None = None
    linkedin_api_url: str = LINKEDIN_API_URL
    linkedin_oauth_url: str = LINKEDIN_OAUTH_URL
    linkedin_version: str = Field(default="202609", pattern=r"^\d{6}$")
    linkedin_client_id: str | None = None
    linkedin_client_secret: SecretStr | None = None

    fault_point: str | None = None

    @classmethod
    def load(cls, **given: Any) -> Self:
        """Reads the environment (and what is given by name). Raises SettingsError, naming the variable at fault."""
        try:
            settings = cls(**given)
        except ValidationError as error:
            raise SettingsError("; ".join(_complaint(part) for part in error.errors())) from None
        settings.check()
        return settings

    @classmethod
    def unknown(cls, names: Iterable[str]) -> list[str]:
        """Those of the variables' names that begin like ours and are none: somebody believes that they are set."""
        known = {PREFIX + name.upper() for name in cls.model_fields}
        return sorted(name for name in names if name.upper().startswith(PREFIX) and name.upper() not in known)

    @field_validator("authorized_parties", "token_keys", "cors_origins", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("process_queues_every", "mode", "log_format", "introspection", mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        word = value.lower() if isinstance(value, str) else value
        return {"hourly": Every.HOUR, "daily": Every.DAY}.get(word, word)

    @cached_property
    def embedded(self) -> bool:
        """Whether everything runs in one process."""
        return self.mode != Mode.PRODUCTION and self.database_url is None

    @cached_property
    def json_logs(self) -> bool:
        """Whether the log is JSON lines: by setting, else in production."""
        return self.log_format == LogFormat.JSON if self.log_format else not self.embedded

    @cached_property
    def platform_urls(self) -> tuple[str, ...]:
        """Where requests to platforms go."""
        return (self.x_api_url, self.linkedin_api_url, self.linkedin_oauth_url)

    def check(self) -> None:
        """Raises SettingsError where the parts do not make a whole."""
        faults = [*self._faults_of_both_modes(), *(self._embedded_faults() if self.embedded else self._faults())]
        if faults:
            raise SettingsError("; ".join(faults))

    def _faults_of_both_modes(self) -> Iterator[str]:
        if self.mode == Mode.EMBEDDED and self.database_url is not None:
            yield "PERENNIAL_MODE is embedded, but DATABASE_URL is set: unset one of them"
        for key in self.token_keys:
            if not is_fernet_key(key.get_secret_value()):
                yield "PERENNIAL_TOKEN_KEYS has a key that is not a Fernet key (32 bytes in URL-safe base64)"
        for name, url in zip(("X_API_URL", "LINKEDIN_API_URL", "LINKEDIN_OAUTH_URL"), self.platform_urls, strict=True):
            if not is_url(url, *HTTP):
                yield f"{PREFIX}{name} is not an http or https URL"
        yield from self.api_faults()
        for name in ("x", "linkedin"):
            if getattr(self, f"{name}_client_secret") and not getattr(self, f"{name}_client_id"):
                yield f"{PREFIX}{name.upper()}_CLIENT_ID is missing, though its secret is set"
        if self.linkedin_client_id and not self.linkedin_client_secret:
            yield "PERENNIAL_LINKEDIN_CLIENT_SECRET is missing, though its id is set"
        if self.fault_point:
            yield from self._fault_point_faults(self.fault_point)

    def _fault_point_faults(self, value: str) -> Iterator[str]:
        try:
            fault_points.parse(value)
        except ValueError:
            known = ", ".join(fault_points.FaultPoint)
            yield f"PERENNIAL_FAULT_POINT is none of {known}, with or without a :count"
        sandboxed = {X_API_URL, LINKEDIN_API_URL, LINKEDIN_OAUTH_URL} if self.embedded else set()
        if not all(url in sandboxed or leads_to_loopback(url) for url in self.platform_urls):
            yield "PERENNIAL_FAULT_POINT kills the process: it is refused unless every platform address is on loopback"

    def _embedded_faults(self) -> Iterator[str]:
        if not is_loopback(self.host):
            yield f"PERENNIAL_HOST is {self.host}: the embedded mode listens on loopback only (127.0.0.1, ::1)"
        for name in ("redis_url", "issuer", "jwks_url", "jwt_key"):
            if getattr(self, name):
                variable = "REDIS_URL" if name == "redis_url" else PREFIX + name.upper()
                yield f"DATABASE_URL is missing, though {variable} is set: production needs both"

    def _faults(self) -> Iterator[str]:
        if self.database_url is None:
            yield "DATABASE_URL is missing: production needs postgres://…"
        elif not is_url(self.database_url.get_secret_value(), "postgres", "postgresql"):
            yield "DATABASE_URL is not a postgres://… URL (are /, # and ? in its password escaped?)"
        if self.redis_url is None:
            yield "REDIS_URL is missing: production needs redis://…"
        elif not is_url(self.redis_url.get_secret_value(), "redis", "rediss", "unix"):
            yield "REDIS_URL is not a redis://…, rediss://… or unix://… URL (are /, # and ? in its password escaped?)"
        if not self.issuer:
            yield "PERENNIAL_ISSUER is missing: whose bearer tokens are to be accepted?"
        elif not (self.jwks_url or self.jwt_key or is_url(self.issuer, *HTTP)):
            yield "PERENNIAL_ISSUER is not an http or https URL, so PERENNIAL_JWKS_URL or PERENNIAL_JWT_KEY is missing"
        if self.jwks_url and not is_url(self.jwks_url, *HTTP):
            yield "PERENNIAL_JWKS_URL is not an http or https URL"
        if self.jwks_url and self.jwt_key:
            yield "PERENNIAL_JWKS_URL and PERENNIAL_JWT_KEY are both set: the issuer's keys have one source"
        if not self.token_keys:
            yield "PERENNIAL_TOKEN_KEYS is missing: platform tokens are kept encrypted with it"


def _complaint(error: Any) -> str:
    """One line about one of pydantic's errors, with the variable's name and without its value."""
    name = str(error["loc"][0]) if error["loc"] else "the environment"
    variable = name if name.isupper() else PREFIX + name.upper()
    return f"{variable}: {error['msg']}"
