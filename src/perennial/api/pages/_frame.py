"""The frame of every page: its head, and a style that the content security policy allows by its hash."""

from pathlib import Path

from starlette.responses import HTMLResponse, Response

from perennial.api.content_policy import hash_source

_FOLDER = Path(__file__).parent


def read(name: str) -> str:
    """The text of a file beside this one."""
    return (_FOLDER / name).read_text(encoding="utf-8")


_STYLE = read("page.css")
_FRAME = read("page.html").replace("/* style */", _STYLE)
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src {hash_source(_STYLE)};"
        " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-cache",
}


def framed(content: str, status: int = 200) -> Response:
    """A page with this content, which is HTML, in its body."""
    return HTMLResponse(_FRAME.replace("<!-- content -->", content), status, _HEADERS)
