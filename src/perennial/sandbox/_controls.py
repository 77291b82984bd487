"""What a test, or a curious person, asks of the sandbox itself."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from perennial.sandbox._calls import BODY_MAX, json_object, read_body
from perennial.sandbox._settings import SandboxSettings
from perennial.sandbox._state import State
from perennial.sandbox.faults.form import BadForm, FaultForm, read_form


class Controls:
    """The lists of what arrived and what was published, and the faults."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """The routes below the sandbox's root."""
        return [
            Route("/posts", self.posts, methods=["GET"]),
            Route("/posts", self.delete_posts, methods=["DELETE"]),
            Route("/requests", self.requests, methods=["GET"]),
            Route("/faults", self.faults, methods=["GET"]),
            Route("/faults", self.add_fault, methods=["POST"]),
            Route("/faults", self.delete_faults, methods=["DELETE"]),
        ]

    async def posts(self, request: Request) -> Response:
        """Lists what was published, newest first; `?limit=` of them at most, of X-Total-Count in all.

        304 for whoever names the ETag of the list as it still is.
        """
        limit = request.query_params.get("limit")
        if limit is not None and not (limit.isascii() and limit.isdigit() and len(limit) < 10):
            return _bad("limit", "must be a whole number")
        record = self._state.record
        tag = f'"{record.version}-{limit or "all"}"'
        headers = {"X-Total-Count": str(len(record)), "ETag": tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        found = record.newest_first(len(record) if limit is None else int(limit))
        return JSONResponse([post.as_json() for post in found], headers=headers)

    async def delete_posts(self, _: Request) -> Response:
        """Forgets what was published, and what arrived."""
        self._state.record.clear()
        self._state.arrivals.clear()
        return Response(status_code=204)

    async def requests(self, _: Request) -> Response:
        """Lists every request to publish, newest first, whatever became of it."""
        return JSONResponse([arrival.as_json() for arrival in self._state.arrivals.newest_first()])

    async def faults(self, _: Request) -> Response:
        """Shows the settings, and the faults still to come."""
        return JSONResponse(self._state.settings.as_json() | {"faults": self._state.faults.as_json()})

    async def add_fault(self, request: Request) -> Response:
        """Adds a fault, changes settings, or both."""
        body = await read_body(request)
        if body is None:
            return JSONResponse({"error": f"The body is larger than {BODY_MAX} bytes.", "key": None}, 413)
        fields = json_object(body)
        if fields is None:
            return JSONResponse({"error": "The body is not a JSON object.", "key": None}, 400)
        try:
            self._apply(read_form(fields))
        except BadForm as error:
            return JSONResponse({"error": str(error), "key": error.key}, 400)
        return await self.faults(request)

    async def delete_faults(self, request: Request) -> Response:
        """Takes the faults away and restores the limits that the sandbox was made with."""
        self._state.restore_defaults()
        return await self.faults(request)

    def _apply(self, form: FaultForm) -> None:
        now = self._state.settings
        self._state.settings = SandboxSettings.of(
            form.settings.get("rate_limit", now.rate_limit),
            form.settings.get("duplicate_window_seconds", now.duplicate_window_seconds),
        )
        if form.fault is not None:
            self._state.faults.add(form.fault)


def _bad(key: str, reason: str) -> Response:
    return JSONResponse({"error": f'"{key}" {reason}', "key": key}, 400)
