"""Limits on documents, checked after parsing and before validation and execution, also for known documents."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode
from graphql.validation.rules import overlapping_fields_can_be_merged
from graphql.validation.validate import ValidationAbortedError
from strawberry.extensions import SchemaExtension
from strawberry.types.execution import ExecutionContext, PreExecutionError

from perennial.api.graphql.context import Context
from perennial.api.graphql.extensions.error_codes import BAD_REQUEST
from perennial.api.graphql.extensions.known_documents import core_schema
from perennial.api.limits.cost import cost
from perennial.api.limits.measures import DocumentMeasures
from perennial.core.errors import Unauthenticated
from perennial.settings import Introspection, Settings

WHICH = "The document has several operations: operationName has to say which of them is meant."
NO_INTROSPECTION = "Introspection is switched off here."
ABORTED = "Validation aborted."  # graphql-core's whole message when its budget is used up
REPETITIVE = "The document names the same fields too often: to see whether they agree takes more than {:,} comparisons."
TOKEN_WANTED = "Introspection needs a bearer token here."  # noqa: S105


class DocumentLimits(SchemaExtension):
    """Refuses documents that are too large, too deep or too costly, and introspection by callers who may not."""

    def on_parse(self) -> Iterator[None]:
        """Limits the text itself: a parser's work grows with its tokens, before anything is known to be valid."""
        settings = self._context.process.settings
        options: Any = {
            "max_lexical_tokens": settings.document_tokens_max,
            "max_comments": settings.document_tokens_max,
            "max_source_length": settings.document_length_max,
        }
        self.execution_context.parse_options = options  # Strawberry's type for it lacks the newer options
        yield

    def on_validate(self) -> Iterator[None]:
        """Refuses a document beyond a limit, with this one error: it is not validated.

        Validation itself takes time in the square of how often a field is named, so its comparisons have a limit too.
        """
        asked, most = self.execution_context, self._context.process.settings.document_comparisons_max
        if asked.graphql_document and (error := _complaint(asked.graphql_document, self._context)):
            asked.pre_execution_errors = [error]
        elif asked.graphql_document and _name_given(asked) is None and _are_several(asked.graphql_document):
            asked.pre_execution_errors = [GraphQLError(WHICH, extensions={"code": BAD_REQUEST})]
        overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 2 * most  # a comparison uses up two of it
        yield
        errors = asked.pre_execution_errors or []
        if any(isinstance(one, ValidationAbortedError) and one.message == ABORTED for one in errors):
            errors[:] = [_refusal(REPETITIVE.format(most), "comparisons", most)]  # in place: the result has this list

    def on_execute(self) -> Iterator[None]:
        """Refuses an operation that costs too much with its variables."""
        asked = self.execution_context
        settings = self._context.process.settings
        most = settings.query_cost_max
        schema, document = core_schema(asked.schema), asked.graphql_document
        if document:
            found = cost(schema, document, asked.operation_name, asked.variables or {}, settings.page_size_max)
            if found > most:
                words = f"This can answer with {found:,} objects; {most:,} are allowed. Ask for smaller pages."
                asked.result = PreExecutionError(data=None, errors=[_refusal(words, "cost", most)])
        yield

    @property
    def _context(self) -> Context:
        context: Context = self.execution_context.context
        return context


def _complaint(document: DocumentNode, context: Context) -> GraphQLError | None:
    found = DocumentMeasures(document)
    settings = context.process.settings
    for name, most in _limits(settings).items():
        if (number := getattr(found, name)) > most:
            unit = "levels of fields" if name == "depth" else name
            return _refusal(f"The document has {number} {unit}; {most} are allowed.", name, most)
    if found.introspects and not context.may_introspect:
        if settings.introspection == Introspection.OFF:
            return GraphQLError(NO_INTROSPECTION, extensions={"code": BAD_REQUEST})
        if isinstance(context.caller, Exception) and not isinstance(context.caller, Unauthenticated):
            return GraphQLError(TOKEN_WANTED, original_error=context.caller)  # it could not be found out
        return GraphQLError(TOKEN_WANTED, extensions={"code": Unauthenticated.code})
    return None


def _name_given(asked: ExecutionContext) -> str | None:
    """The operation's name in the request, or None; Strawberry's public name falls back to the first operation's."""
    return asked._provided_operation_name


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


def _refusal(words: str, limit: str, most: int) -> GraphQLError:
    """The error for an exceeded limit, whose name and maximum stand in the extensions, for programs."""
    extensions: dict[str, Any] = {"code": BAD_REQUEST, "limit": limit, "max": most}
    return GraphQLError(words, extensions=extensions)
