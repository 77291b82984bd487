"""What can be configured of the API: how large a request may be, what it may ask for, and who may ask from where."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, NoDecode

from perennial.settings.validators import is_origin


class Introspection(StrEnum):
    """Who may ask for the schema."""

    OPEN = "open"  # everybody
    TOKEN = "token"  # whoever shows a good bearer token  # noqa: S105
    OFF = "off"  # nobody


class ApiSettings(BaseSettings):
    """The API's part of the configuration. Every limit is on one request, unless it says otherwise."""

    body_bytes_max: int = Field(default=262_144, ge=1_024, le=100_000_000)
    document_length_max: int = Field(default=16_384, ge=100, le=10_000_000)  # characters
    document_tokens_max: int = Field(default=2_000, ge=10, le=1_000_000)
    document_comparisons_max: int = Field(default=25_000, ge=100, le=10_000_000)  # of fields that are named twice
    query_depth_max: int = Field(default=16, ge=1, le=100)
    query_aliases_max: int = Field(default=30, ge=0, le=10_000)
    query_fragments_max: int = Field(default=50, ge=0, le=500)
    query_directives_max: int = Field(default=50, ge=0, le=10_000)
    query_cost_max: int = Field(default=10_000, ge=10, le=10_000_000)  # objects
    page_size_max: int = Field(default=100, ge=25, le=1_000)  # 25 is what is answered where nobody says
    request_seconds_max: float = Field(default=15.0, gt=0, le=300)
    subscriptions_max: int = Field(default=200, ge=1, le=1_000_000)  # of a kind, an owner's, at one server
    requests_per_minute: int = Field(default=1_200, ge=0, le=1_000_000)  # of an owner; 0: as many as they like

    introspection: Introspection = Introspection.TOKEN
    field_suggestions: bool = True
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()

    def api_faults(self) -> Iterator[str]:
        """What of it cannot be right."""
        for origin in self.cors_origins:
            if origin != "*" and not is_origin(origin):
                yield "PERENNIAL_CORS_ORIGINS has something that is neither an origin (https://app.example) nor * (all)"
