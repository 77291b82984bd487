"""Nothing configured runs embedded; anything half configured refuses, naming each variable and showing no secret."""

from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from support.environment import PRODUCTION

from perennial.core.errors import SettingsError
from perennial.settings import LINKEDIN_API_URL, LINKEDIN_OAUTH_URL, X_API_URL, CronPeriod, Settings


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch):
    def set_only(variables: dict[str, str]) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return set_only


def refusal() -> str:
    with pytest.raises(SettingsError) as refused:
        Settings.load()
    return str(refused.value)


def test_with_nothing_configured_everything_runs_in_one_process_on_loopback():
    settings = Settings.load()
    assert settings.embedded
    assert (settings.host, settings.port, settings.var_dir) == ("127.0.0.1", 8000, Path("var"))
    assert (settings.log_level, settings.json_logs) == ("INFO", False)
    assert settings.process_queues_every == CronPeriod.MINUTE
    assert settings.migrate_on_start
    assert settings.platform_urls == (X_API_URL, LINKEDIN_API_URL, LINKEDIN_OAUTH_URL)


def test_a_whole_production_is_accepted_and_logs_json_lines(environment):
    environment(PRODUCTION)
    settings = Settings.load()
    assert not settings.embedded
    assert settings.json_logs
    assert settings.platform_urls == ("https://api.x.com", "https://api.linkedin.com", LINKEDIN_OAUTH_URL)


def test_a_database_alone_makes_it_a_production(environment):
    environment({"DATABASE_URL": PRODUCTION["DATABASE_URL"]})
    assert not Settings().embedded
    message = refusal()
    assert all(name in message for name in PRODUCTION.keys() - {"DATABASE_URL"})


def test_the_mode_alone_names_all_that_is_missing(environment):
    environment({"PERENNIAL_MODE": "production"})
    message = refusal()
    assert all(f"{name} is missing" in message for name in PRODUCTION)


@pytest.mark.parametrize("missing", PRODUCTION)
def test_a_production_without_one_of_its_parts_refuses_and_names_it(environment, missing):
    environment({"PERENNIAL_MODE": "production", **{k: v for k, v in PRODUCTION.items() if k != missing}})
    message = refusal()
    assert message.startswith(f"{missing} is missing")
    assert not any(f"{name} is" in message for name in PRODUCTION.keys() - {missing})


@pytest.mark.parametrize("missing", PRODUCTION)
def test_an_empty_variable_counts_as_unset(environment, missing):
    environment({"PERENNIAL_MODE": "production", **PRODUCTION, missing: ""})
    assert f"{missing} is missing" in refusal()


