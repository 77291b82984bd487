"""The routes for operators: /healthz, /readyz and /metrics, of a server or of a worker."""

import asyncio
import hmac
from collections.abc import Iterable

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, Metric, generate_latest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from perennial.api.health import _gauges
from perennial.api.health._readiness import readiness
from perennial.api.json_line import JsonLine
from perennial.observe.metrics import REGISTRY
from perennial.process import Process
from perennial.settings import Settings
from perennial.settings.validators import is_loopback, is_loopback_url

# A worker's heartbeat is recorded at every poll of the job queue, or about every ten seconds while Redis is away.
HEARTBEAT_SECONDS_MAX = 60.0

# A client behind a proxy is not on loopback, although the proxy may be.
_PROXY_HEADERS = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")

_LOOPBACK_ONLY = (
    "/metrics is open on loopback alone, by its name (127.0.0.1, localhost, [::1]) and without a proxy; elsewhere it "
    "wants a token, and PERENNIAL_METRICS_TOKEN is not set.\n"
)
_NO_TOKEN = "/metrics wants the header Authorization: Bearer <PERENNIAL_METRICS_TOKEN>.\n"  # noqa: S105 (a message)


class HealthRoutes:
    """The three routes. A worker's report on that worker; a server's report whether any worker is alive."""

    def __init__(self, process: Process, *, of_worker: bool = False) -> None:
        self._process = process
        self._of_worker = of_worker

    def routes(self) -> list[BaseRoute]:
        """The routes, to be joined to an application's."""
        return [
            Route("/healthz", self._healthz),
            Route("/readyz", self._readyz),
            Route("/metrics", self._metrics),
        ]

    async def _healthz(self, _request: Request) -> Response:
        """Answers 200; a worker answers 503 if it has neither polled the job queue nor tried to reach Redis lately."""
        if self._of_worker and (seconds := self._process.heartbeat.seconds_since_beat) > HEARTBEAT_SECONDS_MAX:
            return PlainTextResponse(f"the worker's loop has stood still for {seconds:.0f} s\n", 503)
        return PlainTextResponse("ok\n")

    async def _readyz(self, _request: Request) -> Response:
        """Answers 200 if database, Redis and worker are up, else 503; the body has their states and what is missing."""
        found = await readiness(self._process, of_own_worker=self._of_worker)
        states = {part: "down" if why else "up" for part, why in found.items()}
        missing = [f"{part}: {why}." for part, why in found.items() if why]
        return JsonLine({**states, "missing": missing}, 503 if missing else 200)

    async def _metrics(self, request: Request) -> Response:
        """Answers with the metrics of this process, and with the gauges read from the database and Redis."""
        if refusal := _refusal(request, self._process.settings):
            return refusal
        found = await readiness(self._process, of_own_worker=self._of_worker)
        up = {part: not why for part, why in found.items()}
        page = _Collector(await _gauges.read_gauges(self._process, up))
        text = await asyncio.to_thread(generate_latest, page)  # slow with a hundred operations
        return Response(text, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})


class _Collector:
    """A prometheus-client collector of the process's metrics and of the gauges that were read."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """Yields both; prometheus-client calls this."""
        yield from REGISTRY.collect()
        yield from self._families


def _refusal(request: Request, settings: Settings) -> Response | None:
    if _is_on_loopback(request):
        return None
    if settings.metrics_token is None:
        return PlainTextResponse(_LOOPBACK_ONLY, 403)
    expected = f"Bearer {settings.metrics_token.get_secret_value()}"
    if hmac.compare_digest(request.headers.get("authorization", "").encode(), expected.encode()):
        return None
    return PlainTextResponse(_NO_TOKEN, 401, {"WWW-Authenticate": "Bearer"})


def _is_on_loopback(request: Request) -> bool:
    """Whether the request is from this machine and names a loopback host: another name may resolve to 127.0.0.1 too."""
    if request.client is None or not is_loopback(request.client.host):
        return False
    return is_loopback_url(f"http://{request.headers.get('host', '')}") and not any(
        name in request.headers for name in _PROXY_HEADERS
    )
