"""The application: its routes, and in embedded mode the sandbox with its tokens."""

import json

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from perennial import clock, database
from perennial.auth import Authenticator, JwksKeys, KeySource, PemKey
from perennial.embedded import Embedded
from perennial.errors import InvalidInput, UserError
from perennial.explorer import Explorer
from perennial.graphql.view import View
from perennial.operations import Operations
from perennial.origins_view import origins_view
from perennial.platforms.base import Tokens
from perennial.process import Process
from perennial.requests import RequestId, SafeHeaders
from perennial.sandbox import create_sandbox
from perennial.sandbox.guard import LoopbackOnly
from perennial.settings import Settings
from perennial.states import Platform
from perennial.telling import PATH, Telling


def create_app(process: Process, embedded: Embedded | None = None) -> Starlette:
    """The API over an open process; with what embedded mode adds, where that is given."""
    explorer = Explorer.find(embedded=embedded is not None)
    view = View(process, authenticator(process.settings), explorer)
    routes: list[BaseRoute] = [
        Route("/", _to_the_explorer),
        Route(PATH, view),
        WebSocketRoute(PATH, view),
        *explorer.routes(),
        *Operations(process).routes(),
    ]
    if embedded is not None:
        routes.append(Route("/sandbox/token", _token, methods=["POST"], middleware=[Middleware(LoopbackOnly)]))
        routes.append(Route("/sandbox/origins", origins_view, methods=["GET"], middleware=[Middleware(LoopbackOnly)]))
        routes.append(Mount("/sandbox", create_sandbox(embedded.record_file)))
    around = [Middleware(RequestId), Middleware(Telling), Middleware(SafeHeaders), *_cors(process.settings)]
    app = Starlette(routes=routes, middleware=around)
    app.state.process = process
    app.state.embedded = embedded
    return app


def _cors(settings: Settings) -> list[Middleware]:
    """Lets pages of other origins ask, where some are named. Nothing of ours hangs on a cookie."""
    if not settings.cors_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "X-Request-Id"],
            max_age=3600,
        )
    ]


def authenticator(settings: Settings) -> Authenticator:
    """Who checks bearer tokens, by these settings."""
    issuer = settings.issuer or ""
    keys: KeySource
    if settings.jwt_key:
        keys = PemKey(settings.jwt_key)
    else:
        keys = JwksKeys(settings.jwks_url or f"{issuer.rstrip('/')}/.well-known/jwks.json")
    return Authenticator(issuer, keys, frozenset(settings.authorized_parties))


async def connect_sandbox_accounts(process: Process, user: str) -> None:
    """Connects the user's accounts on both of the sandbox's platforms."""
    for platform in Platform:
        tokens = Tokens(f"sandbox-{user}", None, None)
        await process.accounts.connect(user, platform, tokens, await clock.now())


async def _to_the_explorer(_request: Request) -> Response:
    return RedirectResponse(PATH)


async def _token(request: Request) -> Response:
    """POST {"user": "alice"}: a bearer token for a day, and the user's sandbox accounts connected."""
    process: Process = request.app.state.process
    embedded: Embedded = request.app.state.embedded
    try:
        user, connect = _token_request(await request.body())
        token = embedded.identity.token(user, await clock.now())
        if connect:
            await connect_sandbox_accounts(process, user)
    except UserError as error:
        return JSONResponse({"error": str(error)}, 400)
    except Exception as error:
        if not database.is_outage(error):
            raise
        return JSONResponse({"error": database.outage_words(error)}, 503)
    return JSONResponse({"token": token})


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
