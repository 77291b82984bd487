"""The banner: what stands on the screen once the embedded server is ready."""

import socket

from perennial.core import clock
from perennial.embedded import demonstration
from perennial.embedded.parts import Embedded
from perennial.process import Process
from perennial.process.listening import address


async def welcome(process: Process, embedded: Embedded, listener: socket.socket) -> None:
    """Makes the demonstration queue and prints the banner with the addresses and a token."""
    host, port = listener.getsockname()[:2]
    root = f"http://{address(host, port)}"
    made = await demonstration.demonstrate(process)
    token = embedded.identity.token(demonstration.USER, await clock.now())
    print(_banner(root, token, made=made), flush=True)  # noqa: T201


def _banner(root: str, token: str, *, made: bool) -> str:
    seconds = demonstration.FIRST_RUN.seconds
    demonstration_line = (
        f"A demonstration queue falls due in {seconds} seconds: watch the timeline.\n  " if made else ""
    )
    return f"""
Perennial is ready: {root}/graphql

  Explorer   {root}/graphql
  Timeline   {root}/sandbox/   what was published, as X and LinkedIn would show it
  Health     {root}/readyz

  A token for the user "demo", good for 24 hours (in the explorer's Headers: {{"Authorization": "Bearer …"}}):
  {token}

  Any other user: curl -X POST {root}/sandbox/token -d '{{"user": "alice"}}'

  {demonstration_line}Ctrl-C stops everything.
"""
