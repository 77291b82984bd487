"""A line in the log, and a count, for each request to /graphql: what it asked for, how it went, how long it took."""

import time
from contextvars import ContextVar
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from perennial.observe import metrics
from perennial.observe.logs import get_logger

log = get_logger(__name__)

PATH = "/graphql"
NONE = "none"
SUBSCRIPTION = "subscription"


@dataclass(frozen=True)
class Operation:
    """What was executed: its name in the log and as a label, its kind, and ok or the code of its first error."""

    name: str
    label: str
    kind: str | None
    outcome: str


NOTHING = Operation(NONE, NONE, None, "ok")


@dataclass
class _Answer:
    """What is known of a request so far."""

    status: int | None = None
    operation: Operation = NOTHING

    @property
    def outcome(self) -> str:
        """How it went: where the document was none, or was never looked at, the status says so."""
        if self.status is None:
            return "broken_off"
        return (
            f"http_{self.status}" if self.operation.outcome == "ok" and self.status >= 400 else self.operation.outcome
        )


_ANSWER: ContextVar[_Answer | None] = ContextVar("answer", default=None)


def note(operation: Operation, milliseconds: float) -> None:
    """Takes down what was executed: for the line of the HTTP request that asked for it, or else in one of its own."""
    if answer := _ANSWER.get():
        answer.operation = operation
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
    """Tells of each request, when it is over. Those to other paths are told of at DEBUG and not counted."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves the request, or the WebSocket, and tells of it."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._converse(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer, begun = _Answer(), time.perf_counter()

        async def send_and_look(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
            await send(message)

        token = _ANSWER.set(answer)
        try:
            await self._app(scope, receive, send_and_look)
        except Exception:
            answer.status = answer.status or 500  # which is what whoever catches it makes of it
            raise
        finally:
            _ANSWER.reset(token)
            _tell(scope, answer, time.perf_counter() - begun)

    async def _converse(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = time.perf_counter()
        with metrics.SOCKETS.track_inprogress():
            try:
                await self._app(scope, receive, send)
            finally:
                log.info("socket.closed", milliseconds=_milliseconds(time.perf_counter() - begun))


def _tell(scope: Scope, answer: _Answer, seconds: float) -> None:
    operation, milliseconds = answer.operation, _milliseconds(seconds)
    if scope["path"] != PATH:
        log.debug("request.done", method=scope["method"], status=answer.status, milliseconds=milliseconds)
        return
    metrics.REQUESTS.labels(operation.label, answer.outcome).inc()
    if operation.kind != SUBSCRIPTION:
        metrics.REQUEST_SECONDS.labels(operation.label).observe(seconds)
    log.info(
        "request.done",
        operation=operation.name,
        kind=operation.kind,
        status=answer.status,
        outcome=answer.outcome,
        milliseconds=milliseconds,
    )


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)
