"""Settings for the way out: the variables for proxies, which other programs read too."""

import os
from collections.abc import Iterator

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

from perennial.settings.proxies.choosing import Proxies, Proxy, ProxyUrlError, read_proxy

_VARIABLES = ("https_proxy", "http_proxy", "no_proxy")


class ProxySettings(BaseSettings):
    """The proxies' part of Settings."""

    https_proxy: SecretStr | None = Field(default=None, validation_alias="HTTPS_PROXY")
    http_proxy: SecretStr | None = Field(default=None, validation_alias="HTTP_PROXY")
    no_proxy: str | None = Field(default=None, validation_alias="NO_PROXY")

    @property
    def proxies(self) -> Proxies:
        """The proxies that requests take. Raises ProxyUrlError, which `proxy_errors` has told before."""
        return Proxies(_read(self.https_proxy), _read(self.http_proxy), self.no_proxy or "")

    def proxy_errors(self) -> Iterator[str]:
        """Yields a sentence for each proxy's URL that is none."""
        for name, value in (("HTTPS_PROXY", self.https_proxy), ("HTTP_PROXY", self.http_proxy)):
            try:
                _read(value)
            except ProxyUrlError as error:
                yield f"{name} {error}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Where one of these is set in lower case and in upper case, the lower case holds, as in curl and urllib."""
        if isinstance(env_settings, EnvSettingsSource):
            lower = {name: os.environ[name] for name in _VARIABLES if os.environ.get(name)}
            env_settings.env_vars = {**env_settings.env_vars, **lower}
        return super().settings_customise_sources(
            settings_cls, init_settings, env_settings, dotenv_settings, file_secret_settings
        )


def _read(url: SecretStr | None) -> Proxy | None:
    return read_proxy(url.get_secret_value().strip()) if url else None
