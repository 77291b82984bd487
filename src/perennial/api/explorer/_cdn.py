"""The fallback page while the explorer is not built: Strawberry's GraphiQL, whose parts come from a CDN."""

import re

from strawberry.http.ides import get_graphql_ide_html

from perennial.api.content_policy import hash_source

CDN = "https://unpkg.com"
NOTICE = """
    <style>
      .perennial-notice { box-sizing: border-box; height: 2.25rem; padding: 0.5rem 1rem; overflow: hidden;
        font: 0.875rem/1.25rem system-ui, sans-serif; color: #493400; background: #ffe9a8; }
      .perennial-notice + #graphiql { height: calc(100vh - 2.25rem); }
    </style>
    <div class="perennial-notice" role="note">This page loads GraphiQL from unpkg.com: Perennial's own explorer is not
      built. To build it, have Node.js with npm, stop the server, and run <code>make explorer</code>.</div>
"""


def page() -> str:
    """Strawberry's page, with a notice. It stores nothing in the browser, so no token either."""
    html = get_graphql_ide_html("graphiql").replace("Strawberry GraphiQL", "Perennial explorer", 1)
    html = html.replace("shouldPersistHeaders: true", "shouldPersistHeaders: false, storage: null", 1)
    return re.sub(r"(<body[^>]*>)", lambda tag: tag[1] + NOTICE, html, count=1)


def policy(html: str) -> str:
    """The page's content security policy: the CDN's scripts and styles, and the page's own scripts by hash."""
    scripts = " ".join(hash_source(script) for script in re.findall(r"<script>(.*?)</script>", html, re.DOTALL))
    return (
        f"default-src 'none'; script-src {CDN} {scripts}; style-src {CDN} 'unsafe-inline'; font-src {CDN} data:;"
        " img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
