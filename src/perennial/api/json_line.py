"""JSON for people who use curl: it ends in a newline, so that the shell's prompt is on the next line."""

from typing import Any

from starlette.responses import JSONResponse


class JsonLine(JSONResponse):
    """A response of one line of JSON."""

    def render(self, content: Any) -> bytes:
        """The value as JSON, and a newline."""
        return super().render(content) + b"\n"
