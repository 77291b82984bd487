"""The responses 404, a page for browsers and JSON for other clients, and 405."""

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from perennial.api.http.media_types import wants_page
from perennial.api.json_line import JsonLine
from perennial.api.pages._frame import framed, read

_PAGE = read("not_found.html")
NOT_FOUND = "There is nothing at this address."
NOT_ALLOWED = "This address does not take this method."


async def _not_found(request: Request, _error: Exception) -> Response:
    if wants_page(request.headers.get("accept", "")):
        return framed(_PAGE, 404)
    return JsonLine({"error": NOT_FOUND}, 404)


async def _not_allowed(_request: Request, error: Exception) -> Response:
    headers = error.headers if isinstance(error, HTTPException) else None
    return JsonLine({"error": NOT_ALLOWED}, 405, headers)


# For Starlette's `exception_handlers`.
HANDLERS: Mapping[Any, Any] = {404: _not_found, 405: _not_allowed}
