"""What an HTTP request asks for, or why it asks for nothing: read as far as it has to be, and no farther."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

from starlette.requests import Request

from perennial.api.graphql.extensions.error_codes import BAD_REQUEST, NO_QUERY

JSON_ALONE = "A request's body is application/json, in UTF-8."
NO_BATCHES = "A GraphQL request is a JSON object; batches are not taken."


class RequestRefused(Exception):
    """A request that is not executed. `headers` are sent, `more` stands in the error's extensions."""

    def __init__(
        self,
        status: int,
        message: str,
        code: str = BAD_REQUEST,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.headers, self.more = status, code, dict(headers or {}), more


class GraphQLRequest(NamedTuple):
    """An operation, as the request has it."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


async def read(request: Request, bytes_max: int, seconds_max: float) -> GraphQLRequest:
    """What a GET or a POST asks for; its body may take so long to arrive. Raises Refused."""
    if request.method == "GET":
        return _asked(_of_address(request))
    if request.method != "POST":
        raise RequestRefused(405, "GraphQL takes GET and POST requests.", headers={"Allow": "GET, POST"})
    _check_form(request)
    try:
        async with asyncio.timeout(seconds_max):
            body = await _body(request, bytes_max)
    except TimeoutError:
        words = f"The request's body did not arrive within {seconds_max:g} seconds."
        raise RequestRefused(408, words, headers={"Connection": "close"}, limit="seconds", max=seconds_max) from None
    return _asked(loads(body))


def loads(text: str | bytes) -> Any:
    """JSON. Raises Refused: what cannot be read in it (its bytes, its depth, its numbers) is the caller's to mend."""
    try:
        return json.loads(text.decode() if isinstance(text, bytes) else text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise RequestRefused(400, "The request cannot be read as JSON.") from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _check_form(request: Request) -> None:
    """JSON, plain and in UTF-8: nothing that a page of another site could send without asking first."""
    kind, _, rest = request.headers.get("content-type", "").partition(";")
    if kind.strip().lower() != "application/json":
        raise RequestRefused(415, JSON_ALONE)
    for parameter in rest.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in ("utf-8", "utf8"):
            raise RequestRefused(415, JSON_ALONE)
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise RequestRefused(415, "A request's body is not compressed.", headers={"Accept-Encoding": "identity"})


async def _body(request: Request, bytes_max: int) -> bytes:
    """The body. One that is too large is not read to its end."""
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


def _of_address(request: Request) -> dict[str, Any]:
    given: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if given.get(name):
            given[name] = loads(given[name])
        else:
            given.pop(name, None)
    return given


def _asked(given: Any) -> GraphQLRequest:
    if not isinstance(given, dict):
        raise RequestRefused(400, NO_BATCHES if isinstance(given, list) else "A GraphQL request is a JSON object.")
    if not given.get("query") or not isinstance(given["query"], str):
        raise RequestRefused(400, NO_QUERY)
    for name in ("variables", "extensions"):
        if not isinstance(given.get(name), dict | None):
            raise RequestRefused(400, f"The request's {name} are an object, or null.")
    if not isinstance(given.get("operationName"), str | None):
        raise RequestRefused(400, "The request's operationName is a text, or null.")
    return GraphQLRequest(given["query"], given.get("variables"), given.get("operationName") or None)
