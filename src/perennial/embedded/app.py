"""The application of the embedded mode: the API, the sandbox, tokens for it, and the timeline feed."""

import json

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from perennial.api.app import create_app
from perennial.api.json_line import JsonLine
from perennial.api.pages.moved import METHODS, moved_to
from perennial.api.pages.not_found import HANDLERS
from perennial.core import clock
from perennial.core.errors import InvalidInput, UserError
from perennial.core.states import Platform
from perennial.db import outages
from perennial.embedded.parts import Embedded
from perennial.embedded.timeline.views import timeline_feed_view, year_feed_view
from perennial.platforms.transport import Tokens
from perennial.process import Process
from perennial.sandbox import create_sandbox
from perennial.sandbox.guard import LoopbackOnly


def create_embedded_app(process: Process, embedded: Embedded) -> Starlette:
    """Creates the API of an open process, with the routes that the mode adds below /sandbox."""
    routes: list[BaseRoute] = [
        Route("/sandbox/token", _token, methods=["POST"], middleware=[Middleware(LoopbackOnly)]),
        Route("/sandbox/origins", timeline_feed_view, methods=["GET"], middleware=[Middleware(LoopbackOnly)]),
        Route("/sandbox/years", year_feed_view, methods=["GET"], middleware=[Middleware(LoopbackOnly)]),
        Route("/sandbox", moved_to("sandbox/"), methods=METHODS),
        Mount("/sandbox", create_sandbox(embedded.record_file, exception_handlers=HANDLERS)),
    ]
    app = create_app(process, routes, embedded=True)
    app.state.process = process
    app.state.embedded = embedded
    return app


async def connect_sandbox_accounts(process: Process, user: str) -> None:
    """Connects sandbox accounts on both platforms for the user."""
    for platform in Platform:
        tokens = Tokens(f"sandbox-{user}", None, None)
        await process.accounts.connect(user, platform, tokens, await clock.now())


async def _token(request: Request) -> Response:
    """POST {"user": "alice"}: connects the user's sandbox accounts and returns a bearer token for a day."""
    process: Process = request.app.state.process
    embedded: Embedded = request.app.state.embedded
    try:
        user, connect = _token_request(await request.body())
        token = embedded.identity.token(user, await clock.now())
        if connect:
            await connect_sandbox_accounts(process, user)
    except UserError as error:
        return JsonLine({"error": str(error)}, 400)
    except Exception as error:
        if not outages.is_outage(error):
            raise
        return JsonLine({"error": outages.outage_message(error)}, 503)
    return JsonLine({"token": token})


def _token_request(body: bytes) -> tuple[str, bool]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict) or not isinstance(given.get("user"), str):
        raise InvalidInput("user", 'The body is a JSON object with a user: {"user": "alice"}.')
    if not isinstance(connect := given.get("connect", True), bool):
        raise InvalidInput("connect", "connect is true or false.")
    return given["user"], connect
