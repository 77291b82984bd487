"""LinkedIn: publishing, deleting, who am I, and refreshing tokens."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from perennial.sandbox._arrivals import Arrival
from perennial.sandbox._calls import Call, answered, receive, receive_form
from perennial.sandbox._settings import LINKEDIN
from perennial.sandbox._state import State
from perennial.sandbox.faults.faults import CREATE, ME
from perennial.sandbox.linkedin._answers import access_denied, dead_refresh_token, failure, invalid_token, member_object
from perennial.sandbox.linkedin._create import create, header_complaint, text_of

DELETE = "delete"  # no fault concerns it

ACCESS_TOKEN_SECONDS = 60 * 86_400
REFRESH_TOKEN_SECONDS = 365 * 86_400
SCOPE = "openid,profile,w_member_social"


class LinkedInWire:
    """The part of LinkedIn's API that publishing needs."""

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
        arrival = self._state.arrivals.note(Arrival(LINKEDIN, call.user, text_of(call), call.now))
        response = await self._answered(call, lambda: create(self._state, call, arrival))
        arrival.status = response.status_code
        return response

    async def delete(self, request: Request) -> Response:
        """Deletes a post of the member's own. What is gone already is deleted once more."""
        call = await receive(request, LINKEDIN, DELETE, self._state.clock())
        post = self._state.record.get(request.path_params["urn"])
        if call.user is None:
            return invalid_token()
        if complaint := header_complaint(call):
            return complaint
        if post is None or post.platform != LINKEDIN:
            return Response(status_code=204)
        if post.user != call.user:
            return access_denied("partnerApiPostsExternal.DELETE")
        self._state.record.remove(post)
        return Response(status_code=204)

    async def me(self, request: Request) -> Response:
        """Says whose token it is."""
        call = await receive(request, LINKEDIN, ME, self._state.clock())
        return await self._answered(
            call, lambda: JSONResponse(member_object(call.user)) if call.user else invalid_token()
        )

    async def token(self, request: Request) -> Response:
        """Trades a refresh token for a new access token. Any client may: the sandbox has none registered."""
        call, form = await receive_form(request, LINKEDIN, self._state.clock())
        return await self._answered(call, lambda: self._refreshed(form))

    def _refreshed(self, form: Mapping[str, str]) -> Response:
        if form.get("grant_type") != "refresh_token":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        pair = self._state.tokens.renew(form.get("refresh_token", ""))
        if pair is None:
            return dead_refresh_token()
        refresh = {"refresh_token": pair.refresh, "refresh_token_expires_in": REFRESH_TOKEN_SECONDS}
        access = {"access_token": pair.access, "expires_in": ACCESS_TOKEN_SECONDS}
        return JSONResponse({**access, **refresh, "scope": SCOPE, "token_type": "Bearer"})

    async def _answered(self, call: Call, act: Callable[[], Response]) -> Response:
        return await answered(self._state, call, act, failure)
