"""T. Counting a text of 25,000 characters, whatever is in it, compared with one pass over its characters."""

import time
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from bench.figures import Figure, print_progress, report
from perennial.platforms.linkedin.transport import LinkedIn
from perennial.platforms.x.transport import X

CHARACTERS, TRIES = 25_000, 15
MILLISECONDS_MAX = 1.0
# Repeated, and cut at 25,000 characters.
UNITS = {
    "prose": "Sow in spring, see example.com. ",
    "Japanese": "植えました。春の庭、",
    "quotation marks": "“Tea” \u2013 “cake”… ",
    "emoji": "🌱",
    "emoji with tones": "👍🏽",
    "emoji of families": "👨\u200d👩\u200d👧\u200d👦",
    "emoji with selectors": "❤\ufe0f",
    "flags": "🇩🇪",
    "dots": ".",
    "slashes": "/",
    "a.a.a": "a.",
    "a.co.a.co": "a.co.",
    "http://http://": "http://",
    "http://a.b": "http://a.b",
    "((((": "(",
    "links to brackets": "x.co/(",
    "@#@#": "@#",
    "links": "https://example.com/garden?x=1 ",
    "short links": "x.co ",
    "underscores": "_a.co",
    "hashtags": "#tea ",
}
WHOLE = {
    "one link": "https://example.com/" + "a" * CHARACTERS,
    "one link of dots": "https://example.com/" + "a." * CHARACTERS,
    "different links": " ".join(f"https://example.com/{number}" for number in range(CHARACTERS // 20)),
    "one host name": "http://" + "a-" * CHARACTERS,
}
TEXTS = {name: (unit * CHARACTERS)[:CHARACTERS] for name, unit in UNITS.items()} | {
    name: text[:CHARACTERS] for name, text in WHOLE.items()
}


class Kind(NamedTuple):
    """A kind of text, and how many milliseconds of CPU a pass and counting it take."""

    name: str
    a_pass: float
    ours: float


def main() -> None:
    x = X(None, "", None, None)  # type: ignore[arg-type]
    linkedin = LinkedIn(None, "", "", "", None, None)  # type: ignore[arg-type]
    for platform, count in (("X", x.text_error), ("LinkedIn", linkedin.text_error)):
        kinds = [Kind(name, milliseconds(one_pass, text), milliseconds(count, text)) for name, text in TEXTS.items()]
        for kind in sorted(kinds, key=lambda kind: kind.ours):
            print_progress(f"{platform}, {kind.name}: {kind.ours:.3f} ms, a pass {kind.a_pass:.3f} ms")
        slowest = max(kinds, key=lambda kind: kind.ours)
        what = f"counting {CHARACTERS:,} characters for {platform}: the slowest of {len(kinds)} kinds, {slowest.name}"
        limit = f"{slowest.a_pass:.2f} ms"
        report(Figure.at_most("T", what, slowest.ours, MILLISECONDS_MAX, " ms", limit))


def one_pass(text: str) -> int:
    """NFC, and a look at each character."""
    return sum(map(ord, unicodedata.normalize("NFC", text)))


def milliseconds(function: Callable[[str], object], text: str) -> float:
    """The CPU time of a call, as little as it was in some tries: other load on the machine makes it longer."""
    times = []
    for _ in range(TRIES):
        begun = time.thread_time()
        function(text)
        times.append(time.thread_time() - begun)
    return min(times) * 1_000


if __name__ == "__main__":
    main()
