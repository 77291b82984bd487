"""The bytes that h11 reads lines from: a line ends as RFC 9112 has it, or two readers may find two different ends."""

import re

import h11
from h11._receivebuffer import ReceiveBuffer

ENDS_ODDLY = "A line of a request ends with CR and LF, and has neither inside."
FOLDED = "A header of a request stands in one line."
LENGTHS = "A request has one Content-Length, with one number in it."

EMPTY = b"\r\n"
_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")
_FOLD = re.compile(rb"\r\n[ \t]")
_LENGTH = b"content-length:"


class LineBuffer(ReceiveBuffer):
    """h11's own takes a bare LF for the end of a line, joins folded lines, and reads equal lengths as one."""

    def maybe_extract_lines(self) -> list[bytearray] | None:
        """The lines of a head, or of a trailer, once they are there. Raises h11.LocalProtocolError."""
        received = bytes(self)
        lines = super().maybe_extract_lines()
        if lines is not None:
            _check(received[: len(received) - len(self)])
            lengths = [line for line in lines if line[: len(_LENGTH)].lower() == _LENGTH]
            if len(lengths) > 1 or any(b"," in line for line in lengths):
                raise h11.LocalProtocolError(LENGTHS)
        return lines

    def skip_empty_line(self) -> bool:
        """Takes an empty line from the beginning; returns False if there is none."""
        return bytes(self).startswith(EMPTY) and self.maybe_extract_at_most(len(EMPTY)) is not None

    def maybe_extract_next_line(self) -> bytearray | None:
        """The line before a chunk, once it is there. Raises h11.LocalProtocolError."""
        line = super().maybe_extract_next_line()
        if line is not None:
            _check(line)
        return line


def _check(lines: bytes | bytearray) -> None:
    if _BARE.search(lines):
        raise h11.LocalProtocolError(ENDS_ODDLY)
    if _FOLD.search(lines):
        raise h11.LocalProtocolError(FOLDED)
