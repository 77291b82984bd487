"""The first page, at `/`: what Perennial is, and where to go."""

from starlette.requests import Request
from starlette.responses import Response

from perennial.api.pages._frame import framed, read

TIMELINE = "<!-- timeline -->\n"


class Home:
    """The page, which in embedded mode leads to the timeline as well."""

    def __init__(self, *, embedded: bool) -> None:
        self._content = read("home.html").replace(TIMELINE, read("timeline.html") if embedded else "")

    async def respond(self, _request: Request) -> Response:
        """Answers with the page."""
        return framed(self._content)
