"""A Service named like us sets variables named like our settings in every pod: server and worker start all the same."""

import socket
from pathlib import Path

from support.environment import PRODUCTION
from support.processes import running, until
from support.stores.catalogs import Postgres
from support.stores.own_redis import OwnRedis

SERVICES = {
    f"{name}_{ending}": value
    for name, port in (("PERENNIAL", 8000), ("PERENNIAL_WORKER", 9100))
    for ending, value in {
        "SERVICE_HOST": "10.43.7.62",
        "SERVICE_PORT": str(port),
        "PORT": f"tcp://10.43.7.62:{port}",
        f"PORT_{port}_TCP": f"tcp://10.43.7.62:{port}",
        f"PORT_{port}_TCP_ADDR": "10.43.7.62",
    }.items()
}


def test_the_server_listens_at_its_own_port(tmp_path: Path) -> None:
    """Its default, on an address of loopback that nobody else has."""
    environment = SERVICES | {"PERENNIAL_HOST": "127.0.0.7", "PERENNIAL_VAR_DIR": str(tmp_path / "var")}
    with running("server.py", log=tmp_path / "log", **environment):
        until(lambda: not socket.create_connection(("127.0.0.7", 8000)).close(), "it listens")
        until(lambda: "passed_over" in (tmp_path / "log").read_text(), "it says what it passes over")
    assert "setting.unknown" not in (tmp_path / "log").read_text()


async def test_a_worker_becomes_ready(migrated_postgres: Postgres, tmp_path: Path) -> None:
    redis = OwnRedis(tmp_path / "redis")
    redis.start()
    environment = PRODUCTION | SERVICES | {"DATABASE_URL": migrated_postgres.url, "REDIS_URL": redis.url}
    try:
        with running("worker.py", log=tmp_path / "log", **environment):
            until(lambda: "worker.ready" in (tmp_path / "log").read_text(), "it is ready")
    finally:
        redis.stop()
    assert "setting.unknown" not in (tmp_path / "log").read_text()
