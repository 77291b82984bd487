"""The timeline page, which shows published posts as readers of the platforms would see them."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

_FOLDER = Path(__file__).parent / "timeline"
STYLES = ("page.css", "year.css", "coming.css", "cards.css")
SCRIPTS = ("words.js", "cards.js", "strips.js", "year.js", "years.js", "coming.js", "page.js", "controls.js")


def _read(*names: str) -> str:
    return "".join((_FOLDER / name).read_text(encoding="utf-8") for name in names)


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


_STYLE, _SCRIPT = _read(*STYLES), _read(*SCRIPTS)
_PAGE = _read("page.html").replace("/* style */", _STYLE).replace("/* script */", _SCRIPT)
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src {_hash(_STYLE)}; script-src {_hash(_SCRIPT)}; connect-src 'self';"
        " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


async def timeline_page(_: Request) -> Response:
    """Returns the page. Its style and its script are inline; the content policy allows them by their hashes."""
    return HTMLResponse(_PAGE, headers=_HEADERS)
