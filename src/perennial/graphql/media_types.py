"""Which form of an answer a client prefers, by its Accept header (RFC 9110, 12.5.1; GraphQL over HTTP)."""

from enum import StrEnum


class MediaType(StrEnum):
    """What an answer can be sent as."""

    JSON = "application/json"  # whatever became of the document, its status is 200
    RESPONSE = "application/graphql-response+json"  # its status tells whether the document was executed
    EVENTS = "text/event-stream"  # graphql-sse, each operation on a connection of its own


_MEANT = {one.value: one for one in MediaType} | {"*/*": MediaType.JSON, "application/*": MediaType.JSON}


def preferred(accept: str) -> MediaType | None:
    """What is wanted most; of what is wanted as much, what is named first. None where nothing of ours will do.

    Whoever names nothing takes JSON.
    """
    if not accept.strip():
        return MediaType.JSON
    wanted = [(_quality(part), _MEANT.get(part.partition(";")[0].strip().lower())) for part in accept.split(",")]
    known = [(quality, kind) for quality, kind in wanted if kind and quality > 0]
    return max(known, key=lambda one: one[0])[1] if known else None


def wants_page(accept: str) -> bool:
    """Whether a person's browser asks."""
    return any(part.partition(";")[0].strip().lower() == "text/html" for part in accept.split(","))


def _quality(part: str) -> float:
    """The part's `q`, 1 where it has none that can be read."""
    for parameter in part.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 1.0
    return 1.0
