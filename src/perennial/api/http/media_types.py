"""Which form of an answer a client prefers, by its Accept header (RFC 9110, 12.5.1; GraphQL over HTTP)."""

from enum import StrEnum


class MediaType(StrEnum):
    """What an answer can be sent as."""

    JSON = "application/json"  # whatever became of the document, its status is 200
    RESPONSE = "application/graphql-response+json"  # its status tells whether the document was executed
    EVENTS = "text/event-stream"  # graphql-sse, each operation on a connection of its own


_ANY = ("*/*", "application/*")


def preferred(accept: str) -> MediaType | None:
    """What is wanted most; of what is wanted as much, what is named first. None where nothing of ours will do.

    Whoever names nothing takes JSON; so does whoever takes anything, unless they name it as what they do not take.
    """
    if not accept.strip():
        return MediaType.JSON
    ranges = [(part.partition(";")[0].strip().lower(), _quality(part)) for part in accept.split(",")]
    refused = {name for name, quality in ranges if not quality}
    anything = next((one for one in (MediaType.JSON, MediaType.RESPONSE) if one not in refused), None)
    meant = {one.value: one for one in MediaType} | dict.fromkeys(_ANY, anything)
    known = [(quality, kind) for name, quality in ranges if quality and (kind := meant.get(name))]
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
