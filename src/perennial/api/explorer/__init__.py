"""The explorer's page: GraphiQL as `make explorer` builds it, or what a CDN has where that was not done."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import Scope

from perennial.api.explorer import _cdn
from perennial.settings import Introspection

BUILT = Path(__file__).parent / "built"
ASSETS = "/graphql/assets"

# 'self' lets the page open a WebSocket to its own host as well. Monaco, GraphiQL's editor, writes style elements and
# style attributes while it draws; it brings its fonts and little pictures as data URIs.
POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline';"
    " font-src 'self' data:; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Explorer:
    """A page, the content security policy it is served with, and the folder of its assets, where it has any."""

    html: str
    policy: str
    assets: Path | None

    @classmethod
    def find(cls, built: Path = BUILT, *, embedded: bool, introspection: Introspection = Introspection.TOKEN) -> Self:
        """The page in the folder `built`, told whether there is a sandbox and who may ask for the schema.

        Where nothing was built it is the page from a CDN.
        """
        page = built / "index.html"
        if not page.is_file():
            html = _cdn.page()
            return cls(html, _cdn.policy(html), None)
        html = page.read_text(encoding="utf-8")
        if embedded:
            html = html.replace('data-mode="production"', 'data-mode="embedded"', 1)
        html = html.replace('data-introspection="token"', f'data-introspection="{introspection.value}"', 1)
        return cls(html, POLICY, built / "assets")

    def page(self) -> Response:
        """Answers with the page. It is asked for anew each time, as the names of its assets change with a build."""
        return HTMLResponse(self.html, headers={"Content-Security-Policy": self.policy, "Cache-Control": "no-cache"})

    def routes(self) -> list[BaseRoute]:
        """Where the assets are."""
        return [Mount(ASSETS, _Assets(directory=self.assets))] if self.assets else []


class _Assets(StaticFiles):
    """Files whose names are made from what is in them: whoever has one need not ask for it again.

    Most have a packed copy beside them, which is for whoever can unpack it.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        # Workers follow the policy of their own file, not the page's.
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["Vary"] = "Accept-Encoding"
        return response

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        packed = Path(f"{full_path}.gz")
        if not (_unpacks(Headers(scope=scope).get("Accept-Encoding", "")) and packed.is_file()):
            return super().file_response(full_path, stat_result, scope, status_code)
        response = super().file_response(packed, packed.stat(), scope, status_code)
        response.headers["Content-Encoding"] = "gzip"
        return response


def _unpacks(accepted: str) -> bool:
    """Whether an Accept-Encoding lets gzip be sent: `gzip;q=0` does not."""
    codings = (coding.replace(" ", "").lower().partition(";q=") for coding in accepted.split(","))
    return any(name == "gzip" and (not weight or weight.strip("0.")) for name, _, weight in codings)