@pytest.mark.parametrize("name", [*Settings.model_fields])
def test_every_setting_of_the_embedded_mode_may_be_empty(environment, name):
    variable = name.upper() if name in {"database_url", "redis_url"} else f"PERENNIAL_{name.upper()}"
    environment({variable: ""})
    assert Settings.load() == Settings()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("REDIS_URL", "redis://:hunter2@redis.example"),
        ("PERENNIAL_ISSUER", "https://issuer.example"),
        ("PERENNIAL_JWKS_URL", "https://issuer.example/keys"),
        ("PERENNIAL_JWT_KEY", "-----BEGIN PUBLIC KEY-----"),
    ],
)
def test_a_part_of_production_without_a_database_refuses_and_names_both(environment, variable, value):
    environment({variable: value})
    message = refusal()
    assert "DATABASE_URL" in message
    assert variable in message
    assert value not in message


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "mysql://perennial:hunter2@db.example/perennial"),
        ("DATABASE_URL", "postgres://perennial:hunter2/tail@db.example/perennial"),
        ("DATABASE_URL", "postgres://perennial:hunter2@[db.example/perennial"),
        ("DATABASE_URL", "postgres://perennial:hunter2\u2100@db.example/perennial"),
        ("DATABASE_URL", "hunter2"),
        ("REDIS_URL", "http://:hunter2@redis.example"),
        ("REDIS_URL", "redis://perennial:hunter2#tail@redis.example"),
        ("PERENNIAL_TOKEN_KEYS", "hunter2"),
        ("PERENNIAL_TOKEN_KEYS", f"{urlsafe_b64encode(bytes(32)).decode()},hunter2"),
        ("PERENNIAL_ISSUER", "hunter2"),
        ("PERENNIAL_JWKS_URL", "hunter2"),
        ("PERENNIAL_X_API_URL", "ftp://hunter2"),
        ("PERENNIAL_X_API_URL", "https://"),
        ("PERENNIAL_LINKEDIN_API_URL", "hunter2"),
        ("PERENNIAL_LINKEDIN_OAUTH_URL", "https://hunter2:hunter2"),
        ("PERENNIAL_LINKEDIN_VERSION", "hunter2"),
        ("PERENNIAL_PORT", "hunter2"),
        ("PERENNIAL_PORT", "65536"),
        ("PERENNIAL_MODE", "hunter2"),
        ("PERENNIAL_LOG_FORMAT", "hunter2"),
        ("PERENNIAL_LOG_LEVEL", "hunter2"),
        ("PERENNIAL_PROCESS_QUEUES_EVERY", "hunter2"),
        ("PERENNIAL_POLL_DELAY_SECONDS", "0"),
        ("PERENNIAL_DATABASE_POOL_SIZE", "1"),
        ("PERENNIAL_MIGRATE_ON_START", "hunter2"),
        ("PERENNIAL_PLATFORM_REQUESTS_MAX", "0"),
        ("PERENNIAL_ACCOUNT_REQUESTS_MAX", "hunter2"),
        ("PERENNIAL_WORKER_PORT", "hunter2"),
        ("PERENNIAL_WORKER_PORT", "65536"),
        ("PERENNIAL_METRICS_TOKEN", "hunter2"),
        ("PERENNIAL_METRICS_TOKEN", "hunter2 with a space in it"),
        ("PERENNIAL_METRICS_TOKEN", "hunter2-with-an-\u00e9-in-it"),
        ("PERENNIAL_CORS_ORIGINS", "hunter2"),
        ("PERENNIAL_CORS_ORIGINS", "https://hunter2.example/path"),
        ("PERENNIAL_CORS_ORIGINS", "https://*.hunter2.example"),
        ("PERENNIAL_CORS_ORIGINS", "https://hunter2.example,https://me:hunter2@app.example"),
        ("PERENNIAL_INTROSPECTION", "hunter2"),
        ("PERENNIAL_PAGE_SIZE_MAX", "24"),
        ("PERENNIAL_POINTS_PER_MINUTE", "-1"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_variables_name_and_not_shown(environment, variable, value):
    environment({**PRODUCTION, variable: value})
    message = refusal()
    assert message.startswith(variable)
    assert "hunter2" not in message


def test_all_faults_are_named_at_once(environment):
    environment({**PRODUCTION, "PERENNIAL_PORT": "http", "PERENNIAL_LOG_LEVEL": "loud"})
    message = refusal()
    assert "PERENNIAL_PORT" in message
    assert "PERENNIAL_LOG_LEVEL" in message


def test_the_issuers_keys_have_one_source(environment):
    environment({**PRODUCTION, "PERENNIAL_JWKS_URL": "https://issuer.example/keys", "PERENNIAL_JWT_KEY": "a key"})
    message = refusal()
    assert "PERENNIAL_JWKS_URL" in message
    assert "PERENNIAL_JWT_KEY" in message


def test_an_issuer_with_a_key_of_its_own_need_not_be_a_url(environment):
    environment({**PRODUCTION, "PERENNIAL_ISSUER": "our-own", "PERENNIAL_JWT_KEY": "a key"})
    assert Settings.load().issuer == "our-own"


def test_the_embedded_mode_with_a_database_refuses(environment):
    environment({**PRODUCTION, "PERENNIAL_MODE": "embedded"})
    message = refusal()
    assert "PERENNIAL_MODE" in message
    assert "DATABASE_URL" in message


@pytest.mark.parametrize("platform", ["X", "LINKEDIN"])
def test_a_client_secret_without_its_id_refuses(environment, platform):
    environment({**PRODUCTION, f"PERENNIAL_{platform}_CLIENT_SECRET": "hunter2"})
    message = refusal()
    assert f"PERENNIAL_{platform}_CLIENT_ID" in message
    assert "hunter2" not in message
    environment({f"PERENNIAL_{platform}_CLIENT_ID": "an id"})
    assert Settings.load()


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "::ffff:192.0.2.7", "192.0.2.7", "perennial.example", "127.0.0.1.example"]
)
def test_the_embedded_mode_refuses_to_listen_beyond_loopback(environment, host):
    environment({"PERENNIAL_HOST": host})
    assert "PERENNIAL_HOST" in refusal()
    environment(PRODUCTION)
    assert Settings.load().host == host


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "localhost.", "LOCALHOST", "::ffff:127.0.0.1"]
)
def test_the_embedded_mode_listens_on_any_loopback_address(environment, host):
    environment({"PERENNIAL_HOST": host})
    assert Settings.load().host == host


