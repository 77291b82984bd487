"""Every error that leaves the API: its code, its field, and nothing that is not the caller's business."""

import re
from collections.abc import AsyncIterator
from typing import Any

import structlog
from graphql import GraphQLError, Node, ObjectFieldNode, ValueNode, VariableDefinitionNode
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from perennial.database import is_outage, outage_words
from perennial.errors import InvalidInput, TooManyRequests, UserError, WatchEnded
from perennial.graphql.value_places import ValuePlaces
from perennial.logs import get_logger

log = get_logger(__name__)

INTERNAL = "INTERNAL_SERVER_ERROR"
BAD_REQUEST = "BAD_REQUEST"
NO_QUERY = "The request has no query, which is a text."
INTERRUPTED = "INTERRUPTED"  # why a subscription ended that nothing was wrong with

# What graphql-core says of values: where in a variable they stand, and which field of an input object is meant.
_VARIABLE = re.compile(r"Variable '\$(?P<name>\w+)' has invalid value(?: at (?P<path>[\w.\[\]]+))?:")
_FIELD = re.compile(r"(?:required|unknown) field '(\w+)'")
# Where graphql-core quotes a value, which may be a platform's token, and what is left of the sentence without it.
_QUOTED = [
    (re.compile(r"[,;]? found: .*", re.DOTALL | re.IGNORECASE), ""),
    (re.compile(r"(cannot represent[\w -]* value): .*", re.DOTALL), r"\1"),
    (re.compile(r"Value '.*' does not exist", re.DOTALL), "The value does not exist"),
    (re.compile(r", but encountered error 'Exceeds the limit.*", re.DOTALL), ": the number is too long."),
    (
        re.compile(r"(Syntax Error: .*(?:found|Unexpected) (?:Name|Int|Float|String|BlockString)) '.*", re.DOTALL),
        r"\1.",
    ),
]


_PARSERS_LIMIT = re.compile(
    r"Syntax Error: (?:Document|Source) contains more than (?P<most>\d+) (?P<unit>tokens|comments|code points)"
)
# Names of the schema, for whoever came near them.
_SUGGESTION = re.compile(r" Did you mean .*\?", re.DOTALL)


# What Strawberry raises where a request has no operation that can be executed.
NO_OPERATION = (CannotGetOperationTypeError, InvalidOperationTypeError, MissingQueryError)


class ErrorCodes(SchemaExtension):
    """Gives every error its code; masks what is a bug, and logs it whole under the request's id."""

    async def on_operation(self) -> AsyncIterator[None]:
        """What is raised outside of resolvers is a bug of ours: Strawberry would tell its words to the caller."""
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
            suggests = self.execution_context.context.may_have_suggestions
            result.errors = [translate(error, places, suggests=suggests) for error in errors]


def translate(error: GraphQLError, places: ValuePlaces | None, *, suggests: bool = True) -> GraphQLError:
    """The error as the caller gets it; with names that may have been meant, where it `suggests`."""
    cause = error.original_error
    if isinstance(cause, UserError):
        return _copy(error, str(cause), extensions_of(cause))
    if "code" in (error.extensions or {}):
        return error
    if isinstance(cause, NO_OPERATION):
        return _copy(error, operation_words(cause), _extensions(BAD_REQUEST, None))
    if _is_before_execution(error) and not _is_bug(cause):
        field = _field_of(error, places)
        code = InvalidInput.code if field else BAD_REQUEST
        words = _without_values(error.message)
        more = _extensions(code, field) | _parsers_limit(error.message)
        return _copy(error, words if suggests else _SUGGESTION.sub("", words), more)
    return _masked(error)


def _parsers_limit(message: str) -> dict[str, Any]:
    """The name of the limit that graphql-core's parser stopped at, where that is what it says."""
    if found := _PARSERS_LIMIT.match(message):
        return {"limit": found["unit"].replace("code points", "length"), "max": int(found["most"])}
    return {}


def operation_words(
    error: CannotGetOperationTypeError | InvalidOperationTypeError | MissingQueryError,
) -> str:
    """What is to be said where a request has no operation that can be executed."""
    if isinstance(error, CannotGetOperationTypeError):
        return error.as_http_error_reason() if error.operation_name else "There is no operation in the document."
    if isinstance(error, InvalidOperationTypeError):
        return f"A {error.operation_type.value} cannot be asked for in this way."
    return NO_QUERY


def extensions_of(error: UserError) -> dict[str, Any]:
    """What stands beside the message of an error that is told."""
    retry_after = error.retry_after if isinstance(error, TooManyRequests) else None
    more: dict[str, Any] = {"retryAfter": retry_after} if retry_after is not None else {}
    if isinstance(error, WatchEnded) and error.is_outage:
        more = {"reason": INTERRUPTED}
    return _extensions(error.code, error.field) | more


def _is_before_execution(error: GraphQLError) -> bool:
    """Whether no resolver was called: the document is at fault, or a value, which may be found when its field's turn
    comes (and the error has the field's path).
    """
    return error.path is None or isinstance(_node(error), ValueNode)


def _is_bug(cause: Exception | None) -> bool:
    """Before anything is executed there are only the caller's errors, but for what is none of GraphQL's."""
    return cause is not None and not isinstance(cause, GraphQLError | ValueError | TypeError | RecursionError)


def _without_values(message: str) -> str:
    for quoted, rest in _QUOTED:
        message = quoted.sub(rest, message)
    return message


def _masked(error: GraphQLError) -> GraphQLError:
    log.error("graphql.failed", path=error.path, exc_info=error.original_error or error)
    request_id = structlog.contextvars.get_contextvars().get("request")
    extensions = {"code": INTERNAL, **({"requestId": request_id} if request_id else {})}
    cause = error.original_error
    words = outage_words(cause) if cause and is_outage(cause) else "Something went wrong on our side."
    return _copy(error, words, extensions)


def _extensions(code: str, field: str | None) -> dict[str, Any]:
    return {"code": code, **({"field": field} if field else {})}


def _copy(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(message, error.nodes, error.source, error.positions, error.path, extensions=extensions)


def _field_of(error: GraphQLError, places: ValuePlaces | None) -> str | None:
    """The input field that a value was wrong for, as the API names it; None where the error is not about a value."""
    node = _node(error)
    if isinstance(node, VariableDefinitionNode):
        match = _VARIABLE.match(error.message)
        # What a variable is called is the caller's affair, and of an input object no part of the field's name.
        names = re.findall(r"\w+", match["path"] or "") or [match["name"]] if match else []
    elif isinstance(node, ValueNode | ObjectFieldNode) and places is not None:
        names = places.names_around(node)
    else:
        return None
    if named := _FIELD.search(error.message):
        names.append(named[1])
    return ".".join(names[1:] if names[:1] == ["input"] and len(names) > 1 else names) or None


def _node(error: GraphQLError) -> Node | None:
    return error.nodes[0] if error.nodes else None
