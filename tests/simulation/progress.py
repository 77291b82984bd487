"""How far the simulation is: one line that is written anew on a terminal; elsewhere a line for each tenth."""

import os
import sys
from dataclasses import dataclass, field
from time import monotonic
from typing import TextIO

WIDTH = 16


@dataclass
class Progress:
    """Of several parts, each of which is done from 0 to 1; the line says of each how far it is, in its own words."""

    parts: tuple[str, ...]
    stream: TextIO = field(default_factory=lambda: sys.stdout)
    done: dict[str, float] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    _shown: int = -1
    _begun: float = field(default_factory=monotonic)

    def show(self, part: str, done: float, words: str) -> None:
        """The part is so far."""
        self.done[part], self.words[part] = done, words
        share = sum(self.done.values()) / len(self.parts)
        step = int(share * 1000) if self.stream.isatty() else int(share * 10)
        if step > self._shown:
            self._shown = step
            self._write(share)

    def end(self) -> None:
        """Nothing more is shown; what comes then begins on a line of its own."""
        if self.stream.isatty():
            self.stream.write("\n")

    def _write(self, share: float) -> None:
        bar = ("#" * round(WIDTH * share)).ljust(WIDTH, ".")
        words = ", ".join(self.words[part] for part in self.parts if part in self.words)
        line = f"[{bar}] {share:4.0%}  {monotonic() - self._begun:4.0f} s  {words}"
        if self.stream.isatty():
            room = os.get_terminal_size(self.stream.fileno()).columns - 1  # a line that is broken is not written anew
            self.stream.write(f"\r\033[K{line[:room] if room > 0 else line}")
        else:
            self.stream.write(f"{line}\n")
        self.stream.flush()
