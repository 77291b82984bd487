"""How a result is sent: what its media type, and its errors, make of the status (GraphQL over HTTP)."""

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError
from starlette.responses import Response
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types import ExecutionResult

from perennial.api.graphql.extensions.error_codes import BAD_REQUEST, INTERNAL, operation_words
from perennial.api.http._requests import RequestRefused
from perennial.api.http.media_types import MediaType
from perennial.core.errors import TooManyRequests, Unauthenticated
from perennial.core.json_text import json_text

STATUS = {Unauthenticated.code: 401, TooManyRequests.code: 429, INTERNAL: 500}
# Answers are one caller's, and of the moment.
HEADERS = {"Cache-Control": "no-store", "Vary": "Accept, Authorization"}
CHALLENGE = {"WWW-Authenticate": "Bearer"}


def answered(result: ExecutionResult, kind: MediaType, headers: Mapping[str, str]) -> Response:
    """The result as a response. Where nothing was executed its status, in RESPONSE, is no 2xx."""
    status = 200
    if kind == MediaType.RESPONSE and result.errors and not was_executed(result):
        status = STATUS.get(_code(result.errors[0]), 400)
    more = CHALLENGE if status == 401 else {}
    return _response(formatted(result), status, kind, {**headers, **more})


def refused(error: RequestRefused, kind: MediaType) -> Response:
    """A refusal in the form of a result, whatever its status."""
    body = {"errors": [{"message": str(error), "extensions": {"code": error.code, **error.more}}]}
    return _response(body, error.status, kind, error.headers)


def formatted(result: ExecutionResult) -> dict[str, Any]:
    """The result as JSON has it. Where nothing was executed it has no `data`."""
    body: dict[str, Any] = {"data": result.data} if was_executed(result) else {}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    return body


def was_executed(result: ExecutionResult) -> bool:
    """Whether a resolver was called: else the document, its variables or the caller are at fault."""
    return not result.errors or result.data is not None or any(error.path for error in result.errors)


def unknown_operation(error: CannotGetOperationTypeError) -> ExecutionResult:
    """The result of a document in which there is no operation of the name that was asked for."""
    return ExecutionResult(data=None, errors=[GraphQLError(operation_words(error), extensions={"code": BAD_REQUEST})])


def _code(error: GraphQLError) -> str:
    return str((error.extensions or {}).get("code"))


def _response(body: object, status: int, kind: MediaType, headers: Mapping[str, str]) -> Response:
    return Response(json_text(body), status, {**HEADERS, **headers}, media_type=f"{kind}; charset=utf-8")
