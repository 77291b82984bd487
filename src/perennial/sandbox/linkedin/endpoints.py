"""LinkedIn's endpoints: publish, delete, the token's member, and refresh."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from perennial.sandbox._calls import ApiCall, receive, receive_form, respond
from perennial.sandbox._request_log import LoggedRequest
from perennial.sandbox._settings import LINKEDIN
from perennial.sandbox._state import State
from perennial.sandbox.faults.faults import CREATE, ME
from perennial.sandbox.linkedin._create import create, header_error, text_of
from perennial.sandbox.linkedin._responses import (
    access_denied,
    dead_refresh_token,
    failure,
    invalid_token,
    member_object,
)

DELETE = "delete"  # faults cannot name this operation

ACCESS_TOKEN_SECONDS = 60 * 86_400
REFRESH_TOKEN_SECONDS = 365 * 86_400
SCOPE = "openid,profile,w_member_social"


class LinkedInEndpoints:
    """The endpoints of LinkedIn's API that publishing needs."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """The routes below LinkedIn's root."""
        return [
            Route("/rest/posts", self.create, methods=["POST"]),
            Route("/rest/posts/{urn}", self.delete, methods=["DELETE"]),
            Route("/v2/userinfo", self.me, methods=["GET"]),
            Route("/oauth/v2/accessToken", self.token, methods=["POST"]),
        ]

    async def create(self, request: Request) -> Response:
        """Publishes a post."""
        call = await receive(request, LINKEDIN, CREATE, self._state.clock())
        logged = self._state.request_log.add(LoggedRequest(LINKEDIN, call.user, text_of(call), call.now))
        response = await self._respond(call, lambda: create(self._state, call, logged))
        logged.status = response.status_code
        return response

    async def delete(self, request: Request) -> Response:
        """Deletes a post of the member. Deleting one that does not exist succeeds too."""
        call = await receive(request, LINKEDIN, DELETE, self._state.clock())
        post = self._state.posts.get(request.path_params["urn"])
        if call.user is None:
            return invalid_token()
        if invalid := header_error(call):
            return invalid
        if post is None or post.platform != LINKEDIN:
            return Response(status_code=204)
        if post.user != call.user:
            return access_denied("partnerApiPostsExternal.DELETE")
        self._state.posts.remove(post)
        return Response(status_code=204)

    async def me(self, request: Request) -> Response:
        """Returns the member whose token it is."""
        call = await receive(request, LINKEDIN, ME, self._state.clock())
        return await self._respond(
            call, lambda: JSONResponse(member_object(call.user)) if call.user else invalid_token()
        )

    async def token(self, request: Request) -> Response:
        """Exchanges a refresh token for a new access token. Any client may do so: the sandbox registers none."""
        call, form = await receive_form(request, LINKEDIN, self._state.clock())
        return await self._respond(call, lambda: self._refresh(form))

    def _refresh(self, form: Mapping[str, str]) -> Response:
        if form.get("grant_type") != "refresh_token":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        pair = self._state.tokens.renew(form.get("refresh_token", ""))
        if pair is None:
            return dead_refresh_token()
        refresh = {"refresh_token": pair.refresh, "refresh_token_expires_in": REFRESH_TOKEN_SECONDS}
        access = {"access_token": pair.access, "expires_in": ACCESS_TOKEN_SECONDS}
        return JSONResponse({**access, **refresh, "scope": SCOPE, "token_type": "Bearer"})

    async def _respond(self, call: ApiCall, handle: Callable[[], Response]) -> Response:
        return await respond(self._state, call, handle, failure)
