"""Registers the enums of `core` with GraphQL, and holds Platform, which all topics use.

Each topic has the others in its `enums`. Import an enum from such a module, not from `core`, so that it is registered
in time. The descriptions stand here because `core` knows nothing of GraphQL.
"""

from collections.abc import Mapping
from enum import Enum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from perennial.core.states import Platform

__all__ = ["Platform", "describe_enum"]


def describe_enum(enum: type[Enum], description: str, members: Mapping[Enum, str]) -> None:
    """Registers the enum with GraphQL, under its own name, with descriptions for itself and for each member.

    Raises KeyError for a member without a description.
    """
    strawberry.enum(enum, description=description)
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
