"""Writes results as HTTP responses, whose status depends on the media type and the errors (GraphQL over HTTP)."""

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError
from starlette.responses import Response
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types import ExecutionResult

from perennial.api.graphql.extensions.error_codes import operation_message, translate
from perennial.api.graphql.extensions.operations import INVALID
from perennial.api.http._requests import RequestRefused
from perennial.api.http.media_types import MediaType
from perennial.api.limits.points import Charge
from perennial.api.middleware.access_log import Operation, record_operation
from perennial.core.errors import (
    ErrorCode,
    TooManyRequests,
    UserError,
)
from perennial.core.texts import json_text

# An outage that left open whether something was done is no 503, after which many clients ask again by themselves.
# That a hash is not known yet is what clients expect, and some read no body of another status than 200.
STATUS: dict[str, int] = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.INTERNAL_SERVER_ERROR: 500,
    ErrorCode.UNAVAILABLE: 500,
    ErrorCode.PERSISTED_QUERY_NOT_FOUND: 200,
}
# Responses are private to one caller, and outdated at once.
HEADERS = {"Cache-Control": "no-store", "Vary": "Accept, Authorization"}
CHALLENGE = {"WWW-Authenticate": "Bearer"}


def result_response(result: ExecutionResult, kind: MediaType, headers: Mapping[str, str]) -> Response:
    """The result as a response. If nothing was executed and `kind` is RESPONSE, its status is no 2xx.

    If nothing could be done because of an outage, its status is 503 in both forms, with `Retry-After` and no `data`.
    """
    if (seconds := _seconds_of_outage(result)) is not None:
        body = _with_extensions({"errors": [error.formatted for error in result.errors or []]}, result.extensions)
        return _response(body, 503, kind, {**headers, "Retry-After": str(seconds)})
    status = 200
    if kind == MediaType.RESPONSE and result.errors and not was_executed(result):
        status = STATUS.get(_code(result.errors[0]), 400)
    challenge = CHALLENGE if status == 401 else {}
    return _response(result_body(result), status, kind, {**headers, **challenge})


def refusal_response(error: RequestRefused, kind: MediaType, charge: Charge) -> Response:
    """A refused request as a response, whose body has the form of a result."""
    errors = [{"message": str(error), "extensions": {"code": error.code, **error.extensions}}]
    body = _with_extensions({"errors": errors}, charge.extensions)
    return _response(body, error.status, kind, {**error.headers, **charge.headers})


def result_body(result: ExecutionResult) -> dict[str, Any]:
    """The result as a JSON object, without `data` if nothing was executed."""
    body: dict[str, Any] = {"data": result.data} if was_executed(result) else {}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    return _with_extensions(body, result.extensions)


def was_executed(result: ExecutionResult) -> bool:
    """Whether a resolver was called; if not, the document, its variables or the caller's token are at fault."""
    return not result.errors or result.data is not None or any(error.path for error in result.errors)


def too_many_requests(error: TooManyRequests) -> RequestRefused:
    """The refusal of a request for which its owner has too few points left."""
    headers = {"Retry-After": str(error.retry_after)}
    return RequestRefused(429, str(error), error.code, headers, retryAfter=error.retry_after)


def unknown_operation_result(error: CannotGetOperationTypeError) -> ExecutionResult:
    """The result for a document without an operation of the requested name."""
    return ExecutionResult(
        data=None, errors=[GraphQLError(operation_message(error), extensions={"code": ErrorCode.BAD_REQUEST})]
    )


def refused_result(error: UserError) -> ExecutionResult:
    """The result for a request whose document cannot be had. It is recorded as an operation that is not valid."""
    told = translate(GraphQLError(str(error), original_error=error), None, may_have_written=False)
    record_operation(Operation(INVALID, INVALID, None, _code(told)), 0.0)
    return ExecutionResult(data=None, errors=[told])


def _with_extensions(body: dict[str, Any], extensions: Mapping[str, Any] | None) -> dict[str, Any]:
    return {**body, "extensions": extensions} if extensions else body


def _seconds_of_outage(result: ExecutionResult) -> int | None:
    """After how many seconds to ask again, if an outage kept every field from its value and nothing from being asked
    again; else None.
    """
    errors, data = result.errors or [], result.data or {}
    if not errors or any(value is not None for value in data.values()):
        return None
    failed = {error.path[0] for error in errors if error.path}
    extensions = [error.extensions or {} for error in errors]
    is_outage = all(one.get("code") == ErrorCode.UNAVAILABLE and "reason" not in one for one in extensions)
    if data.keys() - failed or not is_outage:
        return None
    return max(int(one["retryAfter"]) for one in extensions)


def _code(error: GraphQLError) -> str:
    return str((error.extensions or {}).get("code"))


def _response(body: object, status: int, kind: MediaType, headers: Mapping[str, str]) -> Response:
    return Response(json_text(body), status, {**HEADERS, **headers}, media_type=f"{kind}; charset=utf-8")
