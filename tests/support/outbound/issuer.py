"""An issuer of bearer tokens on loopback: what it publishes, how it fails, and tokens that it may have signed."""

import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from support.stores.certificates import write_certificate

ISSUER = "https://clerk.example.com"
FIRST_KEY, SECOND_KEY, WEAK_KEY = (
    rsa.generate_private_key(public_exponent=65537, key_size=bits) for bits in (2048, 2048, 1024)
)
Jwk = dict[str, Any]


class Issuer:
    """A server that counts who asks. It gives `status` and `answer` once it is `released`, byte by byte if it drips."""

    def __init__(self, tls_in: Path | None = None) -> None:
        self.status, self.answer, self.drips = 200, jwks(one=FIRST_KEY), False
        self.user_agents: list[str] = []
        self.answers = 0
        self.asked, self.released = threading.Event(), threading.Event()
        self.released.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        if tls_in:
            write_certificate(tls_in)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls_in / "ca.pem", tls_in / "key.pem")
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        scheme, host = ("https", "localhost") if tls_in else ("http", "127.0.0.1")
        self.url = f"{scheme}://{host}:{self._server.server_port}/.well-known/jwks.json"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def requests(self) -> int:
        """How often it was asked."""
        return len(self.user_agents)

    def close(self) -> None:
        """Answers whoever waits, and listens no more."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(issuer) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.user_agents.append(self.headers["User-Agent"])
                issuer.asked.set()
                if not issuer.drips:
                    issuer.released.wait(10)
                issuer.answers += 1
                self.send_response(issuer.status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()
                pieces = [issuer.answer]
                if issuer.drips:
                    pieces = [issuer.answer[at : at + 1] for at in range(len(issuer.answer))]
                try:
                    for piece in pieces:
                        self.wfile.write(piece)
                        if issuer.drips and issuer.released.wait(0.02):
                            break
                except OSError:
                    return  # nobody reads it any more

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        return Handler


def jwk_of(key: rsa.RSAPrivateKey | rsa.RSAPublicKey = FIRST_KEY, **more: Any) -> Jwk:
    """The public key as a JSON Web Key, with these members beside it."""
    public = key.public_key() if isinstance(key, rsa.RSAPrivateKey) else key
    return {**RSAAlgorithm.to_jwk(public, as_dict=True), **more}


def jwks(**keys: rsa.RSAPrivateKey) -> bytes:
    """A key set of these keys, by their ids."""
    return published(*(jwk_of(key, kid=kid) for kid, key in keys.items()))


def published(*keys: object) -> bytes:
    """A key set of these entries."""
    return json.dumps({"keys": keys}).encode()


USELESS: dict[str, Jwk] = {
    "weak": jwk_of(WEAK_KEY),
    "private": dict(RSAAlgorithm.to_jwk(FIRST_KEY, as_dict=True)),
    "of another algorithm": jwk_of(alg="RS512"),
    "for encryption": jwk_of(use="enc"),
    "for encrypting alone": jwk_of(key_ops=["encrypt"]),
    "with a number for its operations": jwk_of(key_ops=7),
    "with a word for its operations": jwk_of(key_ops="verify"),
    "with an object for its operations": jwk_of(key_ops={"verify": True}),
    "elliptic": dict(ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key(), as_dict=True)),
    "secret": {"kty": "oct", "k": "c2VjcmV0"},
}
"""Keys that PyJWT understands, and that sign no token of ours."""

JUNK: dict[str, object] = {
    "a key of a kind that nobody knows": {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"},
    "one without a kind": {"kid": "one"},
    "one whose numbers are none": {"kty": "RSA", "n": "%%%", "e": "AQAB"},
    "one without numbers": {"kty": "RSA", "kid": "one"},
    "one whose algorithm is a list": {"kty": "RSA", "alg": []},
    "a number": 1,
    "null": None,
}
"""Entries of a key set that are no keys to us."""


def bearer(kid: object = None, key: rsa.RSAPrivateKey = FIRST_KEY, iss: str = ISSUER, seconds: int = 3600) -> str:
    """What alice shows: a token of that key's that is valid for so long, and names the key if there is a `kid`."""
    at = int(time.time())
    claims = {"iss": iss, "sub": "user_alice", "iat": at - 60, "exp": at + seconds}
    return "Bearer " + jwt.encode(claims, key, "RS256", headers={} if kid is None else {"kid": kid})
