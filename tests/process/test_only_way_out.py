"""A production whose only way out is a proxy: the issuer and both platforms have names that it alone knows, and TLS."""

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm
from support.api import User
from support.outbound.forward_proxy import ForwardProxy, forward_proxy, tls_before
from support.platform_stub import Stub, platform_stub
from support.production.stage import Stage
from support.production.staging import staged
from support.stores.catalogs import new_postgres
from support.stores.tls_postgres import Authority
from support.story import Site, queue_a_post

from perennial.embedded._identity import EmbeddedIdentity

ISSUER, API, KEYS = "https://issuer.example", "platforms.example", "keys.example"
PASSWORD = "perennial:hünter@2"


class Office(NamedTuple):
    """A stage whose processes sit behind the proxy; the issuer, its key, and what configures them all."""

    stage: Stage
    proxy: ForwardProxy
    issuer: Stub
    key: RSAPrivateKey


@pytest.fixture
async def office(tmp_path: Path, postgres_url: str, identity: EmbeddedIdentity) -> AsyncIterator[Office]:
    authority, key = Authority("the company"), generate_private_key(public_exponent=65537, key_size=2048)
    authority.write(tmp_path / "ca.crt")
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        stage = await enter(staged(tmp_path, await new_postgres(postgres_url, "only_way_out"), identity))
        issuer = await enter(platform_stub())
        public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        issuer.answers(200, {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]})
        names = {}
        for name, url in ((API, str(stage.platforms.base_url)), (KEYS, issuer.url)):
            context = certificate(authority, tmp_path, name)
            names[name] = await enter(tls_before(("127.0.0.1", urlsplit(url).port or 0), context))
        proxy = await enter(forward_proxy(names))
        proxy.password = PASSWORD
        configure(stage.environment, proxy, tmp_path / "ca.crt")
        yield Office(stage, proxy, issuer, key)


def certificate(authority: Authority, folder: Path, name: str) -> ssl.SSLContext:
    """What somebody of this name shows who asks by TLS."""
    authority.issue(name, folder / f"{name}.crt", folder / f"{name}.key")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / f"{name}.crt", folder / f"{name}.key")
    return context


def configure(environment: dict[str, str], proxy: ForwardProxy, authority: Path) -> None:
    del environment["PERENNIAL_JWT_KEY"]
    environment |= {
        "PERENNIAL_ISSUER": ISSUER,
        "PERENNIAL_JWKS_URL": f"https://{KEYS}/jwks.json",
        "PERENNIAL_X_API_URL": f"https://{API}/sandbox/x",
        "PERENNIAL_LINKEDIN_API_URL": f"https://{API}/sandbox/linkedin",
        "PERENNIAL_LINKEDIN_OAUTH_URL": f"https://{API}/sandbox/linkedin/oauth/v2",
        "HTTPS_PROXY": proxy.url.replace("://", "://perennial:h%C3%BCnter%402@"),
        "https_proxy": "",
        "NO_PROXY": "",
        "no_proxy": "",
        "SSL_CERT_FILE": str(authority),
    }


async def test_tokens_are_checked_and_posts_published_through_the_proxy_alone(office: Office) -> None:
    stage, now = office.stage, int(datetime.now(UTC).timestamp())
    await stage.server()
    await stage.ready_worker()
    claims = {"iss": ISSUER, "sub": "alice", "iat": now, "exp": now + 600}
    alice = User("alice", stage.http, jwt.encode(claims, office.key, "RS256", headers={"kid": "one"}))
    await alice.connect("X", "LINKEDIN")
    await queue_a_post(Site(stage.http, stage.platforms), alice, ahead=1)
    assert set(office.proxy.asked) == {f"CONNECT {KEYS}:443", f"CONNECT {API}:443"}
    (asked,) = office.issuer.asked
    assert (asked.path, asked.headers["User-Agent"]) == ("/jwks.json", "perennial")
    assert not any("proxy" in name.lower() for name in asked.headers), "what is for the proxy ends there"
