"""The embedded mode's own issuer: one RSA key in a file. Its tokens are checked as any issuer's are."""

import os
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar, Self
from uuid import uuid4

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from perennial.api.auth.bearer_tokens import is_owner_id
from perennial.core.errors import InvalidInput, SettingsError

FILE_NAME = "identity.pem"
TOKEN_LIFE = timedelta(hours=24)


class EmbeddedIdentity:
    """Says who somebody is, to whoever asks from this machine."""

    issuer: ClassVar[str] = "perennial-embedded"

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._key = key

    @classmethod
    def load_or_create(cls, folder: Path) -> Self:
        """The identity kept in the folder: the same from run to run, so tokens outlive a restart."""
        path = folder / FILE_NAME
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, _new_private_pem())
        return cls(_load(path))

    @property
    def public_pem(self) -> str:
        """What PemKey takes."""
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def token(self, user: str, now: datetime) -> str:
        """A bearer token for the user, good for a day. Raises InvalidInput where that cannot be an owner's id."""
        if not is_owner_id(user):
            raise InvalidInput("user", "A user's name has 1 to 255 printable characters.")
        if now.tzinfo is None:
            raise ValueError("now has no time zone")
        issued, expires = int(now.timestamp()), int((now + TOKEN_LIFE).timestamp())
        claims = {"iss": self.issuer, "sub": user, "iat": issued, "nbf": issued, "exp": expires, "jti": uuid4().hex}
        return jwt.encode(claims, self._key, algorithm="RS256")


def _new_private_pem() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def write_whole(path: Path, content: bytes) -> None:
    """The file is there whole or not at all, and nobody else's to read from its first byte on (mkstemp's 0600)."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _load(path: Path) -> rsa.RSAPrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise SettingsError(f"{path} (below PERENNIAL_VAR_DIR) is not an RSA private key: remove it to have a new one")
    return key
