"""X's endpoints: publish, delete, the token's user, the timeline, and refresh."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from perennial.sandbox._calls import ApiCall, bearer_token, receive, receive_form, respond
from perennial.sandbox._request_log import LoggedRequest
from perennial.sandbox._settings import X
from perennial.sandbox._state import State
from perennial.sandbox._tokens import user_of_access
from perennial.sandbox.faults.faults import CREATE, ME, TIMELINE
from perennial.sandbox.x._create import create, text_of
from perennial.sandbox.x._responses import NOT_PERMITTED, dead_refresh_token, failure, not_found, problem, user_object
from perennial.sandbox.x._timeline import timeline

ACCESS_TOKEN_SECONDS = 2 * 60 * 60
SCOPE = "tweet.read tweet.write users.read offline.access"
FAULT_RATE_LIMIT = 100  # the limit in the headers of an injected 429, if none is set


class XEndpoints:
    """The endpoints of X's API v2 that publishing needs."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """The routes below X's root."""
        return [
            Route("/2/tweets", self.create, methods=["POST"]),
            Route("/2/tweets/{id}", self.delete, methods=["DELETE"]),
            Route("/2/users/me", self.me, methods=["GET"]),
            Route("/2/users/{id}/tweets", self.timeline, methods=["GET"]),
            Route("/2/oauth2/token", self.token, methods=["POST"]),
        ]

    async def create(self, request: Request) -> Response:
        """Publishes a post."""
        call = await receive(request, X, CREATE, self._state.clock())
        logged = self._state.request_log.add(LoggedRequest(X, call.user, text_of(call), call.now))
        response = await self._respond(call, lambda: create(self._state, call, logged))
        logged.status = response.status_code
        return response

    async def delete(self, request: Request) -> Response:
        """Deletes a post of the caller."""
        user, post_id = user_of_access(bearer_token(request)), request.path_params["id"]
        post = self._state.posts.get(post_id)
        if user is None:
            return problem(401)
        if post is None or post.platform != X:
            return not_found("tweet", post_id)
        if post.user != user:
            return problem(403, NOT_PERMITTED)
        self._state.posts.remove(post)
        return JSONResponse({"data": {"deleted": True}})

    async def me(self, request: Request) -> Response:
        """Returns the user whose token it is."""
        call = await receive(request, X, ME, self._state.clock())
        return await self._respond(
            call, lambda: JSONResponse({"data": user_object(call.user)}) if call.user else problem(401)
        )

    async def timeline(self, request: Request) -> Response:
        """Lists the caller's posts."""
        call = await receive(request, X, TIMELINE, self._state.clock())
        user_id, query = request.path_params["id"], request.query_params
        return await self._respond(
            call, lambda: timeline(self._state.posts, call.user, user_id, query) if call.user else problem(401)
        )

    async def token(self, request: Request) -> Response:
        """Exchanges a refresh token for a new pair. Any client may do so: the sandbox registers none."""
        call, form = await receive_form(request, X, self._state.clock())
        return await self._respond(call, lambda: self._refresh(form))

    def _refresh(self, form: Mapping[str, str]) -> Response:
        if form.get("grant_type") != "refresh_token":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        pair = self._state.tokens.rotate(form.get("refresh_token", ""))
        if pair is None:
            return dead_refresh_token()
        tokens = {"access_token": pair.access, "refresh_token": pair.refresh}
        return JSONResponse({"token_type": "bearer", "expires_in": ACCESS_TOKEN_SECONDS, "scope": SCOPE, **tokens})

    async def _respond(self, call: ApiCall, handle: Callable[[], Response]) -> Response:
        return await respond(self._state, call, handle, self._failure)

    def _failure(self, call: ApiCall, status: int) -> Response:
        """X's error for the status of a fault; a 429 has the rate limit headers of the user's window."""
        response = failure(call, status)
        if status == 429:
            limit = self._state.settings.rate_limit[X] or FAULT_RATE_LIMIT
            window = self._state.rates.current(X, call.user or "", limit, call.now)
            response.headers.update(window.headers | {"x-rate-limit-remaining": "0"})
        return response
