"""What the mutations of several things share: an error for each that was refused."""

from typing import Self

import strawberry
from graphql import GraphQLError

from perennial.api.graphql._enums import ErrorCode
from perennial.api.graphql.context import Info
from perennial.api.graphql.extensions.error_codes import translate

NOT_BEGUN = "This was not begun, because the ones before it met an outage or took too long; ask again for it."


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
