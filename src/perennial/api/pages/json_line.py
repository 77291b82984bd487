"""JSON for people with curl: it ends in a newline, so that a shell's prompt does not stand in the same line."""

from typing import Any

from starlette.responses import JSONResponse


class JsonLine(JSONResponse):
    """An answer of one line of JSON."""

    def render(self, content: Any) -> bytes:
        """The value as JSON, and a newline."""
        return super().render(content) + b"\n"
