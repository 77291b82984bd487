"""Translates every error that leaves the API: it gets a code and a field, and nothing internal or secret."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import structlog
from graphql import (
    GraphQLError,
    GraphQLSyntaxError,
    Node,
    ObjectFieldNode,
    ValueNode,
    VariableDefinitionNode,
)
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from perennial.api.graphql.extensions._quoted_values import without_values
from perennial.api.graphql.extensions._value_places import ValuePlaces
from perennial.api.graphql.extensions.most_errors import most
from perennial.api.graphql.extensions.outages import Outage, outage_of
from perennial.core.errors import (
    ErrorCode,
    InvalidInput,
    QuotaExceeded,
    TookTooLong,
    TooManyRequests,
    UserError,
)
from perennial.db.commits import CommitWatch, watch_commits
from perennial.observe.logs import get_logger

log = get_logger(__name__)

NO_QUERY = "The request has no query, which is a text."

# An error's field, or a limit, that only graphql-core's English message has. test_sentences_of_graphql_core.py tests
# each of these expressions against the installed version.
_FIELD = re.compile(r"(?:required|unknown) field '(\w+)'")
_PARSERS_LIMIT = re.compile(
    r"(?:Document|Source) contains more than (?P<most>\d+) (?P<unit>tokens|comments|code points)"
)
_STEP = re.compile(r"[.\[](\w+)")  # of a value's path

# Strawberry's errors for a request without an operation that can be executed.
NO_OPERATION = (CannotGetOperationTypeError, InvalidOperationTypeError, MissingQueryError)


class ErrorCodes(SchemaExtension):
    """Gives every error its code; masks bugs, and logs them in full under the request's id."""

    _commits: CommitWatch | None = None

    def on_execute(self) -> Iterator[None]:
        """Watches whether something is committed: what fails afterwards may have been done."""
        self._commits = watch_commits()
        yield

    async def on_operation(self) -> AsyncIterator[None]:
        """Translates the result's errors. An exception outside resolvers is a bug, which Strawberry would not mask."""
        try:
            yield
        except (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError):
            raise
        except Exception as error:
            raise _masked(GraphQLError(str(error), original_error=error)) from None
        self._translate(self.execution_context.result)

    def on_stream_result(self, result: Any) -> Any:
        self._translate(result)
        yield

    def _translate(self, result: Any) -> None:
        if errors := getattr(result, "errors", None):
            document = self.execution_context.graphql_document
            places = ValuePlaces(document) if document else None
            may_have_written = self._commits is not None and self._commits.may_have_written
            told = [translate(error, places, may_have_written=may_have_written) for error in errors]
            result.errors = list(most(told))


def translate(error: GraphQLError, places: ValuePlaces | None, *, may_have_written: bool) -> GraphQLError:
    """The error as the caller gets it. Bugs are masked and logged."""
    cause = error.original_error
    if cause and (outage := outage_of(cause, may_have_written=may_have_written)):
        return _unavailable(error, outage)
    if isinstance(cause, UserError):
        return _copy(error, str(cause), extensions_of(cause))
    if "code" in (error.extensions or {}):
        return error
    if isinstance(cause, NO_OPERATION):
        return _copy(error, operation_message(cause), _extensions(ErrorCode.BAD_REQUEST, None))
    if _is_before_execution(error) and not _is_bug(cause):
        field = _field_of(error, places)
        code = InvalidInput.code if field else ErrorCode.BAD_REQUEST
        return _copy(error, without_values(error), _extensions(code, field) | _parsers_limit(error))
    return _masked(error)


def _parsers_limit(error: GraphQLError) -> dict[str, Any]:
    """The name and the maximum of the limit at which graphql-core's parser stopped; {} for other errors."""
    if isinstance(error, GraphQLSyntaxError) and (found := _PARSERS_LIMIT.match(error.description)):
        return {"limit": found["unit"].replace("code points", "length"), "max": int(found["most"])}
    return {}


def operation_message(
    error: CannotGetOperationTypeError | InvalidOperationTypeError | MissingQueryError,
) -> str:
    """The message for a request without an operation that can be executed."""
    if isinstance(error, CannotGetOperationTypeError):
        return error.as_http_error_reason() if error.operation_name else "There is no operation in the document."
    if isinstance(error, InvalidOperationTypeError):
        return f"A {error.operation_type.value} cannot be requested in this way."
    return NO_QUERY


def extensions_of(error: UserError) -> dict[str, Any]:
    """The extensions of an error: its code, field, and what else its class has for the caller."""
    retry_after = error.retry_after if isinstance(error, TooManyRequests) else None
    more: dict[str, Any] = {"retryAfter": retry_after} if retry_after is not None else {}
    if isinstance(error, QuotaExceeded):
        more = {"limit": error.limit, "max": error.maximum}
    return _extensions(error.code, error.field) | more


def _is_before_execution(error: GraphQLError) -> bool:
    """Whether no resolver was called: the document is invalid, or a value, which may be found only when its field is
    executed (so the error has the field's path).
    """
    return error.path is None or isinstance(_node(error), ValueNode)


def _is_bug(cause: Exception | None) -> bool:
    """Whether the cause of an error before execution is a bug: callers cause only these types."""
    return cause is not None and not isinstance(cause, GraphQLError | ValueError | TypeError | RecursionError)


def _unavailable(error: GraphQLError, outage: Outage) -> GraphQLError:
    """The error for an outage. If it was not raised on purpose, the log has what it was."""
    cause = error.original_error
    extensions: dict[str, Any] = {"code": ErrorCode.UNAVAILABLE, "retryAfter": outage.retry_after}
    if outage.reason:
        extensions["reason"] = outage.reason
    if isinstance(cause, TookTooLong):
        extensions |= {"limit": "seconds", "max": cause.seconds}
    if outage.is_ours_to_log:
        log.warning("graphql.unavailable", path=error.path, kind=outage.kind, error=repr(cause))
        extensions |= _request_id()
    return _copy(error, outage.message, extensions)


def _masked(error: GraphQLError) -> GraphQLError:
    log.error("graphql.failed", path=error.path, exc_info=error.original_error or error)
    return _copy(error, "Something went wrong on our side.", {"code": ErrorCode.INTERNAL_SERVER_ERROR} | _request_id())


def _request_id() -> dict[str, Any]:
    request_id = structlog.contextvars.get_contextvars().get("request")
    return {"requestId": request_id} if request_id else {}


def _extensions(code: str, field: str | None) -> dict[str, Any]:
    return {"code": code, **({"field": field} if field else {})}


def _copy(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(message, error.nodes, error.source, error.positions, error.path, extensions=extensions)


def _field_of(error: GraphQLError, places: ValuePlaces | None) -> str | None:
    """The API's name of the input field with the wrong value; None if the error is not about a value."""
    node, inner, named = _node(error), error.original_error, _FIELD.search(error.message)
    if isinstance(node, VariableDefinitionNode) and isinstance(inner, GraphQLError):
        # The message has the path, as in `.publications[0].content`, and then the inner error's message.
        names = _STEP.findall(error.message.removesuffix(inner.message))
        if not names and not named:  # a variable's name is the caller's own, so it is a field's name only then
            names = [node.variable.name.value]
    elif isinstance(node, ValueNode | ObjectFieldNode) and places is not None:
        names = list(places.names_around(node))
    else:
        return None
    if named:
        names.append(named[1])
    return ".".join(names[1:] if names[:1] == ["input"] and len(names) > 1 else names) or None


def _node(error: GraphQLError) -> Node | None:
    return error.nodes[0] if error.nodes else None
