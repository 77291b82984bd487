"""REDIS_URL is read whole: what it may hold, and that whatever is not known is refused by name, without any secret."""

from dataclasses import asdict
from typing import Any

import pytest
from support.environment import PRODUCTION

from perennial.core.errors import SettingsError
from perennial.settings.redis_url import RedisUrlError, read_redis_url

DEFAULTS = {
    "nodes": (("redis.example", 6379),),
    "socket_path": None,
    "database": 0,
    "tls": False,
    "username": None,
    "password": None,
    "master_name": None,
    "sentinel_username": None,
    "sentinel_password": None,
    "options": {},
}
SENTINELS = (("a.example", 26379), ("b.example", 5000), ("::1", 26379))


@pytest.mark.parametrize(
    ("url", "differs"),
    [
        ("redis://redis.example", {}),
        ("redis://redis.example/", {}),
        ("redis://redis.example/0/", {}),
        (" redis://redis.example\n", {}),
        ("REDIS://redis.example", {}),
        ("redis://redis.example:7000/5", {"nodes": (("redis.example", 7000),), "database": 5}),
        ("redis://redis.example?db=5", {"database": 5}),
        ("redis://[::1]:7000", {"nodes": (("::1", 7000),)}),
        ("redis://:p%40s%2Fs%25@redis.example", {"password": "p@s/s%"}),
        ("redis://:a@b+c@redis.example", {"password": "a@b+c"}),
        ("redis://alice@redis.example", {"username": "alice"}),
        ("redis://al%69ce:p@redis.example", {"username": "alice", "password": "p"}),
        ("redis://redis.example?username=alice&password=a+b%26c", {"username": "alice", "password": "a+b&c"}),
        ("redis://redis.example?socket_timeout=0.5", {"options": {"socket_timeout": 0.5}}),
        ("redis://redis.example?socket_keepalive=True", {"options": {"socket_keepalive": True}}),
        ("redis://redis.example?max_connections=7", {"options": {"max_connections": 7}}),
        ("rediss://redis.example", {"tls": True}),
        ("rediss://redis.example/?ssl_cert_reqs=none", {"tls": True, "options": {"ssl_cert_reqs": "none"}}),
        ("rediss://redis.example?ssl_cert_reqs=CERT_NONE", {"tls": True, "options": {"ssl_cert_reqs": "none"}}),
        ("rediss://redis.example?ssl_ca_certs=/a%20b", {"tls": True, "options": {"ssl_ca_certs": "/a b"}}),
        ("rediss://redis.example?ssl_check_hostname=no", {"tls": True, "options": {"ssl_check_hostname": False}}),
        ("unix:///run/re%23dis.sock", {"nodes": (), "socket_path": "/run/re#dis.sock"}),
        (
            "unix://alice:p@/run/redis.sock?db=3",
            {"nodes": (), "socket_path": "/run/redis.sock", "database": 3, "username": "alice", "password": "p"},
        ),
        (
            "redis+sentinel://alice:p@a.example,b.example:5000,[::1]/main/2/?sentinel_username=s&sentinel_password=q",
            {
                "nodes": SENTINELS,
                "master_name": "main",
                "database": 2,
                "username": "alice",
                "password": "p",
                "sentinel_username": "s",
                "sentinel_password": "q",
            },
        ),
        ("redis+sentinel://a.example/ma%69n", {"nodes": SENTINELS[:1], "master_name": "main"}),
        ("rediss+sentinel://a.example/main", {"nodes": SENTINELS[:1], "master_name": "main", "tls": True}),
    ],
)
def test_it_is_read_whole(url: str, differs: dict[str, Any]):
    assert asdict(read_redis_url(url)) == DEFAULTS | differs


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("hunter2", "has no scheme: it has to begin with redis://, rediss://, unix://"),
        ("sentinel://:hunter2@redis.example", "Sentinels are named by redis+sentinel://"),
        ("redis://:hunter2@[redis.example", "is not a redis://"),
        ("redis://:hun\tter2@redis.example", "is not a redis://"),
        ("redis://:hunter2#tail@redis.example", "escaped?"),
        ("redis://:hunter2/tail@redis.example", "escaped?"),
        ("redis://:hunter2?tail@redis.example", "escaped?"),
        ("redis://user:42?hunter2@redis.example", "escaped?"),
        ("redis://user:42/hunter2@redis.example", "escaped?"),
        ("redis://:hunter2@:6379", "names no host"),
        ("redis://:hunter2@redis.example:0", "port 0"),
        ("redis://:p@hunter2?tail&x=y@redis.example/0", "escaped?"),
        ("redis://:p@a?hunter2&x=y@redis.example/0", "escaped?"),
        ("redis://:p@a?db=hunter2@redis.example/0", "escaped?"),
        ("redis://:p@a?password=x&hunter2=y@redis.example/0", "escaped?"),
        ("redis://:p@a?socket_timout=hunter2@redis.example/0", "escaped?"),
        ("redis+sentinel://:p@a/hunter2@s.example/main", "escaped?"),
        ("redis+sentinel://:p@a/hunter2@s.example", "escaped?"),
        ("unix://:p@/hunter2@/run/redis.sock", "escaped?"),
        ("redis://redis.example?password=a&hunter2", "an option that is not known. Known are"),
        ("redis://redis.example?password=a&hunter2=1", "an option that is not known. Known are"),
        ("redis://:hunter2@redis.example:65536", "port"),
        ("redis://:hunter2@redis.example:port", "port"),
        ("redis://:hunter2@a.example,b.example", "several hosts"),
        ("redis://:hunter2@redis.example/main", "database that is no number"),
        ("redis://:hunter2@redis.example/-1", "database that is no number"),
        ("redis://:hunter2@redis.example/1/2", "database that is no number"),
        ("redis://:hunter2@redis.example/1x?db=2", "database that is no number"),
        ("redis://:hunter2@redis.example?db=", "option db"),
        ("redis://:hunter2@redis.example?db=x", "option db"),
        ("redis://:hunter2@redis.example?db=1&db=2", "option db twice"),
        ("redis://:hunter2@redis.example/1?db=1", "option db, and says it before the ? as well"),
        ("redis://:hunter2@redis.example?password=hunter2", "option password, and says it before"),
        ("redis://alice:hunter2@redis.example?username=alice", "option username, and says it before"),
        ("redis+sentinel://:hunter2@a.example/main/0?db=1", "option db, and says it before"),
        ("redis://:hunter2@redis.example?decode_responses=true", "not known: decode_responses"),
        ("redis://:hunter2@redis.example?socket_timout=2", "not known: socket_timout"),
        ("redis://:hunter2@redis.example?socket_timeout=0", "option socket_timeout"),
        ("redis://:hunter2@redis.example?max_connections=0", "option max_connections"),
        ("redis://:hunter2@redis.example?ssl_cert_reqs=none", "ssl_cert_reqs (it is for rediss:// alone)"),
        ("redis://:hunter2@redis.example?sentinel_password=hunter2", "not known: sentinel_password"),
        ("rediss://:hunter2@redis.example?ssl_cert_reqs=hunter2", "option ssl_cert_reqs"),
        ("rediss://:hunter2@redis.example?ssl_check_hostname=hunter2", "option ssl_check_hostname"),
        ("unix://:hunter2@run/redis.sock", "names no path"),
        ("unix://", "names no path"),
        ("unix:///run/redis.sock?socket_keepalive=1", "not known: socket_keepalive"),
        ("redis+sentinel://:hunter2@a.example", "names no master"),
        ("redis+sentinel://:hunter2@a.example,/main", "names no host"),
        ("redis+sentinel://:hunter2@a.example/main/x", "database that is no number"),
    ],
)
def test_what_is_not_known_is_refused_by_name_and_shows_no_secret(url: str, words: str, load):
    with pytest.raises(RedisUrlError) as refused:
        read_redis_url(url)
    with pytest.raises(SettingsError) as at_start:
        load(PRODUCTION, {"REDIS_URL": url})
    assert words in str(refused.value)
    assert str(at_start.value) == f"REDIS_URL {refused.value}"
    assert "hunter2" not in str(at_start.value)
    assert len(str(at_start.value).splitlines()) == 1


def test_where_it_is_can_be_told_without_the_secret():
    place = read_redis_url("redis://alice:hunter2@redis.example:7000/5").place
    assert place == "redis.example:7000, database 5"
    url = read_redis_url("redis+sentinel://:hunter2@a.example,[::1]:1/main?sentinel_password=hunter2")
    assert url.place == "main (of the Sentinels at a.example:26379, [::1]:1), database 0"
    assert "hunter2" not in repr(url)


@pytest.mark.parametrize("prefix", ["p", "perennial-2", "prod:perennial_2.b", "x" * 64])
def test_a_prefix_may_be_what_people_use(prefix: str, load):
    assert load(PRODUCTION, {"PERENNIAL_REDIS_PREFIX": prefix}).redis_prefix == prefix


@pytest.mark.parametrize("prefix", ["arq", "arq:a", "a:", ":a", "a::b", ":", "a*", "ä", "a b", "x" * 65])
def test_a_prefix_that_others_may_have_or_that_has_a_meaning_to_redis_is_refused(prefix: str, load):
    with pytest.raises(SettingsError, match="PERENNIAL_REDIS_PREFIX"):
        load(PRODUCTION, {"PERENNIAL_REDIS_PREFIX": prefix})
