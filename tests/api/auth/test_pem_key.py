"""The issuer's key as an operator pastes it into PERENNIAL_JWT_KEY."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from perennial.api.auth._issuer_keys import PemKey
from perennial.core.errors import SettingsError

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem_of(key, form=PublicFormat.SubjectPublicKeyInfo) -> str:
    return key.public_key().public_bytes(Encoding.PEM, form).decode()


def certificate() -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "issuer")])
    start = datetime(2026, 11, 23, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, KEY.public_key(), 1, start, start + timedelta(days=1))
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


PEMS = {"spki": pem_of(KEY), "pkcs1": pem_of(KEY, PublicFormat.PKCS1), "certificate": certificate()}
USELESS_PEMS = {
    "nothing": "",
    "junk": "junk",
    "half a surrogate": "-----BEGIN PUBLIC KEY-----\ud800-----END PUBLIC KEY-----",
    "an elliptic curve": pem_of(ec.generate_private_key(ec.SECP256R1())),
    "a short key": pem_of(rsa.generate_private_key(public_exponent=65537, key_size=1024)),
    "the private key": KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
    "a key with a part missing": pem_of(KEY).replace("A", "", 9),
}


@pytest.mark.parametrize("pem", PEMS.values(), ids=PEMS)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "", " ", "\\n", "\\r\\n"], ids=repr)
async def test_a_pem_is_read_whatever_became_of_its_newlines(pem, newline):
    assert await PemKey(pem.replace("\n", newline)).keys_for("any") == (KEY.public_key(),)


@pytest.mark.parametrize("pem", USELESS_PEMS.values(), ids=USELESS_PEMS)
def test_a_pem_that_cannot_check_rs256_refuses_to_start_without_being_quoted(pem):
    with pytest.raises(SettingsError, match="PERENNIAL_JWT_KEY") as refused:
        PemKey(pem)
    assert not pem or pem not in str(refused.value)
