"""A program of its own: it asks Linux to end it with the process that started it, and becomes another program.

`python _until_parent_ends.py PARENT PROGRAM ARGUMENTS`, where PARENT is the id of the process that starts it. It
imports nothing of ours. (`preexec_fn` would do the same between fork and exec, which is not safe beside threads.)
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Becomes the program; ends at once if the parent has ended already."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(sys.argv[1]):
        sys.exit("the parent has ended")
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 (the parent names the program)


if __name__ == "__main__":
    main()
