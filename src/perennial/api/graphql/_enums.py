"""Registers the enums of `core` with GraphQL, and holds Platform and ErrorCode, which several topics use.

Each topic has the others in its `enums`. Import an enum from such a module, not from `core`, so that it is registered
in time. The descriptions stand here because `core` knows nothing of GraphQL.
"""

from collections.abc import Mapping
from enum import Enum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from perennial.core.errors import ErrorCode
from perennial.core.states import Platform

__all__ = ["ErrorCode", "Platform", "describe_enum"]


def describe_enum(enum: type[Enum], description: str, members: Mapping[Enum, str], name: str | None = None) -> None:
    """Registers the enum with GraphQL, under its own name or another, with descriptions for itself and each member.

    Raises KeyError for a member without a description.
    """
    strawberry.enum(enum, name=name, description=description)
    definition: StrawberryEnumDefinition = vars(enum)["__strawberry_definition__"]
    for value in definition.values:
        value.description = members[enum[value.name]]


describe_enum(
    Platform,
    "A platform on which posts are published.",
    {
        Platform.X: (
            "The platform X. A text may count up to 280 characters, of which a link counts 23 and an emoji 2."
        ),
        Platform.LINKEDIN: (
            "The platform LinkedIn. A text may count up to 3,000 characters, of which an emoji or a reserved "
            "character counts 2."
        ),
    },
)

describe_enum(
    ErrorCode,
    "Why something is refused: all values that an error has in `extensions.code`, in every answer.",
    {
        ErrorCode.UNAUTHENTICATED: "There is no bearer token, or it is malformed, expired or another issuer's.",
        ErrorCode.NOT_FOUND: "There is no such thing, or it is not the caller's.",
        ErrorCode.BAD_USER_INPUT: "A value is not acceptable.",
        ErrorCode.CONFLICT: "The thing is there, but its state does not allow this now.",
        ErrorCode.QUOTA_EXCEEDED: "The caller has as many of these as one user may have.",
        ErrorCode.RATE_LIMITED: (
            "The caller has fewer points left in this minute than this costs, or a platform asks for a pause."
        ),
        ErrorCode.BAD_REQUEST: (
            "It is no GraphQL request, asks for what the schema does not have, or exceeds a limit of documents."
        ),
        ErrorCode.PERSISTED_QUERY_NOT_FOUND: (
            "No document is known by the hash that the request sent in its place. It is said of whole requests alone, "
            "and clients that send hashes then send the document."
        ),
        ErrorCode.UNAVAILABLE: "It cannot be done just now, by nobody's fault. It may be asked for again.",
        ErrorCode.INTERNAL_SERVER_ERROR: "It failed by a fault of the service.",
    },
)
