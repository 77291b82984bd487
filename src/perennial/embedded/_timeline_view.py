"""GET /sandbox/origins: what Perennial tells the sandbox's timeline page, which knows posts and no queues."""

from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from perennial.api.pages.json_line import JsonLine
from perennial.core.json_text import json_text
from perennial.db import outages
from perennial.embedded._timeline_feed import timeline_feed

IDS_MAX = 100


async def timeline_feed_view(request: Request) -> Response:
    """`?id=` for each post on the page, 100 of them at most; 304 for whoever has the answer already."""
    ids = request.query_params.getlist("id")
    if len(ids) > IDS_MAX:
        return JsonLine({"error": f"Not more than {IDS_MAX} ids at a time."}, 400)
    try:
        body = json_text(await timeline_feed(ids)).encode() + b"\n"
    except Exception as error:
        if not outages.is_outage(error):
            raise
        return JsonLine({"error": outages.outage_message(error)}, 503)
    headers = {"ETag": f'"{sha256(body).hexdigest()[:32]}"', "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")
