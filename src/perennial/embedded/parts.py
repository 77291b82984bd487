"""The resources of the embedded mode: a locked folder with the database, a Redis child, keys, and an identity."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from pydantic import SecretStr

from perennial.core.errors import SettingsError
from perennial.db.folder_lock import exclusive_folder
from perennial.embedded._identity import EmbeddedIdentity, write_atomically
from perennial.embedded._redis_keeping import kept_redis
from perennial.process.listening import address
from perennial.settings import LINKEDIN_API_URL, LINKEDIN_OAUTH_URL, X_API_URL, Settings
from perennial.settings.validators import is_fernet_key


@dataclass(frozen=True)
class Embedded:
    """The open resources of the mode: complete settings, the token issuer, and the file of the sandbox's posts."""

    settings: Settings
    identity: EmbeddedIdentity
    record_file: Path


@contextmanager
def open_embedded(settings: Settings, port: int) -> Iterator[Embedded]:
    """Locks `var_dir`, starts Redis and completes the settings; `port` is the one that the server will listen on.

    Raises SettingsError if another process has locked the folder, or if Redis cannot be started.
    """
    folder = settings.var_dir
    with exclusive_folder(folder), kept_redis(folder / "redis") as redis_url:
        identity = EmbeddedIdentity.load_or_create(folder)
        replaced = _embedded_settings(settings, redis_url, identity, _sandbox_url(settings, port))
        yield Embedded(settings.model_copy(update=replaced), identity, folder / "sandbox.jsonl")


def _embedded_settings(settings: Settings, redis_url: str, identity: EmbeddedIdentity, sandbox: str) -> dict[str, Any]:
    """The settings that the mode replaces. A platform's URL becomes the sandbox's, unless a setting changed it."""
    urls = {
        "x_api_url": (X_API_URL, f"{sandbox}/x"),
        "linkedin_api_url": (LINKEDIN_API_URL, f"{sandbox}/linkedin"),
        "linkedin_oauth_url": (LINKEDIN_OAUTH_URL, f"{sandbox}/linkedin/oauth/v2"),
    }
    return {
        "redis_url": SecretStr(redis_url),
        "issuer": identity.issuer,
        "jwt_key": identity.public_pem,
        "authorized_parties": (),  # this issuer's tokens have no authorized party
        "token_keys": settings.token_keys or (SecretStr(_token_key(settings.var_dir / "token.key")),),
        **{name: url for name, (default, url) in urls.items() if getattr(settings, name) == default},
    }


def _sandbox_url(settings: Settings, port: int) -> str:
    return f"http://{address(settings.host, port)}/sandbox"


def _token_key(file: Path) -> str:
    """Reads the key that encrypts platform tokens, and creates it on the first start. Raises SettingsError."""
    if not file.exists():
        write_atomically(file, Fernet.generate_key())
    key = file.read_bytes().decode(errors="replace").strip()
    if not is_fernet_key(key):
        # A new key would make the stored tokens unreadable; a user who has a copy of the file can put it back.
        raise SettingsError(f"{file} (below PERENNIAL_VAR_DIR) is not a Fernet key: put it back, or remove it")
    return key
