"""A stand-in for X and LinkedIn that speaks their wire, and shows what was published to it.

It imports nothing else of perennial, so that it can be mounted by any application or run alone
(`python -m perennial.sandbox`).
"""

from perennial.sandbox._app import create_sandbox

__all__ = ["create_sandbox"]
