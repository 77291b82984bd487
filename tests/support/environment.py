"""Settings as an operator gives them: by environment variables."""

from collections.abc import Callable

import pytest
from cryptography.fernet import Fernet

from perennial.settings import Settings

# A whole production, with a secret wherever there may be one.
PRODUCTION = {
    "DATABASE_URL": "postgres://perennial:hunter2@db.example/perennial",
    "REDIS_URL": "redis://:hunter2@redis.example/0",
    "PERENNIAL_ISSUER": "https://issuer.example",
    "PERENNIAL_TOKEN_KEYS": Fernet.generate_key().decode(),
}


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """Sets these variables, beside those that are set already, and loads the settings."""

    def load_from(*variables: dict[str, str]) -> Settings:
        for name, value in [pair for some in variables for pair in some.items()]:
            monkeypatch.setenv(name, value)
        return Settings.load()

    return load_from
