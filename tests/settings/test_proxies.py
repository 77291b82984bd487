"""HTTPS_PROXY, HTTP_PROXY and NO_PROXY: how they are read, and which requests they are about."""

import pytest
from support.environment import PRODUCTION

from perennial.core.errors import SettingsError
from perennial.settings import Settings

VARIABLES = ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"]


@pytest.fixture(autouse=True)
def _none_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def proxy_url(settings: Settings, url: str) -> str | None:
    proxy = settings.proxies.for_url(url)
    return proxy.url if proxy else None


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("http://proxy.example:3128", "http://proxy.example:3128"),
        ("http://proxy.example:3128/", "http://proxy.example:3128"),
        ("HTTP://Proxy.example", "http://proxy.example:80"),
        ("https://proxy.example", "https://proxy.example:443"),
        ("proxy.example:3128", "http://proxy.example:3128"),
        ("alice:hunter2@proxy.example:3128", "http://proxy.example:3128"),
        ("http://alice:a%40b%3A%2F@10.0.0.1:3128", "http://10.0.0.1:3128"),
        ("http://[fd00::1]:3128", "http://[fd00::1]:3128"),
        (" http://proxy.example:3128\n", "http://proxy.example:3128"),
    ],
)
@pytest.mark.parametrize("mode", ["embedded", "production"])
def test_a_proxys_url_is_read_as_curl_reads_it(load, value, url, mode):
    settings = load(PRODUCTION if mode == "production" else {}, {"HTTPS_PROXY": value})
    assert proxy_url(settings, "https://api.x.com") == url
    assert proxy_url(settings, "http://api.x.com") is None


@pytest.mark.parametrize(
    "value",
    [
        "socks5://alice:hunter2@proxy.example:1080",
        "http://",
        "http://:3128",
        "http://alice:hunter2/tail@proxy.example:3128",
        "http://alice:hunter2#tail@proxy.example:3128",
        "http://alice:hunter2?tail@proxy.example:3128",
        "http://proxy.example:hunter2",
        "http://proxy.example:0",
        "http://proxy.example:3128/hunter2",
        "http://hunter2 proxy.example:3128",
        "http://hunter2\tproxy.example:3128",
        "http://[hunter2",
    ],
)
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "HTTP_PROXY", "https_proxy"])
def test_what_is_no_proxys_url_is_refused_by_its_name_and_not_shown(load, variable, value):
    with pytest.raises(SettingsError) as refused:
        load({variable: value})
    assert str(refused.value).startswith(f"{variable.upper()} is not a proxy's URL: http://host:port")
    assert "hunter2" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_names_in_lower_case_count_and_hold_where_both_are_set(load):
    both = {"https_proxy": "http://lower.example:1", "HTTPS_PROXY": "http://upper.example:2"}
    assert proxy_url(load({"http_proxy": "http://lower.example:1"}), "http://api.x.com") == "http://lower.example:1"
    assert proxy_url(load(both), "https://api.x.com") == "http://lower.example:1"
    assert proxy_url(load(dict(reversed(both.items()))), "https://api.x.com") == "http://lower.example:1"
    assert proxy_url(load(both, {"https_proxy": ""}), "https://api.x.com") == "http://upper.example:2"


def test_each_scheme_has_its_own_proxy(load):
    settings = load({"HTTPS_PROXY": "http://one.example:1", "HTTP_PROXY": "http://two.example:2"})
    assert proxy_url(settings, "https://api.x.com") == "http://one.example:1"
    assert proxy_url(settings, "http://api.x.com") == "http://two.example:2"


@pytest.mark.parametrize(
    ("entry", "named", "others"),
    [
        ("*", ["api.x.com", "10.0.0.1"], []),
        ("x.com", ["x.com", "api.x.com", "API.X.COM", "api.x.com."], ["netflix.com", "x.com.example"]),
        (".x.com", ["x.com", "api.x.com"], ["netflix.com"]),
        ("*.x.com", ["api.x.com"], ["netflix.com"]),
        ("X.COM", ["api.x.com"], ["netflix.com"]),
        ("x.com:443", ["api.x.com", "api.x.com:443"], ["api.x.com:8443"]),
        ("10.0.0.1", ["10.0.0.1", "[::ffff:10.0.0.1]"], ["10.0.0.2", "110.0.0.1"]),
        ("10.0.0.0/8", ["10.1.2.3", "10.1.2.3:8443"], ["11.0.0.1", "api.x.com", "[fd00::1]"]),
        ("10.0.0.1:8443", ["10.0.0.1:8443"], ["10.0.0.1"]),
        ("::ffff:10.0.0.1", ["10.0.0.1", "[::ffff:10.0.0.1]"], ["10.0.0.2", "[fd00::1]"]),
        ("::ffff:10.0.0.0/104", ["10.1.2.3", "[::ffff:10.1.2.3]"], ["11.0.0.1", "[fd00::1]"]),
        ("fd00::1", ["[fd00::1]"], ["[fd00::2]"]),
        ("[fd00::1]", ["[fd00::1]"], ["[fd00::2]"]),
        ("[fd00::1]:8443", ["[fd00::1]:8443"], ["[fd00::1]"]),
        ("fd00::/8", ["[fd00::1]"], ["[fe80::1]", "10.0.0.1"]),
        ("other.example, x.com", ["api.x.com"], ["y.com"]),
        ("other.example x.com", ["api.x.com"], ["y.com"]),
        (",, .,", [], ["api.x.com", "10.0.0.1"]),
    ],
)
def test_no_proxy_names_hosts_as_other_programs_take_it(load, entry, named, others):
    settings = load({"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": entry})
    assert [host for host in named if proxy_url(settings, f"https://{host}/2/tweets")] == []
    assert [host for host in others if not proxy_url(settings, f"https://{host}/2/tweets")] == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.9.1:8000", "localhost", "LOCALHOST.", "[::1]", "[::ffff:127.0.0.1]", "[::1%25lo]"]
)
def test_loopback_never_has_a_proxy(load, host):
    settings = load({"HTTPS_PROXY": "http://proxy.example:3128", "HTTP_PROXY": "http://proxy.example:3128"})
    assert proxy_url(settings, f"http://{host}/") is None
    assert proxy_url(settings, f"https://{host}/") is None


def test_its_password_is_not_shown(load):
    settings = load({"HTTPS_PROXY": "http://alice:hunter2@proxy.example:3128"})
    assert "hunter2" not in f"{settings!r} {settings.proxies!r} {settings.proxies.https.place}"
    assert settings.proxies.https.authorization == "Basic YWxpY2U6aHVudGVyMg=="


@pytest.mark.parametrize("name", ["ALL_PROXY", "FTP_PROXY", "ftp_proxy", "all_proxy", "no_proxy", "http_proxy"])
def test_what_other_programs_are_told_is_not_taken_for_a_misspelling(name):
    assert Settings.unknown_variables({name: "a value"}) == {}


def test_a_misspelling_is_told():
    assert Settings.unknown_variables({"HTTPS_PROXYS": "a value"}) == {"HTTPS_PROXYS": "HTTPS_PROXY"}
