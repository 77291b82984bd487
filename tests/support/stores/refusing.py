"""A PostgreSQL that refuses, in many ways: by password, by role, by TLS, by number, by being read-only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

from support.processes import free_port
from support.stores.postgres import OwnPostgres, own_postgres
from support.stores.tls_postgres import Authority

PASSWORD = "hunter2"

# What may connect how. `tls` is the name of a database.
_HBA = "local all all trust\nhostnossl tls all 127.0.0.1/32 reject\nhost all all 127.0.0.1/32 scram-sha-256\n"
_SETUP = [
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",  # as every database has it since PostgreSQL 15
    f"CREATE ROLE app LOGIN PASSWORD '{PASSWORD}'",
    f"CREATE ROLE late LOGIN PASSWORD '{PASSWORD}' CONNECTION LIMIT 0",
    *(f"CREATE DATABASE {name} OWNER app" for name in ("own", "tls", "standby", "foreign_rows")),
    "CREATE DATABASE bare",
    "ALTER DATABASE standby SET default_transaction_read_only = on",
    "ALTER SYSTEM SET password_encryption = 'scram-sha-256'",
]


class RefusingPostgres:
    """The server, its port, and the certificate of an authority that is not its own."""

    def __init__(self, server: OwnPostgres, port: int, other_authority: Path) -> None:
        self.server, self.port, self.other_authority = server, port, other_authority

    def url(self, database: str, user: str = "app", password: str = PASSWORD, options: str = "") -> str:
        """How an operator would name one of its databases."""
        return f"postgres://{user}:{password}@127.0.0.1:{self.port}/{database}{options}"


@asynccontextmanager
async def refusing_postgres() -> AsyncIterator[RefusingPostgres | None]:
    """Gives the server; None where there are no binaries."""
    port = free_port()
    with own_postgres(port) as server, TemporaryDirectory() as folder:
        if server is None:
            yield None
            return
        other_authority = Path(folder) / "other.crt"
        Authority("another").write(other_authority)
        await _set_up(server, Path(folder))
        yield RefusingPostgres(server, port, other_authority)


async def _set_up(server: OwnPostgres, folder: Path) -> None:
    connection = await asyncpg.connect(server.url)
    try:
        Authority("ours").issue("localhost", folder / "server.crt", folder / "server.key")
        data = Path(await connection.fetchval("SHOW data_directory"))
        server.write(data / "pg_hba.conf", _HBA.encode())
        for name in ("server.crt", "server.key"):
            server.write(data / name, (folder / name).read_bytes())
        for statement in [*_SETUP, "ALTER SYSTEM SET ssl = on"]:
            await connection.execute(statement)
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()
    rows = await asyncpg.connect(server.url.replace("/postgres?", "/foreign_rows?"))
    await rows.execute("CREATE TABLE aerich (version text, app text)")  # ours by its name, somebody else's by its owner
    await rows.close()
