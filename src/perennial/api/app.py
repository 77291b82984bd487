"""The application: its routes, and what stands around every one of them."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Route, WebSocketRoute

from perennial.api.auth.bearer_tokens import authenticator
from perennial.api.explorer import Explorer
from perennial.api.health.routes import HealthRoutes
from perennial.api.http.endpoint import Endpoint
from perennial.api.middleware.access_log import PATH, AccessLog
from perennial.api.middleware.request_ids import RequestId, SafeHeaders
from perennial.api.pages.home import Home
from perennial.api.pages.not_found import HANDLERS
from perennial.process import Process
from perennial.settings import Settings


def create_app(process: Process, more: Sequence[BaseRoute] = (), *, embedded: bool = False) -> Starlette:
    """The API over an open process, and `more` routes beside its own.

    `embedded` says whether the explorer opens with the embedded mode's tabs and its token.
    """
    explorer = Explorer.find(embedded=embedded, introspection=process.settings.introspection)
    view = Endpoint(process, authenticator(process.settings), explorer)
    routes: list[BaseRoute] = [
        Route("/", Home(embedded=embedded).answer),
        Route(PATH, view, middleware=_cors(process.settings)),
        WebSocketRoute(PATH, view),
        *explorer.routes(),
        *HealthRoutes(process).routes(),
        *more,
    ]
    around = [Middleware(RequestId), Middleware(AccessLog), Middleware(SafeHeaders)]
    return Starlette(routes=routes, middleware=around, exception_handlers=HANDLERS)


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
