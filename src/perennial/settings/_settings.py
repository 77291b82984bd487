"""All settings as one object, read from the environment and checked as a whole.

There are two modes. *Embedded*: nothing is configured, and everything runs in one process on loopback. *Production*:
PostgreSQL, Redis, an issuer and keys are configured, or no process starts.
"""

import os
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Self

from pydantic import ValidationError, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from perennial.core import fault_points
from perennial.core.errors import SettingsError
from perennial.settings._api import ApiSettings
from perennial.settings._metrics import MetricsSettings
from perennial.settings._platforms import LINKEDIN_API_URL, LINKEDIN_OAUTH_URL, X_API_URL, PlatformSettings
from perennial.settings._run import ConnectionSettings, LogFormat, Mode, RunSettings
from perennial.settings._secrets import SecretSettings
from perennial.settings._sentences import listed, sentence
from perennial.settings._stores import StoreSettings
from perennial.settings._variables import PREFIX, is_service_address, unknown
from perennial.settings._worker import CronPeriod, WorkerSettings
from perennial.settings.proxies.variables import ProxySettings
from perennial.settings.validators import is_loopback, is_loopback_url, is_unencrypted

_QUOTED = re.compile(r"""(["'`]).*\1|\u201c.*\u201d|\u2018.*\u2019""", re.DOTALL)


class Settings(
    ApiSettings,
    ConnectionSettings,
    MetricsSettings,
    RunSettings,
    StoreSettings,
    SecretSettings,
    WorkerSettings,
    PlatformSettings,
    ProxySettings,
):
    """The whole configuration, from environment variables alone. `Settings.load()` reads and checks it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", env_ignore_empty=True, frozen=True)

    fault_point: str | None = None

    @classmethod
    def load(cls, **given: Any) -> Self:
        """Reads the environment; `given` overrides it.

        Raises SettingsError, which names the invalid variables, and those whose names may be misspelt.
        """
        try:
            settings = cls(**given)
            settings.check()
        except ValidationError as error:
            message = "; ".join(dict.fromkeys(cls._sentence(part) for part in error.errors()))
        except SettingsError as error:
            message = str(error)
        else:
            return settings
        misspelt = cls.unknown_variables(os.environ, incomplete=True).items()
        hints = (f"{name} is set: is {meant} meant?" for name, meant in misspelt if meant)
        raise SettingsError("; ".join([message, *hints]))

    @classmethod
    def variables(cls) -> dict[str, str]:
        """The environment variable of each setting, by the setting's name here."""
        return {name: str(field.validation_alias or PREFIX + name.upper()) for name, field in cls.model_fields.items()}

    @classmethod
    def unknown_variables(cls, environment: Mapping[str, str], *, incomplete: bool = False) -> dict[str, str | None]:
        """The variables whose names are most likely misspelt, each with the setting that was meant, if one is alike.

        Where the settings are `incomplete` they are also those that may well be another program's.
        """
        return unknown(environment, set(cls.variables().values()), incomplete=incomplete)

    @classmethod
    def injected_variables(cls, environment: Mapping[str, str]) -> dict[str, Any]:
        """The settings that are passed over because a Kubernetes Service has set them, each with what holds instead."""
        fields = {variable: cls.model_fields[name] for name, variable in cls.variables().items()}
        return {
            name: fields[name.upper()].default
            for name, value in sorted(environment.items())
            if name.upper() in fields and name.upper().endswith("_PORT") and is_service_address(value)
        }

    @classmethod
    def _sentence(cls, error: Mapping[str, Any]) -> str:
        """About one of pydantic's errors, which names the setting, or its variable where that has no prefix."""
        named, variables = str(error["loc"][0]), cls.variables()
        name = next(one for one, variable in variables.items() if named in (one, variable))
        return sentence(variables[name], cls.model_fields[name], error)

    @field_validator("port", "worker_port", mode="before")
    @classmethod
    def _pass_over_injected(cls, value: Any, info: ValidationInfo) -> Any:
        return cls.model_fields[str(info.field_name)].default if is_service_address(value) else value

    @field_validator("authorized_parties", "token_keys", "cors_origins", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_capitals(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator("process_queues_every", "database_pooler", "mode", "log_format", "introspection", mode="before")
    @classmethod
    def _normalize(cls, value: Any) -> Any:
        text = value.lower() if isinstance(value, str) else value
        return {"hourly": CronPeriod.HOUR, "daily": CronPeriod.DAY}.get(text, text)

    @field_validator("*", mode="before")  # the last one, which pydantic calls first
    @classmethod
    def _clean(cls, value: Any, info: ValidationInfo) -> Any:
        """A value that comes out of a file may end with a newline, or be nothing else, or stand in quotes."""
        if not isinstance(value, str):
            return value
        text = value.strip()
        if _QUOTED.fullmatch(text):
            raise ValueError("is in quotes, which not every reader of an env file takes off: write it without them")
        return text or cls.model_fields[str(info.field_name)].default

    @cached_property
    def embedded(self) -> bool:
        """Whether everything runs in one process."""
        return self.mode != Mode.PRODUCTION and self.database_url is None

    @cached_property
    def json_logs(self) -> bool:
        """Whether the log is written as JSON lines: as set, by default in production only."""
        return self.log_format == LogFormat.JSON if self.log_format else not self.embedded

    def check(self) -> None:
        """Raises SettingsError with a sentence for each setting that is missing, invalid, or contradicts another."""
        mode_errors = self._embedded_errors() if self.embedded else self._production_errors()
        if errors := dict.fromkeys([*self._shared_errors(), *mode_errors]):
            raise SettingsError("; ".join(errors))

    def _shared_errors(self) -> Iterator[str]:
        if self.mode == Mode.EMBEDDED and self.database_url is not None:
            yield "PERENNIAL_MODE is embedded, but DATABASE_URL is set: unset one of them"
        yield from self.token_key_errors()
        yield from self.platform_url_errors()
        yield from self.proxy_errors()
        yield from self.api_errors()
        yield from self.connection_errors()
        yield from self.oauth_client_errors()
        if self.fault_point:
            yield from self._fault_point_errors(self.fault_point)

    def _fault_point_errors(self, value: str) -> Iterator[str]:
        try:
            fault_points.parse(value)
        except ValueError:
            known = ", ".join(fault_points.FaultPoint)
            yield f"PERENNIAL_FAULT_POINT is none of {known}, with or without a :count"
        sandboxed = {X_API_URL, LINKEDIN_API_URL, LINKEDIN_OAUTH_URL} if self.embedded else set()
        if not all(url in sandboxed or is_loopback_url(url) for url in self.platform_urls):
            yield "PERENNIAL_FAULT_POINT kills the process: it is refused unless every platform address is on loopback"

    def _embedded_errors(self) -> Iterator[str]:
        if not is_loopback(self.host):
            yield f"PERENNIAL_HOST is {self.host}: the embedded mode listens on loopback only (127.0.0.1, ::1)"
        names = self.variables()
        if given := [names[one] for one in ("redis_url", "issuer", "jwks_url", "jwt_key") if getattr(self, one)]:
            verb = "are" if len(given) > 1 else "is"
            yield f"DATABASE_URL is missing, though {listed(given)} {verb} set: production needs it too"

    def _production_errors(self) -> Iterator[str]:
        yield from self.store_errors()
        yield from self.secret_errors()
        for name in ("issuer", "jwks_url", "x_api_url", "linkedin_api_url", "linkedin_oauth_url"):
            if is_unencrypted(getattr(self, name) or ""):
                yield f"{PREFIX}{name.upper()} is an http URL of another machine: use https, http is for loopback alone"
