"""What the server does when it is ready may fail; the server goes on."""

import structlog

from perennial import serving
from perennial.api.app import create_app
from perennial.process import Process
from perennial.process.connections.bounds import Bounds
from perennial.process.connections.register import Register


async def test_a_banner_that_fails_is_in_the_log_and_does_not_end_the_server(process: Process) -> None:
    async def fail() -> None:
        raise RuntimeError("there is no banner")

    server = serving._Server(create_app(process), process, Register(Bounds.of(process.settings)))
    server.when_ready = fail
    with structlog.testing.capture_logs() as log:
        await server.announce()
    assert [(line["event"], line["log_level"]) for line in log] == [("server.unannounced", "error")]
    assert not server.should_exit
