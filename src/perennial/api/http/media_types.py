"""Negotiates a response's media type by the Accept header (RFC 9110, 12.5.1; GraphQL over HTTP)."""

from enum import StrEnum


class MediaType(StrEnum):
    """The media types of responses."""

    JSON = "application/json"  # its status is 200, whether or not the document was executed
    RESPONSE = "application/graphql-response+json"  # its status tells whether the document was executed
    EVENTS = "text/event-stream"  # graphql-sse, a connection for each operation


_ANY = ("*/*", "application/*")


def preferred(accept: str) -> MediaType | None:
    """The acceptable media type with the highest quality, the first of equals; None if none is acceptable.

    An empty header means JSON; so does a wildcard, unless the header excludes JSON with `q=0`.
    """
    if not accept.strip():
        return MediaType.JSON
    ranges = [(part.partition(";")[0].strip().lower(), _quality(part)) for part in accept.split(",")]
    refused = {name for name, quality in ranges if not quality}
    wildcard = next((kind for kind in (MediaType.JSON, MediaType.RESPONSE) if kind not in refused), None)
    kinds = {kind.value: kind for kind in MediaType} | dict.fromkeys(_ANY, wildcard)
    known = [(quality, kind) for name, quality in ranges if quality and (kind := kinds.get(name))]
    return max(known, key=lambda pair: pair[0])[1] if known else None


def wants_page(accept: str) -> bool:
    """Whether the client is a browser that asks for a page."""
    return any(part.partition(";")[0].strip().lower() == "text/html" for part in accept.split(","))


def _quality(part: str) -> float:
    """The `q` of a media range, 1.0 if it has none that can be parsed."""
    for parameter in part.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 1.0
    return 1.0
