"""The sandbox's own endpoints, for tests and for people: /posts, /users, /requests and /faults."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from perennial.sandbox._calls import BODY_MAX, json_object, read_body
from perennial.sandbox._settings import SandboxSettings
from perennial.sandbox._state import State
from perennial.sandbox.faults.form import BadForm, FaultForm, read_form

NOT_FOUND = "There is nothing at this address."
NOT_FOUND_PAGE = (
    f"<!doctype html>\n<title>Nothing here</title>\n<p>{NOT_FOUND} <a href='/sandbox/'>The timeline</a></p>\n"
)
NOT_ALLOWED = "This address does not take this method."


class JsonLine(JSONResponse):
    """An answer of one line of JSON, for curl: it ends in a newline, which the platforms' answers do not."""

    def render(self, content: Any) -> bytes:
        """The value as JSON, and a newline."""
        return super().render(content) + b"\n"


class Controls:
    """Lists the posts and the requests, and changes the faults and the settings."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """The routes below the sandbox's root."""
        return [
            Route("/posts", self.posts, methods=["GET"]),
            Route("/posts", self.delete_posts, methods=["DELETE"]),
            Route("/users", self.users, methods=["GET"]),
            Route("/requests", self.requests, methods=["GET"]),
            Route("/faults", self.faults, methods=["GET"]),
            Route("/faults", self.add_fault, methods=["POST"]),
            Route("/faults", self.delete_faults, methods=["DELETE"]),
        ]

    async def posts(self, request: Request) -> Response:
        """Lists the published posts, newest first, `?limit=` of them at most; those of `?user=`, or everybody's.

        X-Total-Count is the number of all of them. Answers 304 if the request names the ETag of the unchanged list.
        """
        limit, user = request.query_params.get("limit"), request.query_params.get("user", "")
        if limit is not None and not (limit.isascii() and limit.isdigit() and len(limit) < 10):
            return _bad_request("limit", "must be a whole number")
        posts = self._state.posts
        found = posts.newest_first(None if limit is None else int(limit), user)
        headers = {"X-Total-Count": str(posts.count(user))}
        return self._unless_known(
            request, f"{limit or 'all'}-{quote(user)}", headers, lambda: [post.as_json() for post in found]
        )

    async def users(self, request: Request) -> Response:
        """Lists the names of those who have posts. Answers 304 as above."""
        return self._unless_known(request, "users", {}, self._state.posts.users)

    async def delete_posts(self, _: Request) -> Response:
        """Removes all posts and logged requests."""
        self._state.posts.clear()
        self._state.request_log.clear()
        return Response(status_code=204)

    async def requests(self, _: Request) -> Response:
        """Lists all requests to publish, accepted or not, newest first."""
        return JsonLine([logged.as_json() for logged in self._state.request_log.newest_first()])

    async def faults(self, _: Request) -> Response:
        """Shows the settings and the pending faults."""
        return JsonLine(self._state.settings.as_json() | {"faults": self._state.faults.as_json()})

    async def add_fault(self, request: Request) -> Response:
        """Adds a fault, changes settings, or both."""
        body = await read_body(request)
        if body is None:
            return JsonLine({"error": f"The body is larger than {BODY_MAX:,} bytes.", "key": None}, 413)
        fields = json_object(body)
        if fields is None:
            return JsonLine({"error": "The body is not a JSON object.", "key": None}, 400)
        try:
            self._apply(read_form(fields))
        except BadForm as error:
            return JsonLine({"error": str(error), "key": error.key}, 400)
        return await self.faults(request)

    async def delete_faults(self, request: Request) -> Response:
        """Removes all faults and restores the settings that the sandbox was created with."""
        self._state.restore_defaults()
        return await self.faults(request)

    def _unless_known(
        self, request: Request, question: str, headers: Mapping[str, str], answer: Callable[[], Any]
    ) -> Response:
        """The answer about the posts, with an ETag; 304 where the request names that."""
        tag = f'"{self._state.posts.version}-{question}"'
        headers = {**headers, "ETag": tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return JsonLine(answer(), headers=headers)

    def _apply(self, form: FaultForm) -> None:
        current = self._state.settings
        self._state.settings = SandboxSettings.of(
            form.settings.get("rate_limit", current.rate_limit),
            form.settings.get("duplicate_window_seconds", current.duplicate_window_seconds),
        )
        if form.fault is not None:
            self._state.faults.add(form.fault)


async def _not_found(request: Request, _error: Exception) -> Response:
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(NOT_FOUND_PAGE, 404)
    return JsonLine({"error": NOT_FOUND}, 404)


async def _not_allowed(_request: Request, error: Exception) -> Response:
    headers = error.headers if isinstance(error, HTTPException) else None
    return JsonLine({"error": NOT_ALLOWED}, 405, headers)


# For Starlette's `exception_handlers`.
HANDLERS: Mapping[Any, Any] = {404: _not_found, 405: _not_allowed}


def _bad_request(key: str, reason: str) -> Response:
    return JsonLine({"error": f'"{key}" {reason}', "key": key}, 400)
