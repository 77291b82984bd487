"""GET /sandbox/origins and /sandbox/years: what the sandbox's page shows of queues, which it does not know."""

from collections.abc import Awaitable
from datetime import timedelta
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from perennial.api.json_line import JsonLine
from perennial.core import clock
from perennial.core.json_text import json_text
from perennial.db import outages
from perennial.embedded._timeline_feed import timeline_feed
from perennial.embedded._year_feed import Limits, year_feed
from perennial.process import Process

IDS_MAX = 100


async def timeline_feed_view(request: Request) -> Response:
    """Returns the feed for the posts that `?id=` names, IDS_MAX at most; 304 if the request names its ETag."""
    ids = request.query_params.getlist("id")
    if len(ids) > IDS_MAX:
        return JsonLine({"error": f"Not more than {IDS_MAX} ids at a time."}, 400)
    return await _answer(request, timeline_feed(ids))


async def year_feed_view(request: Request) -> Response:
    """Returns the strips of the queues of the user that `?user=` names, or of everybody's; 304 as above."""
    process: Process = request.app.state.process
    settings = process.settings
    limits = Limits(timedelta(minutes=settings.missed_after_minutes), timedelta(hours=settings.duplicate_hours))
    return await _answer(request, _year_feed(request.query_params.get("user"), limits))


async def _year_feed(user: str | None, limits: Limits) -> Any:
    return await year_feed(user, await clock.now(), limits)


async def _answer(request: Request, feed: Awaitable[Any]) -> Response:
    try:
        body = json_text(await feed).encode() + b"\n"
    except Exception as error:
        if not outages.is_outage(error):
            raise
        return JsonLine({"error": outages.outage_message(error)}, 503)
    headers = {"ETag": f'"{sha256(body).hexdigest()[:32]}"', "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")
