"""The start pages, at `/` of a server and of a worker: what Perennial is, and where to go."""

from starlette.requests import Request
from starlette.responses import Response

from perennial.api.pages._frame import framed, read

TIMELINE = "<!-- timeline -->\n"


class Home:
    """The start page, which in the embedded mode links to the timeline too."""

    def __init__(self, *, embedded: bool) -> None:
        self._content = read("home.html").replace(TIMELINE, read("timeline.html") if embedded else "")

    async def respond(self, _request: Request) -> Response:
        """Responds with the page."""
        return framed(self._content)


_WORKER_PAGE = read("worker.html")


async def worker_home(_request: Request) -> Response:
    """Responds with the start page of a worker's port."""
    return framed(_WORKER_PAGE)
