"""The access log: a line and a count for each request to /graphql, with its operation, outcome and duration."""

import time
from contextvars import ContextVar
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from perennial.api.paths import GRAPHQL
from perennial.observe import metrics
from perennial.observe.logs import get_logger

log = get_logger(__name__)

NONE = "none"
SUBSCRIPTION = "subscription"


@dataclass(frozen=True)
class Operation:
    """A GraphQL operation: its name in the log, its metric label, its kind, and ok or its first error's code."""

    name: str
    label: str
    kind: str | None
    outcome: str


NOT_EXECUTED = Operation(NONE, NONE, None, "ok")


@dataclass
class _Request:
    """What is known so far of the HTTP request that is being served."""

    status: int | None = None
    operation: Operation = NOT_EXECUTED

    @property
    def outcome(self) -> str:
        """The operation's outcome, or the HTTP status if the request failed before its document was read."""
        if self.status is None:
            return "broken_off"
        return (
            f"http_{self.status}" if self.operation.outcome == "ok" and self.status >= 400 else self.operation.outcome
        )


_REQUEST: ContextVar[_Request | None] = ContextVar("request", default=None)


def record_operation(operation: Operation, milliseconds: float) -> None:
    """Records an operation that ended: in its HTTP request's line, or, on a WebSocket, in a line of its own."""
    if request := _REQUEST.get():
        request.operation = operation
        return
    metrics.SOCKET_OPERATIONS.labels(operation.label, operation.outcome).inc()
    log.info(
        "operation.done",
        operation=operation.name,
        kind=operation.kind,
        outcome=operation.outcome,
        milliseconds=milliseconds,
    )


class AccessLog:
    """Logs each request when it ends. Requests to other paths are logged at DEBUG and not counted."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves the request or the WebSocket, then logs it."""
        if scope["type"] == "http":
            await self._serve_request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._serve_websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _serve_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, start = _Request(), time.perf_counter()

        async def send_and_keep_status(message: Message) -> None:
            if message["type"] == "http.response.start":
                request.status = message["status"]
            await send(message)

        token = _REQUEST.set(request)
        try:
            await self._app(scope, receive, send_and_keep_status)
        except Exception:
            request.status = request.status or 500  # the server answers an uncaught exception with it
            raise
        finally:
            _REQUEST.reset(token)
            _log_and_count(scope, request, time.perf_counter() - start)

    async def _serve_websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = time.perf_counter()
        with metrics.SOCKETS.track_inprogress():
            try:
                await self._app(scope, receive, send)
            finally:
                log.info("socket.closed", milliseconds=_milliseconds(time.perf_counter() - start))


def _log_and_count(scope: Scope, request: _Request, seconds: float) -> None:
    operation, milliseconds = request.operation, _milliseconds(seconds)
    if scope["path"] != GRAPHQL:
        log.debug("request.done", method=scope["method"], status=request.status, milliseconds=milliseconds)
        return
    metrics.REQUESTS.labels(operation.label, request.outcome).inc()
    if operation.kind != SUBSCRIPTION:
        metrics.REQUEST_SECONDS.labels(operation.label).observe(seconds)
    log.info(
        "request.done",
        operation=operation.name,
        kind=operation.kind,
        status=request.status,
        outcome=request.outcome,
        milliseconds=milliseconds,
    )


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)
