"""Limits on documents, checked after parsing and before validation and execution, also for known documents."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode
from graphql.validation.rules import overlapping_fields_can_be_merged
from graphql.validation.validate import ValidationAbortedError
from strawberry.types.execution import ExecutionContext

from perennial.api.graphql.context import Context
from perennial.api.graphql.extensions._extension import Extension
from perennial.api.limits.measures import DocumentMeasures
from perennial.core.errors import ErrorCode, Unauthenticated
from perennial.settings import Introspection, Settings

SEVERAL_OPERATIONS = "The document has several operations, so operationName has to name one of them."
NO_INTROSPECTION = "Introspection is switched off on this server."
ABORTED = "Validation aborted."  # graphql-core's whole message when its budget is used up
REPETITIVE = (
    "The document names the same fields too often: checking that they can be merged takes more than {:,} comparisons."
)
TOKEN_REQUIRED = "Introspection needs a bearer token on this server."  # noqa: S105


class DocumentLimits(Extension):
    """Refuses documents that are too large or too deep, and introspection by callers who may not use it."""

    def on_parse(self) -> Iterator[None]:
        """Limits the text itself, because a parser's work grows with the tokens."""
        settings = self.context.process.settings
        options: Any = {
            "max_lexical_tokens": settings.document_tokens_max,
            "max_comments": settings.document_tokens_max,
            "max_source_length": settings.document_length_max,
        }
        self.execution_context.parse_options = options  # Strawberry's type for it lacks the newer options
        yield

    def on_validate(self) -> Iterator[None]:
        """Refuses a document that exceeds a limit: it is not validated, so this is its only error.

        Validation takes time quadratic in how often a field is named, so its comparisons have a limit too.
        """
        execution, maximum = self.execution_context, self.context.process.settings.document_comparisons_max
        if execution.graphql_document and (error := _exceeded_limit(execution.graphql_document, self.context)):
            execution.pre_execution_errors = [error]
        elif execution.graphql_document and _name_given(execution) is None and _are_several(execution.graphql_document):
            execution.pre_execution_errors = [
                GraphQLError(SEVERAL_OPERATIONS, extensions={"code": ErrorCode.BAD_REQUEST})
            ]
        overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 2 * maximum  # a comparison uses up two of it
        yield
        errors = execution.pre_execution_errors or []
        if any(isinstance(one, ValidationAbortedError) and one.message == ABORTED for one in errors):
            errors[:] = [
                _refusal(REPETITIVE.format(maximum), "comparisons", maximum)
            ]  # in place: the result has this list


def _exceeded_limit(document: DocumentNode, context: Context) -> GraphQLError | None:
    """The error for a document that exceeds a limit, or introspects without permission; None if there is none."""
    measures = DocumentMeasures(document)
    settings = context.process.settings
    for name, maximum in _limits(settings).items():
        if (number := getattr(measures, name)) > maximum:
            unit = "levels of fields" if name == "depth" else name
            return _refusal(f"The document has {number:,} {unit}; {maximum:,} are allowed.", name, maximum)
    if measures.introspects and not context.may_introspect:
        if settings.introspection == Introspection.OFF:
            return GraphQLError(NO_INTROSPECTION, extensions={"code": ErrorCode.BAD_REQUEST})
        if isinstance(context.caller, Exception) and not isinstance(context.caller, Unauthenticated):
            return GraphQLError(TOKEN_REQUIRED, original_error=context.caller)  # the token could not be checked
        return GraphQLError(TOKEN_REQUIRED, extensions={"code": Unauthenticated.code})
    return None


def _name_given(execution: ExecutionContext) -> str | None:
    """The operation's name in the request, or None; Strawberry's public name falls back to the first operation's."""
    return execution._provided_operation_name


def _are_several(document: DocumentNode) -> bool:
    """Whether there are several operations, of which Strawberry would execute the first."""
    return sum(isinstance(one, OperationDefinitionNode) for one in document.definitions) > 1


def _limits(settings: Settings) -> Mapping[str, int]:
    return {
        "fragments": settings.query_fragments_max,
        "directives": settings.query_directives_max,
        "aliases": settings.query_aliases_max,
        "depth": settings.query_depth_max,
    }


def _refusal(message: str, limit: str, maximum: int) -> GraphQLError:
    """The error for an exceeded limit, whose name and maximum stand in the extensions, for programs."""
    extensions: dict[str, Any] = {"code": ErrorCode.BAD_REQUEST, "limit": limit, "max": maximum}
    return GraphQLError(message, extensions=extensions)
