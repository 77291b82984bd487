"""The issuer's keys are fetched through the proxy, as the platforms are asked."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from structlog.testing import capture_logs
from support.outbound.forward_proxy import forward_proxy
from support.platform_stub import platform_stub

from perennial.api.auth._issuer_keys import COOLDOWN_SECONDS, JwksKeys
from perennial.core.errors import IssuerUnavailable
from perennial.outbound.http_session import HttpSession
from perennial.settings.proxies.choosing import Proxies, read_proxy

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
URL = "http://issuer.example/jwks.json"


async def test_what_the_proxy_refuses_is_the_issuer_being_away_until_it_is_refused_no_longer() -> None:
    times = [0.0]
    async with platform_stub() as issuer:
        issuer.answers(200, {"keys": [{**RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True), "kid": "one"}]})
        port = int(issuer.url.rpartition(":")[2])
        async with forward_proxy({"issuer.example": ("127.0.0.1", port)}) as proxy:
            by = read_proxy(proxy.url.replace("://", "://perennial:hunter2@"))
            proxy.password = "perennial:another"
            async with HttpSession(Proxies(https=by, http=by)) as session:
                keys = JwksKeys(URL, session, lambda: times[0])
                with capture_logs() as events, pytest.raises(IssuerUnavailable):
                    await keys.newer_keys_for("one")
                (event,) = events
                assert f"through the proxy 127.0.0.1:{proxy.port}: it answered 407" in event["error"]
                assert "hunter2" not in str(event)
                assert issuer.asked == []
                proxy.password, times[0] = "perennial:hunter2", COOLDOWN_SECONDS
                assert await keys.keys_for("one") == [KEY.public_key()]
            assert proxy.asked == [f"GET {URL}"] * 2
