"""The embedded mode's own token issuer, an RSA key in a file. Its tokens are verified like any issuer's."""

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
    """The issuer of bearer tokens, for any user that a caller on this machine names."""

    issuer: ClassVar[str] = "perennial-embedded"

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._key = key

    @classmethod
    def load_or_create(cls, folder: Path) -> Self:
        """Loads the key from the folder, or creates it there on the first start, so that tokens outlive a restart.

        Raises SettingsError if the file is not an RSA private key.
        """
        path = folder / FILE_NAME
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            write_atomically(path, _new_private_pem())
        return cls(_load_private_key(path))

    @property
    def public_pem(self) -> str:
        """The public key in PEM, as the setting `jwt_key` takes it."""
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def token(self, user: str, now: datetime) -> str:
        """A bearer token for the user, valid for a day. Raises InvalidInput if the name cannot be an owner's id."""
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


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a file in one step. Only this user can read it, from its first byte on (mkstemp's 0600)."""
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


def _load_private_key(path: Path) -> rsa.RSAPrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise SettingsError(f"{path} (below PERENNIAL_VAR_DIR) is not an RSA private key: remove it to have a new one")
    return key
