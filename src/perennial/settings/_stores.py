"""Settings for the stores: the database, and the Redis that holds alarms."""

from collections.abc import Iterator
from enum import StrEnum

from pydantic import BaseModel, Field, SecretStr, field_validator

from perennial.core.errors import SettingsError
from perennial.settings.database_url import read_database_url
from perennial.settings.redis_url import RedisUrlError, read_redis_url

_PREFIX = "1 to 64 of A to Z, a to z, 0 to 9, and _ . : -"


class Pooler(StrEnum):
    """Whether a pooler such as PgBouncer is between us and PostgreSQL, which then keeps no statements prepared."""

    AUTO = "auto"  # it is looked for
    ON = "on"  # there is one, even if it is not recognised
    OFF = "off"  # statements are kept prepared in spite of one, which has to support that


class StoreSettings(BaseModel):
    """The stores' part of Settings."""

    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    redis_url: SecretStr | None = Field(default=None, validation_alias="REDIS_URL")
    redis_prefix: str = Field(default="perennial", pattern=r"^[A-Za-z0-9_.:-]{1,64}$", description=_PREFIX)
    database_pool_size: int = Field(default=10, ge=2, le=1000)
    database_pooler: Pooler = Pooler.AUTO
    migrate_on_start: bool = True

    @field_validator("redis_prefix")
    @classmethod
    def _not_arqs(cls, value: str) -> str:
        parts = value.split(":")
        if parts[0] == "arq":
            raise ValueError("may not be arq, with which the keys of every program that uses arq begin")
        if "" in parts:
            raise ValueError("has a colon that is not between two names; one follows it already")
        return value

    def store_errors(self) -> Iterator[str]:
        """Yields a sentence for each of these settings that production needs and lacks, or cannot use."""
        if self.database_url is None:
            yield "DATABASE_URL is missing: production needs postgres://…"
        else:
            yield from self._database_url_errors(self.database_url.get_secret_value())
        if self.redis_url is None:
            yield "REDIS_URL is missing: production needs redis://…"
        else:
            yield from self._redis_url_errors(self.redis_url.get_secret_value())

    def _database_url_errors(self, url: str) -> Iterator[str]:
        try:
            read_database_url(url)
        except SettingsError as error:
            yield str(error)

    def _redis_url_errors(self, url: str) -> Iterator[str]:
        try:
            read_redis_url(url)
        except RedisUrlError as error:
            yield f"REDIS_URL {error}"
