"""The setting for /metrics: its token."""

from pydantic import BaseModel, SecretStr, field_validator

TOKEN_LENGTH_MIN = 16


class MetricsSettings(BaseModel):
    """The part of Settings for /metrics."""

    metrics_token: SecretStr | None = None

    @field_validator("metrics_token")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        token = value.get_secret_value() if value else ""
        if value and (len(token) < TOKEN_LENGTH_MIN or not token.isascii() or not token.isprintable() or " " in token):
            raise ValueError(
                f"has to be {TOKEN_LENGTH_MIN} characters or more, all of them printable ASCII, with no space"
            )
        return value
