"""A PostgreSQL that refuses, in many ways: by password, by role, by TLS, by number, by being read-only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from support.processes import free_port
from support.stores.postgres import OwnPostgres, own_postgres

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
    """The server, its port, and a certificate that is not its own."""

    def __init__(self, server: OwnPostgres, port: int, folder: Path) -> None:
        self.server, self.port = server, port
        self.other_certificate = folder / "other.pem"

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
        found = RefusingPostgres(server, port, Path(folder))
        found.other_certificate.write_bytes(_certificate()[0])
        await _set_up(server)
        yield found


async def _set_up(server: OwnPostgres) -> None:
    connection = await asyncpg.connect(server.url)
    try:
        certificate, key = _certificate()
        data = Path(await connection.fetchval("SHOW data_directory"))
        for name, text in (("server.crt", certificate), ("server.key", key), ("pg_hba.conf", _HBA.encode())):
            server.write(data / name, text)
        for statement in [*_SETUP, "ALTER SYSTEM SET ssl = on"]:
            await connection.execute(statement)
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()
    rows = await asyncpg.connect(server.url.replace("/postgres?", "/foreign_rows?"))
    await rows.execute("CREATE TABLE aerich (version text, app text)")  # ours by its name, somebody else's by its owner
    await rows.close()


def _certificate() -> tuple[bytes, bytes]:
    """A certificate of nobody's but its own, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    certificate = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    return (
        certificate.sign(key, SHA256()).public_bytes(Encoding.PEM),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )
