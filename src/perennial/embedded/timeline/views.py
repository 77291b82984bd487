"""GET /sandbox/origins and /sandbox/years: what the sandbox's page shows of queues, which it does not know."""

from collections.abc import Awaitable
from datetime import timedelta
from hashlib import sha256
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from perennial.api.json_line import JsonLine
from perennial.core import clock
from perennial.core.errors import InvalidInput
from perennial.core.texts import json_text
from perennial.db import outages
from perennial.embedded.timeline.chosen_queues import QUEUES_MAX, Choice
from perennial.embedded.timeline.feed import timeline_feed
from perennial.embedded.timeline.years import Limits, year_feed
from perennial.process import Process

IDS_MAX = 100
FIND_LENGTH_MAX = 100
OFFSET_MAX = 1_000_000


async def timeline_feed_view(request: Request) -> Response:
    """Returns the feed for the posts that `?id=` names, IDS_MAX at most; 304 if the request names its ETag.

    What comes next is that of the user that `?user=` names, or everybody's.
    """
    ids = request.query_params.getlist("id")
    if len(ids) > IDS_MAX:
        return JsonLine({"error": f"Not more than {IDS_MAX} ids at a time."}, 400)
    return await _answer(request, timeline_feed(ids, request.query_params.get("user")))


async def year_feed_view(request: Request) -> Response:
    """Returns the strips of a page of queues; 304 as above.

    `?user=` names whose they are, else everybody's; `?find=` has words of their names or texts; `?first=` says how many
    of them (QUEUES_MAX, if it is left out), and `?offset=` after how many.
    """
    process: Process = request.app.state.process
    settings = process.settings
    limits = Limits(timedelta(minutes=settings.missed_after_minutes), timedelta(hours=settings.duplicate_hours))
    try:
        choice = _choice(request.query_params)
    except InvalidInput as error:
        return JsonLine({"error": str(error)}, 400)
    return await _answer(request, _year_feed(choice, limits))


def _choice(params: QueryParams) -> Choice:
    find = params.get("find", "")
    if len(find) > FIND_LENGTH_MAX:
        raise InvalidInput("find", f"find has not more than {FIND_LENGTH_MAX} characters.")
    first = _number(params, "first", QUEUES_MAX, 1, QUEUES_MAX)
    return Choice(params.get("user"), find, first, _number(params, "offset", 0, 0, OFFSET_MAX))


def _number(params: QueryParams, name: str, default: int, least: int, most: int) -> int:
    given = params.get(name, str(default))
    if not (given.isascii() and given.isdecimal() and len(given) < 10 and least <= int(given) <= most):
        raise InvalidInput(name, f"{name} is a number from {least:,} to {most:,}.")
    return int(given)


async def _year_feed(choice: Choice, limits: Limits) -> Any:
    return await year_feed(choice, await clock.now(), limits)


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
