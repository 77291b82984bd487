"""For those who watch over Perennial: /healthz, /readyz and /metrics, of a server or of a worker."""

import asyncio
import hmac
from collections.abc import Iterable

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, Metric, generate_latest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from perennial.api.health import _gauges
from perennial.api.health._readiness import readiness
from perennial.api.pages.json_line import JsonLine
from perennial.observe.metrics import REGISTRY
from perennial.process import Process
from perennial.settings import Settings
from perennial.settings.validators import is_loopback, is_loopback_url

# Beats come with every look at the alarms, or every ten seconds or so while Redis is away.
PULSE_SECONDS_MAX = 60.0

# Whoever came through a proxy is not on loopback, although the proxy may be.
_PROXIED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")

_CLOSED = (
    "/metrics is open on loopback alone, by its name (127.0.0.1, localhost, [::1]) and without a proxy; elsewhere it "
    "wants a token, and PERENNIAL_METRICS_TOKEN is not set.\n"
)
_NO_TOKEN = "/metrics wants the header Authorization: Bearer <PERENNIAL_METRICS_TOKEN>.\n"  # noqa: S105 (a message)


class HealthRoutes:
    """The three pages. A worker's speak of that worker; a server's, of whether there is any."""

    def __init__(self, process: Process, *, of_worker: bool = False) -> None:
        self._process = process
        self._of_worker = of_worker

    def routes(self) -> list[BaseRoute]:
        """Where they are."""
        return [
            Route("/healthz", self._healthz),
            Route("/readyz", self._readyz),
            Route("/metrics", self._metrics),
        ]

    async def _healthz(self, _request: Request) -> Response:
        """200 as long as the process lives; a worker's also wants its loop to look for alarms, or for its Redis."""
        if self._of_worker and (seconds := self._process.heartbeat.seconds_since_beat) > PULSE_SECONDS_MAX:
            return PlainTextResponse(f"the worker's loop has stood still for {seconds:.0f} s\n", 503)
        return PlainTextResponse("ok\n")

    async def _readyz(self, _request: Request) -> Response:
        """200 when database, Redis and worker are up, else 503; either says which are, and what is missing."""
        found = await readiness(self._process, of_own_worker=self._of_worker)
        words = {part: "up" if up else "down" for part, up in found.parts.items()}
        return JsonLine({**words, "missing": found.missing}, 503 if found.missing else 200)

    async def _metrics(self, request: Request) -> Response:
        """All that is counted in this process, and what is due in the database and in Redis."""
        if refusal := _refusal(request, self._process.settings):
            return refusal
        found = await readiness(self._process, of_own_worker=self._of_worker)
        page = _Page(await _gauges.read(self._process, found.parts))
        text = await asyncio.to_thread(generate_latest, page)  # of a hundred operations it takes a while
        return Response(text, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})


class _Page:
    """What the process has counted, with the gauges that were read."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """All of it."""
        yield from REGISTRY.collect()
        yield from self._families


def _refusal(request: Request, settings: Settings) -> Response | None:
    if _is_on_loopback(request):
        return None
    if settings.metrics_token is None:
        return PlainTextResponse(_CLOSED, 403)
    wanted = f"Bearer {settings.metrics_token.get_secret_value()}"
    if hmac.compare_digest(request.headers.get("authorization", "").encode(), wanted.encode()):
        return None
    return PlainTextResponse(_NO_TOKEN, 401, {"WWW-Authenticate": "Bearer"})


def _is_on_loopback(request: Request) -> bool:
    """A name that was rebound to 127.0.0.1 by another site's page is not ours, though it comes from this machine."""
    if request.client is None or not is_loopback(request.client.host):
        return False
    return is_loopback_url(f"http://{request.headers.get('host', '')}") and not any(
        name in request.headers for name in _PROXIED
    )
