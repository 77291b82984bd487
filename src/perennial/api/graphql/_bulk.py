"""What the mutations of several things share: at most so many ids, and an error for each that was refused."""

from collections.abc import Sequence
from typing import Self

import strawberry
from graphql import GraphQLError
from strawberry import ID

from perennial.api.graphql._enums import describe_enum
from perennial.api.graphql.context import Info
from perennial.api.graphql.extensions.error_codes import translate
from perennial.api.limits.cost import IDS_MAX
from perennial.core.errors import ErrorCode, InvalidInput

NOT_BEGUN = "This was not begun, because the ones before it met an outage or took too long; ask again for it."

describe_enum(
    ErrorCode,
    "Why something is refused: all values that an error has in `extensions.code`, in every answer.",
    {
        ErrorCode.UNAUTHENTICATED: "There is no bearer token, or it is malformed, expired or another issuer's.",
        ErrorCode.NOT_FOUND: "There is no such thing, or it is not the caller's.",
        ErrorCode.BAD_USER_INPUT: "A value is not acceptable.",
        ErrorCode.CONFLICT: "The thing is there, but its state does not allow this now.",
        ErrorCode.QUOTA_EXCEEDED: "The caller has as many of these as one user may have.",
        ErrorCode.RATE_LIMITED: "The caller sent too many requests, or a platform asks for a pause.",
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


@strawberry.type(description="Why a mutation of several things was refused for one of them.")
class BulkError:
    code: ErrorCode = strawberry.field(
        description="The code that the error of a mutation of this thing alone would have, for programs."
    )
    message: str = strawberry.field(
        description=(
            "A sentence for people. After UNAVAILABLE it says whether nothing was done, or it may have been done all "
            "the same."
        )
    )
    field: str | None = strawberry.field(
        default=None, description="The input's field whose value is not acceptable; null if it is not about one."
    )

    @classmethod
    def of(cls, info: Info, error: Exception, *, may_be_done: bool) -> Self:
        """The error as its caller gets it: with its code, and nothing internal. What is ours to log is logged."""
        raised = GraphQLError(str(error), path=info.path.as_list(), original_error=error)
        told = translate(raised, None, may_have_written=may_be_done)
        extensions = told.extensions or {}
        return cls(code=ErrorCode(extensions["code"]), message=told.message, field=extensions.get("field"))

    @classmethod
    def not_begun(cls) -> Self:
        """The error of what was left out, because what came before it met an outage or took too long."""
        return cls(code=ErrorCode.UNAVAILABLE, message=NOT_BEGUN)


def check_number(ids: Sequence[ID]) -> None:
    """Raises InvalidInput if there are no ids, or too many."""
    if not 1 <= len(ids) <= IDS_MAX:
        raise InvalidInput("ids", f"There must be from 1 to {IDS_MAX} ids.")
