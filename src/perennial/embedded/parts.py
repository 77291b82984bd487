"""The embedded mode's own parts: a locked folder with the database, a Redis child, keys, and an identity."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from pydantic import SecretStr

from perennial.core.errors import SettingsError
from perennial.db.folder_lock import exclusive_folder
from perennial.embedded._identity import EmbeddedIdentity, write_whole
from perennial.embedded._redis_child import redis_child
from perennial.settings import LINKEDIN_API_URL, LINKEDIN_OAUTH_URL, X_API_URL, Settings
from perennial.settings.validators import is_fernet_key


@dataclass(frozen=True)
class Embedded:
    """What the mode adds: complete settings, who says who somebody is, and where the sandbox keeps its record."""

    settings: Settings
    identity: EmbeddedIdentity
    record_file: Path


@contextmanager
def embedded(settings: Settings, port: int) -> Iterator[Embedded]:
    """Locks `var_dir`, starts Redis and completes the settings; `port` is where the sandbox will be listening.

    Raises SettingsError where another process has the folder, or where Redis cannot be started.
    """
    folder = settings.var_dir
    with exclusive_folder(folder), redis_child(folder / "redis") as redis_url:
        identity = EmbeddedIdentity.load_or_create(folder)
        found = settings.model_copy(update=_parts(settings, redis_url, identity, _sandbox_url(settings, port)))
        yield Embedded(found, identity, folder / "sandbox.jsonl")


def _parts(settings: Settings, redis_url: str, identity: EmbeddedIdentity, sandbox: str) -> dict[str, Any]:
    """A platform that was named by setting stays where it is; the others are the sandbox."""
    urls = {
        "x_api_url": (X_API_URL, f"{sandbox}/x"),
        "linkedin_api_url": (LINKEDIN_API_URL, f"{sandbox}/linkedin"),
        "linkedin_oauth_url": (LINKEDIN_OAUTH_URL, f"{sandbox}/linkedin/oauth/v2"),
    }
    return {
        "redis_url": SecretStr(redis_url),
        "issuer": identity.issuer,
        "jwt_key": identity.public_pem,
        "authorized_parties": (),  # our own tokens come from no origin
        "token_keys": settings.token_keys or (SecretStr(_token_key(settings.var_dir / "token.key")),),
        **{name: ours for name, (real, ours) in urls.items() if getattr(settings, name) == real},
    }


def _sandbox_url(settings: Settings, port: int) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{port}/sandbox"


def _token_key(file: Path) -> str:
    """The key that encrypts platform tokens, made on the first start."""
    if not file.exists():
        write_whole(file, Fernet.generate_key())
    key = file.read_bytes().decode(errors="replace").strip()
    if not is_fernet_key(key):
        # Not simply made anew: whoever has a copy of the file can put it back, and keeps the connected accounts.
        raise SettingsError(f"{file} (below PERENNIAL_VAR_DIR) is not a Fernet key: put it back, or remove it")
    return key
