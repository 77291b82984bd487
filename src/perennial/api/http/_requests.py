"""Reads the GraphQL request in an HTTP request, or refuses it, without reading more of its body than needed."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

from starlette.requests import Request

from perennial.api.graphql.extensions.error_codes import NO_QUERY
from perennial.api.limits.request_cost import LEAST, text_cost
from perennial.api.persisted_queries import has_document
from perennial.core.errors import ErrorCode
from perennial.core.instants import in_seconds

JSON_ONLY = "A request's body is application/json, in UTF-8."
NO_UTF_8 = "The request's body is not in UTF-8, in which JSON is written."
BYTE_ORDER_MARK = "\ufeff"
NO_BATCHES = "A GraphQL request is a JSON object; batches are not taken."


class RequestRefused(Exception):
    """A request that is not executed: its HTTP status and headers, and the error's message, code and extensions."""

    def __init__(
        self,
        status: int,
        message: str,
        code: str = ErrorCode.BAD_REQUEST,
        headers: Mapping[str, str] | None = None,
        **extensions: Any,
    ) -> None:
        super().__init__(message)
        self.points = LEAST  # what the caller is charged
        self.status, self.code, self.headers, self.extensions = status, code, dict(headers or {}), extensions


class GraphQLRequest(NamedTuple):
    """The operation that a request wants executed."""

    query: str | None  # None if the extensions name it by its hash
    variables: dict[str, Any] | None
    operation_name: str | None
    extensions: dict[str, Any] | None


async def read_request(request: Request, bytes_max: int, seconds_max: float) -> GraphQLRequest:
    """Reads a GET or a POST, whose body may take `seconds_max` to arrive. Raises RequestRefused."""
    if request.method == "GET":
        return _to_graphql_request(_from_query_string(request))
    _check_headers(request)
    try:
        async with asyncio.timeout(seconds_max):
            body = await _body(request, bytes_max)
    except TimeoutError:
        message = f"The request's body did not arrive within {in_seconds(seconds_max)}."
        raise RequestRefused(408, message, headers={"Connection": "close"}, limit="seconds", max=seconds_max) from None
    try:
        return _to_graphql_request(parse_json(body))
    except RequestRefused as error:
        error.points = text_cost(len(body))
        raise


def parse_json(text: str | bytes) -> Any:
    """Parses JSON, which may begin with a byte order mark.

    Raises RequestRefused if its bytes, its nesting or its numbers cannot be read.
    """
    if isinstance(text, bytes):
        text = _from_utf_8(text)
    try:
        return json.loads(text.removeprefix(BYTE_ORDER_MARK), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise RequestRefused(400, "The request cannot be read as JSON.") from None


def _from_utf_8(text: bytes) -> str:
    """The text of these bytes. UTF-16 and UTF-32 have a null byte where JSON, which has none, begins."""
    try:
        if b"\0" not in text[:2]:
            return text.decode()
    except ValueError:
        pass
    raise RequestRefused(400, NO_UTF_8)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _check_headers(request: Request) -> None:
    """Raises RequestRefused unless the body is uncompressed JSON in UTF-8.

    A browser sends JSON to another site only if that site's CORS headers allow it.
    """
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    if kind.strip().lower() != "application/json":
        raise RequestRefused(415, JSON_ONLY)
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in ("utf-8", "utf8"):
            raise RequestRefused(415, JSON_ONLY)
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise RequestRefused(415, "A request's body is not compressed.", headers={"Accept-Encoding": "identity"})


async def _body(request: Request, bytes_max: int) -> bytes:
    """Reads the body, at most `bytes_max` bytes of it. Raises RequestRefused if it is larger."""
    body = bytearray()
    declared = request.headers.get("content-length", "")
    too_large = declared.isdigit() and int(declared[:20]) > bytes_max
    if not too_large:
        async for piece in request.stream():
            body += piece
            if too_large := len(body) > bytes_max:
                break
    if too_large:
        raise RequestRefused(413, f"A request's body has {bytes_max:,} bytes at most.", limit="body", max=bytes_max)
    return bytes(body)


def _from_query_string(request: Request) -> dict[str, Any]:
    fields: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if fields.get(name):
            fields[name] = parse_json(fields[name])
        else:
            fields.pop(name, None)
    return fields


def _to_graphql_request(payload: Any) -> GraphQLRequest:
    if not isinstance(payload, dict):
        raise RequestRefused(400, NO_BATCHES if isinstance(payload, list) else "A GraphQL request is a JSON object.")
    for name in ("variables", "extensions"):
        if not isinstance(payload.get(name), dict | None):
            raise RequestRefused(400, f"The request's {name} are an object, or null.")
    if not has_document(payload):
        raise RequestRefused(400, NO_QUERY)
    if not isinstance(payload.get("operationName"), str | None):
        raise RequestRefused(400, "The request's operationName is a text, or null.")
    return GraphQLRequest(
        payload.get("query") or None,
        payload.get("variables"),
        payload.get("operationName") or None,
        payload.get("extensions"),
    )
