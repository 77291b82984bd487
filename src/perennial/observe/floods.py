"""Lines that would come in floods: of each kind there is one a minute, and a line that counts the others."""

import re
import threading

import structlog

log = structlog.get_logger(__name__)

WINDOW_SECONDS = 60.0
KINDS_MAX = 100
_VARIABLE = re.compile(r"0x[0-9a-fA-F]+|\d+")
_OTHERS = (("of", "other lines"),)

Kind = tuple[tuple[str, str], ...]


class Floods:
    """Lets the first line of each kind in a minute through, and tells at its end how many were left out."""

    def __init__(self) -> None:
        self._left_out: dict[Kind, int] = {}
        self._lock = threading.RLock()  # a finalizer may log while this very thread is in here

    def admit(self, **kind: str) -> bool:
        """Whether the line may be written. Lines are of one kind if these agree, but for numbers in them."""
        key: Kind = tuple((name, _VARIABLE.sub("#", value)) for name, value in kind.items())
        with self._lock:
            if not self._left_out:
                timer = threading.Timer(WINDOW_SECONDS, self.tell)
                timer.daemon = True
                timer.start()
            if key not in self._left_out and len(self._left_out) >= KINDS_MAX:
                key = _OTHERS
            is_first = key not in self._left_out
            self._left_out[key] = 0 if is_first else self._left_out[key] + 1
            return is_first

    def tell(self) -> None:
        """Writes a line for each kind of which some were left out, and begins anew."""
        with self._lock:
            counted, self._left_out = self._left_out, {}
        for kind, count in counted.items():
            if count:
                named = dict(kind)
                tell = log.info if named["of"].endswith(".info") else log.warning
                tell("lines.left_out", lines=count, **named)


FLOODS = Floods()
