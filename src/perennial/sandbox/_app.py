"""The application: both platforms, the controls and the timeline page, protected by one guard."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route

from perennial.sandbox._controls import HANDLERS, Controls
from perennial.sandbox._page import timeline_page
from perennial.sandbox._post_store import PostStore
from perennial.sandbox._settings import DEFAULT_RATE_LIMIT, DUPLICATE_WINDOW_SECONDS, RateLimit, SandboxSettings
from perennial.sandbox._state import State
from perennial.sandbox.guard import LoopbackOnly
from perennial.sandbox.linkedin.endpoints import LinkedInEndpoints
from perennial.sandbox.x.endpoints import XEndpoints


def utc_now() -> datetime:
    """The default clock."""
    return datetime.now(UTC)


def create_sandbox(
    record_file: Path | None = None,
    *,
    rate_limit: RateLimit | int | None = DEFAULT_RATE_LIMIT,
    duplicate_window_seconds: float = DUPLICATE_WINDOW_SECONDS,
    clock: Callable[[], datetime] = utc_now,
    exception_handlers: Mapping[Any, Any] = HANDLERS,
) -> Starlette:
    """Creates a sandbox that an application mounts at /sandbox.

    Published posts are kept in memory and, if `record_file` is given, in that file, which is read again on start.
    `rate_limit` is the number of posts that a user may send in 15 minutes: one for both platforms, or one for each.
    `exception_handlers` are Starlette's: they answer where there is nothing.
    """
    settings = SandboxSettings.of(rate_limit, duplicate_window_seconds)
    state = State(posts=PostStore.load(record_file), clock=clock, defaults=settings)
    return Starlette(
        routes=[
            Mount("/x", routes=XEndpoints(state).routes()),
            Mount("/linkedin", routes=LinkedInEndpoints(state).routes()),
            *Controls(state).routes(),
            Route("/", timeline_page),
        ],
        middleware=[Middleware(LoopbackOnly)],
        exception_handlers=exception_handlers,
    )
