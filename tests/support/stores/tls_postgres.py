"""A PostgreSQL that speaks TLS, with a certificate of a private CA, both made for it, and its clients' files."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from support.processes import free_port
from support.stores.postgres import OwnPostgres, installed_binaries

# The first line that fits: perennial comes by TLS, alice and nobody with passwords, bob with a certificate.
_WHO_MAY = """
local   all all       trust
hostssl all perennial all trust
host    all alice,nobody all scram-sha-256
hostssl all bob       all cert
"""
_DAY = timedelta(days=1)
# What a certificate of a CA has to say since Python 3.13 looks for it.
_SIGNS = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True)
class TlsPostgres:
    """Where it listens, by the name `localhost`, and the files: of its CA, of a CA that it does not know, and bob's."""

    server: OwnPostgres
    port: int
    authority: Path
    other_authority: Path
    certificate: Path
    key: Path


@contextmanager
def tls_postgres(*options: str) -> Iterator[TlsPostgres | None]:
    """Gives a running server; None where PostgreSQL is not installed. `options` are settings such as `fsync=off`."""
    binaries = installed_binaries()
    if binaries is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="perennial-tls-") as name:
        folder, port = Path(name), free_port()
        folder.chmod(0o755)
        authority, other = Authority("ours"), Authority("another")
        authority.issue("localhost", folder / "server.crt", folder / "server.key")
        authority.issue("bob", folder / "bob.crt", folder / "bob.key")
        authority.write(folder / "ca.crt")
        other.write(folder / "other.crt")
        (folder / "hba").write_text(_WHO_MAY)
        settings = [f"hba_file={folder}/hba", "ssl=on", *options]
        settings += [f"ssl_cert_file={folder}/server.crt", f"ssl_key_file={folder}/server.key"]
        server = OwnPostgres(binaries, folder, port, [*settings, f"ssl_ca_file={folder}/ca.crt"])
        server.start()
        try:
            yield TlsPostgres(
                server, port, folder / "ca.crt", folder / "other.crt", folder / "bob.crt", folder / "bob.key"
            )
        finally:
            server.kill()


class Authority:
    """A private CA."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._certificate = (
            self._unsigned(self._name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_SIGNS, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )

    def write(self, file: Path) -> None:
        """Writes its own certificate."""
        file.write_bytes(self._certificate.public_bytes(Encoding.PEM))

    def issue(self, name: str, certificate_file: Path, key_file: Path) -> None:
        """Issues a certificate for a host or a user of this name, and writes it with its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            self._unsigned(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        certificate_file.write_bytes(certificate.public_bytes(Encoding.PEM))
        key_file.touch(mode=0o600)
        key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    def _unsigned(self, name: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _DAY)
            .not_valid_after(now + _DAY)
        )
