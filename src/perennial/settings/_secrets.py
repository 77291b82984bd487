"""Settings for secrets: the issuer of bearer tokens, and the keys that encrypt platform tokens."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, SecretStr
from pydantic_settings import NoDecode

from perennial.settings.validators import HTTP, has_credentials, http_url_error, is_fernet_key, is_url


class SecretSettings(BaseModel):
    """The part of Settings about bearer tokens and encryption keys."""

    issuer: str | None = None
    jwks_url: str | None = None
    jwt_key: str | None = None
    authorized_parties: Annotated[tuple[str, ...], NoDecode] = ()
    token_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()

    def token_key_errors(self) -> Iterator[str]:
        """Yields a sentence for each key that is not a Fernet key."""
        for key in self.token_keys:
            if not is_fernet_key(key.get_secret_value()):
                yield "PERENNIAL_TOKEN_KEYS has a key that is not a Fernet key (32 bytes in URL-safe base64)"

    def secret_errors(self) -> Iterator[str]:
        """Yields a sentence for each of these settings that production needs and lacks, or cannot use."""
        if not self.issuer:
            yield "PERENNIAL_ISSUER is missing: whose bearer tokens are to be accepted?"
        elif has_credentials(self.issuer):
            yield f"PERENNIAL_ISSUER {http_url_error(self.issuer)}"
        elif not (self.jwks_url or self.jwt_key or is_url(self.issuer, *HTTP)):
            yield "PERENNIAL_ISSUER is not an http or https URL, so PERENNIAL_JWKS_URL or PERENNIAL_JWT_KEY is missing"
        if self.jwks_url and (error := http_url_error(self.jwks_url)):
            yield f"PERENNIAL_JWKS_URL {error}"
        if self.jwks_url and self.jwt_key:
            yield "PERENNIAL_JWKS_URL and PERENNIAL_JWT_KEY are both set: the issuer's keys have one source"
        if not self.token_keys:
            yield "PERENNIAL_TOKEN_KEYS is missing: platform tokens are kept encrypted with it"
