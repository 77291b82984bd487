"""Settings for the API: limits on each request, introspection, and the origins that may call it."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, NoDecode

from perennial.settings.validators import is_origin


class Introspection(StrEnum):
    """Who may introspect the schema."""

    OPEN = "open"  # everybody
    TOKEN = "token"  # callers with a valid bearer token  # noqa: S105
    OFF = "off"  # nobody


class ApiSettings(BaseSettings):
    """The API's part of Settings. Each limit is for one request, unless its comment says otherwise."""

    body_bytes_max: int = Field(default=262_144, ge=1_024, le=100_000_000)
    document_length_max: int = Field(default=16_384, ge=100, le=10_000_000)  # characters
    document_tokens_max: int = Field(default=2_000, ge=10, le=1_000_000)
    document_comparisons_max: int = Field(default=25_000, ge=100, le=10_000_000)  # of pairs of fields with one name
    query_depth_max: int = Field(default=16, ge=1, le=100)
    query_aliases_max: int = Field(default=30, ge=0, le=10_000)
    query_fragments_max: int = Field(default=50, ge=0, le=500)
    query_directives_max: int = Field(default=50, ge=0, le=10_000)
    query_cost_max: int = Field(default=10_000, ge=10, le=10_000_000)  # points
    page_size_max: int = Field(default=100, ge=25, le=1_000)  # 25 is the default of `first`
    request_seconds_max: float = Field(default=15.0, gt=0, le=300)
    operations_at_once_max: int = Field(default=500, ge=1, le=1_000_000)  # queries and mutations in one process
    subscriptions_max: int = Field(default=200, ge=1, le=1_000_000)  # for each owner and kind, in one process
    sockets_max: int = Field(default=100, ge=1, le=1_000_000)  # WebSockets of each owner, in one process
    persisted_queries_bytes_max: int = Field(default=16_777_216, ge=0, le=1_000_000_000)  # added in a day; 0: none
    points_per_minute: int = Field(default=60_000, ge=0, le=1_000_000_000)  # for each owner; 0: no limit
    # What one owner may have, which each creation counts; 0: no limit.
    posts_max: int = Field(default=10_000, ge=0, le=1_000_000)  # made by the owner: the clones of queues do not count
    queues_max: int = Field(default=10_000, ge=0, le=1_000_000)
    duplicate_hours: float = Field(default=23.0, ge=0, le=720)  # how soon a text that goes out again is warned of

    introspection: Introspection = Introspection.TOKEN
    field_suggestions: bool = True
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()

    def api_errors(self) -> Iterator[str]:
        """Yields a sentence for each entry of `cors_origins` that is neither an origin nor `*`."""
        for origin in self.cors_origins:
            if origin != "*" and not is_origin(origin):
                yield "PERENNIAL_CORS_ORIGINS has something that is neither an origin (https://app.example) nor * (all)"
