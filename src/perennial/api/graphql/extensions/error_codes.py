"""Translates every error that leaves the API: it gets a code and a field, and nothing internal or secret."""

import re
from collections.abc import AsyncIterator
from typing import Any

import structlog
from graphql import (
    GraphQLError,
    GraphQLSyntaxError,
    Lexer,
    Node,
    ObjectFieldNode,
    ValueNode,
    VariableDefinitionNode,
)
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from perennial.api.graphql.extensions._value_places import ValuePlaces
from perennial.core.errors import BAD_REQUEST, INTERNAL, InvalidInput, SubscriptionEnded, TooManyRequests, UserError
from perennial.db.outages import is_outage, outage_message
from perennial.observe.logs import get_logger

log = get_logger(__name__)

NO_QUERY = "The request has no query, which is a text."
INTERRUPTED = "INTERRUPTED"  # the reason where an outage ended a subscription

# An error's field, or a limit, that only graphql-core's English message has. test_sentences_of_graphql_core.py tests
# each of these expressions against the installed version.
_FIELD = re.compile(r"(?:required|unknown) field '(\w+)'")
_PARSERS_LIMIT = re.compile(
    r"(?:Document|Source) contains more than (?P<most>\d+) (?P<unit>tokens|comments|code points)"
)
_STEP = re.compile(r"[.\[](\w+)")  # of a value's path
# Messages that quote a value, which may be a platform's token, and the message without it.
_QUOTED = [
    (re.compile(r"[,;]? found: .*", re.DOTALL | re.IGNORECASE), ""),
    (re.compile(r"(cannot represent[\w -]* value): .*", re.DOTALL), r"\1"),
    (re.compile(r"Value '.*' does not exist", re.DOTALL), "The value does not exist"),
    (re.compile(r", but encountered error 'Exceeds the limit.*", re.DOTALL), ": the number is too long."),
]

# Strawberry's errors for a request without an operation that can be executed.
NO_OPERATION = (CannotGetOperationTypeError, InvalidOperationTypeError, MissingQueryError)


class ErrorCodes(SchemaExtension):
    """Gives every error its code; masks bugs, and logs them in full under the request's id."""

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
            result.errors = [translate(error, places) for error in errors]


def translate(error: GraphQLError, places: ValuePlaces | None) -> GraphQLError:
    """The error as the caller gets it. Bugs are masked and logged."""
    cause = error.original_error
    if isinstance(cause, UserError):
        return _copy(error, str(cause), extensions_of(cause))
    if "code" in (error.extensions or {}):
        return error
    if isinstance(cause, NO_OPERATION):
        return _copy(error, operation_message(cause), _extensions(BAD_REQUEST, None))
    if _is_before_execution(error) and not _is_bug(cause):
        field = _field_of(error, places)
        code = InvalidInput.code if field else BAD_REQUEST
        return _copy(error, _without_values(error), _extensions(code, field) | _parsers_limit(error))
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
    if isinstance(error, SubscriptionEnded) and error.is_outage:
        more = {"reason": INTERRUPTED}
    return _extensions(error.code, error.field) | more


def _is_before_execution(error: GraphQLError) -> bool:
    """Whether no resolver was called: the document is invalid, or a value, which may be found only when its field is
    executed (so the error has the field's path).
    """
    return error.path is None or isinstance(_node(error), ValueNode)


def _is_bug(cause: Exception | None) -> bool:
    """Whether the cause of an error before execution is a bug: callers cause only these types."""
    return cause is not None and not isinstance(cause, GraphQLError | ValueError | TypeError | RecursionError)


def _without_values(error: GraphQLError) -> str:
    """The error's message, without the values that it quotes."""
    message = error.message
    if isinstance(error, GraphQLSyntaxError):
        return _without_token(error)
    for quoted, rest in _QUOTED:
        message = quoted.sub(rest, message)
    return message


def _without_token(error: GraphQLSyntaxError) -> str:
    """A syntax error's message, with the token's kind in place of the token that it quotes."""
    if error.source is None or not error.positions:
        return error.message
    try:
        token = Lexer(error.source).read_next_token(*error.positions)
    except GraphQLSyntaxError:  # it is about a character that starts no token
        return error.message
    return error.message.replace(token.desc, token.kind.value)


def _masked(error: GraphQLError) -> GraphQLError:
    log.error("graphql.failed", path=error.path, exc_info=error.original_error or error)
    request_id = structlog.contextvars.get_contextvars().get("request")
    extensions = {"code": INTERNAL, **({"requestId": request_id} if request_id else {})}
    cause = error.original_error
    message = outage_message(cause) if cause and is_outage(cause) else "Something went wrong on our side."
    return _copy(error, message, extensions)


def _extensions(code: str, field: str | None) -> dict[str, Any]:
    return {"code": code, **({"field": field} if field else {})}


def _copy(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(message, error.nodes, error.source, error.positions, error.path, extensions=extensions)


def _field_of(error: GraphQLError, places: ValuePlaces | None) -> str | None:
    """The API's name of the input field with the wrong value; None if the error is not about a value."""
    node, inner = _node(error), error.original_error
    if isinstance(node, VariableDefinitionNode) and isinstance(inner, GraphQLError):
        # The message has the path, as in `.publications[0].content`, and then the inner error's message.
        path = _STEP.findall(error.message.removesuffix(inner.message))
        # A variable's name is the caller's own, so it is a field's name only where there is no path.
        names = path or [node.variable.name.value]
    elif isinstance(node, ValueNode | ObjectFieldNode) and places is not None:
        names = list(places.names_around(node))
    else:
        return None
    if named := _FIELD.search(error.message):
        names.append(named[1])
    return ".".join(names[1:] if names[:1] == ["input"] and len(names) > 1 else names) or None


def _node(error: GraphQLError) -> Node | None:
    return error.nodes[0] if error.nodes else None