@pytest.mark.parametrize(
    ("word", "every"),
    [
        ("minute", CronPeriod.MINUTE),
        ("hour", CronPeriod.HOUR),
        ("hourly", CronPeriod.HOUR),
        ("Daily", CronPeriod.DAY),
        ("day", CronPeriod.DAY),
    ],
)
def test_the_cron_runs_every_minute_hourly_or_daily(environment, word, every):
    environment({"PERENNIAL_PROCESS_QUEUES_EVERY": word})
    assert Settings.load().process_queues_every == every


@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", " {} "])
def test_what_a_file_leaves_around_a_value_is_no_part_of_it(environment, around):
    """As where a secret is kept in a file that ends with a newline."""
    secrets = {"PERENNIAL_METRICS_TOKEN": "0123456789abcdef", "PERENNIAL_X_CLIENT_SECRET": "hunter2"}
    others = {"PERENNIAL_X_CLIENT_ID": "an id", "PERENNIAL_PORT": "8001", "PERENNIAL_PROCESS_QUEUES_EVERY": "hourly"}
    others |= {"PERENNIAL_MODE": "production", "PERENNIAL_MIGRATE_ON_START": "false", "PERENNIAL_HOST": "::1"}
    environment({name: around.format(value) for name, value in (PRODUCTION | secrets | others).items()})
    padded = Settings.load()
    environment(PRODUCTION | secrets | others)
    assert padded == Settings.load()


def test_lists_are_separated_by_commas(environment):
    keys = [Fernet.generate_key().decode() for _ in range(2)]
    parties = "https://one.example, https://two.example,"
    more = {"PERENNIAL_AUTHORIZED_PARTIES": parties, "PERENNIAL_CORS_ORIGINS": parties}
    environment({**PRODUCTION, "PERENNIAL_TOKEN_KEYS": ", ".join(keys), **more})
    settings = Settings.load()
    assert [key.get_secret_value() for key in settings.token_keys] == keys
    assert settings.authorized_parties == ("https://one.example", "https://two.example")
    assert settings.cors_origins == settings.authorized_parties


@pytest.mark.parametrize(
    "variable",
    [
        "PERENNIAL_ISSUER",
        "PERENNIAL_JWKS_URL",
        "PERENNIAL_X_API_URL",
        "PERENNIAL_LINKEDIN_API_URL",
        "PERENNIAL_LINKEDIN_OAUTH_URL",
    ],
)
def test_http_to_another_machine_is_refused_in_production_and_to_this_one_it_is_not(environment, variable):
    for url in ("http://192.0.2.7/path", "HTTP://perennial.example:8100", "http://127.0.0.1.example", "http://[::2]"):
        environment({**PRODUCTION, variable: url})
        assert refusal().startswith(f"{variable} is an http URL of another machine")
    for url in (
        "http://127.0.0.1:8100",
        "http://localhost/path",
        "http://[::1]:1",
        "http://[::ffff:127.0.0.1]:1",
        "http://localhost.:1",
    ):
        environment({variable: url})
        assert Settings.load()


def test_the_embedded_mode_may_call_a_platform_by_http(environment):
    environment({"PERENNIAL_X_API_URL": "http://x.example"})
    assert Settings.load().embedded


def test_settings_that_are_printed_show_no_secret(environment):
    secrets = {"PERENNIAL_X_CLIENT_ID": "an id", "PERENNIAL_X_CLIENT_SECRET": "hunter2"}
    secrets |= {"PERENNIAL_METRICS_TOKEN": "hunter2-hunter2-hunter2"}
    environment({**PRODUCTION, **secrets})
    shown = repr(Settings.load())
    assert "hunter2" not in shown
    assert PRODUCTION["PERENNIAL_TOKEN_KEYS"] not in shown
