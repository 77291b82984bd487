"""The explorer's page: GraphiQL as `make explorer` builds it, or from a CDN if it was not built."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import Scope

from perennial.api.explorer import _cdn
from perennial.api.paths import ASSETS
from perennial.settings import Introspection

METHODS = ("GET", "HEAD")
BUILT = Path(__file__).parent / "built"

# 'self' lets the page open a WebSocket to its own host as well. Monaco, GraphiQL's editor, writes style elements and
# style attributes while it draws, and has its fonts and icons in data URIs.
POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline';"
    " font-src 'self' data:; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Explorer:
    """The explorer's page, its content security policy, and the folder of its assets, None for the CDN's page."""

    html: str
    policy: str
    assets: Path | None

    @classmethod
    def find(cls, folder: Path = BUILT, *, embedded: bool, introspection: Introspection = Introspection.TOKEN) -> Self:
        """Returns the page built in the folder, or the page from a CDN if there is none.

        The built page is told whether it runs in the embedded mode, and who may query the schema.
        """
        page = folder / "index.html"
        if not page.is_file():
            html = _cdn.page()
            return cls(html, _cdn.policy(html), None)
        html = page.read_text(encoding="utf-8")
        if embedded:
            html = html.replace('data-mode="production"', 'data-mode="embedded"', 1)
        html = html.replace('data-introspection="token"', f'data-introspection="{introspection}"', 1)
        return cls(html, POLICY, folder / "assets")

    def page(self) -> Response:
        """The page as a response, which browsers revalidate: the names of its assets change with every build."""
        headers = {"Content-Security-Policy": self.policy, "Cache-Control": "no-cache", "Vary": "Accept"}
        return HTMLResponse(self.html, headers=headers)

    def routes(self) -> list[BaseRoute]:
        """The route of the assets; none for the CDN's page."""
        return [Mount(ASSETS, _Assets(directory=self.assets))] if self.assets else []


class _Assets(StaticFiles):
    """Serves files whose names contain a hash of their content, so that browsers may cache them for ever.

    Most have a gzipped copy beside them, which is sent to clients that accept gzip.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        if scope["method"] not in METHODS:
            raise HTTPException(405, headers={"Allow": ", ".join(METHODS)})
        response = await super().get_response(path, scope)
        # A web worker has the policy of its own file, not the page's.
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["Vary"] = "Accept-Encoding"
        return response

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        compressed = Path(f"{full_path}.gz")
        if not (_accepts_gzip(Headers(scope=scope).get("Accept-Encoding", "")) and compressed.is_file()):
            return super().file_response(full_path, stat_result, scope, status_code)
        response = super().file_response(compressed, compressed.stat(), scope, status_code)
        response.headers["Content-Encoding"] = "gzip"
        return response


def _accepts_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding accepts gzip: `gzip;q=0` does not."""
    codings = (coding.replace(" ", "").lower().partition(";q=") for coding in accepted.split(","))
    return any(name == "gzip" and (not weight or weight.strip("0.")) for name, _, weight in codings)
