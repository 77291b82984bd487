"""The answer at an address with a slash too many or too few: where to go, whatever host the request names."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

METHODS = ("GET", "POST")


def moved_to(location: str) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that redirects to `location`, relative to its own address, with the request's query and method."""

    async def respond(request: Request) -> Response:
        query = request.scope["query_string"].decode("latin-1")
        return RedirectResponse(f"{location}?{query}" if query else location, 308)

    return respond
