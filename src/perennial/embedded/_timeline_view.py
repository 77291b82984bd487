"""GET /sandbox/origins: the timeline feed for the sandbox's page, which knows posts but no queues."""

from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from perennial.api.json_line import JsonLine
from perennial.core.json_text import json_text
from perennial.db import outages
from perennial.embedded._timeline_feed import timeline_feed

IDS_MAX = 100


async def timeline_feed_view(request: Request) -> Response:
    """Returns the feed for the posts that `?id=` names, IDS_MAX at most; 304 if the request names its ETag."""
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
