"""The ASGI application: its routes, and the middleware around all of them."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Route, WebSocketRoute

from perennial.api.auth.bearer_tokens import authenticator
from perennial.api.explorer.page import Explorer
from perennial.api.health.routes import HealthRoutes
from perennial.api.http.endpoint import Endpoint
from perennial.api.middleware.access_log import AccessLog
from perennial.api.middleware.request_ids import RequestId, SafeHeaders
from perennial.api.pages.home import Home
from perennial.api.pages.moved import METHODS, moved_to
from perennial.api.pages.not_found import HANDLERS
from perennial.api.paths import GRAPHQL
from perennial.process import Process
from perennial.settings import Settings


def create_app(process: Process, extra_routes: Sequence[BaseRoute] = (), *, embedded: bool = False) -> Starlette:
    """Builds the API over an open process, with `extra_routes` beside its own.

    `embedded` decides whether the explorer opens with the embedded mode's tabs and its token.
    """
    explorer = Explorer.find(embedded=embedded, introspection=process.settings.introspection)
    endpoint = Endpoint(process, authenticator(process.settings, process.session), explorer)
    routes: list[BaseRoute] = [
        Route("/", Home(embedded=embedded).respond),
        Route(GRAPHQL, endpoint, middleware=_cors_middleware(process.settings)),
        Route(f"{GRAPHQL}/", moved_to(f"..{GRAPHQL}"), methods=METHODS),
        WebSocketRoute(GRAPHQL, endpoint),
        *explorer.routes(),
        *HealthRoutes(process).routes(),
        *extra_routes,
    ]
    middleware = [Middleware(RequestId), Middleware(AccessLog), Middleware(SafeHeaders)]
    app = Starlette(routes=routes, middleware=middleware, exception_handlers=HANDLERS)
    app.router.redirect_slashes = False  # it redirects to the host that the request names
    return app


def _cors_middleware(settings: Settings) -> list[Middleware]:
    """Lets pages of the configured origins send requests, with whatever headers their libraries add.

    The API uses no cookies, so none are allowed, and nothing hangs on any other header than those it reads.
    """
    if not settings.cors_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["*"],  # answers the names that were asked for: browsers do not count Authorization among "*"
            expose_headers=["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "X-Request-Id"],
            max_age=3600,
        )
    ]
