"""A stand-in for the APIs of X and LinkedIn, which shows what was published to it.

It imports nothing else of perennial, so that any application can mount it with `create_sandbox`, or it can be run
alone (`perennial sandbox`). `x` and `linkedin` hold one platform each, `faults` makes their calls fail on
request, and `guard` refuses requests that do not come from this machine. Begin reading with `_app.py`.
"""

from perennial.sandbox._app import create_sandbox

__all__ = ["create_sandbox"]
