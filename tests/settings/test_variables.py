"""The names of environment variables: what is misspelt is told with what was meant; what others set is left alone."""

import pytest
from support.environment import PRODUCTION

from perennial.core.errors import SettingsError
from perennial.settings import Settings


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("PERENNIAL_QUERY_DEPHT_MAX", "PERENNIAL_QUERY_DEPTH_MAX"),
        ("PERENNIAL_PROT", "PERENNIAL_PORT"),
        ("perennial_prot", "PERENNIAL_PORT"),
        ("PERENNIAL_ISSUERS", "PERENNIAL_ISSUER"),
        ("PERENIAL_PORT", "PERENNIAL_PORT"),
        ("PERRENIAL_TOKEN_KEYS", "PERENNIAL_TOKEN_KEYS"),
        ("PERENNIAL_DATABASE_URL", "DATABASE_URL"),
        ("PERENNIAL_REDIS_URL", "REDIS_URL"),
        ("DATABSE_URL", "DATABASE_URL"),
        ("REDDIS_URL", "REDIS_URL"),
        ("PERENNIAL_REQUESTS_PER_MINUTE", "PERENNIAL_POINTS_PER_MINUTE"),  # until 0.1
        ("PERENNIAL_COLOUR", None),
    ],
)
def test_a_name_that_is_close_to_a_setting_is_told_with_the_one_that_was_meant(name, meant):
    assert Settings.unknown_variables({name: "a value"}) == {name: meant}


@pytest.mark.parametrize(
    "name",
    [
        *("PERENNIAL_PORT", "perennial_port", "DATABASE_URL", "REDIS_URL"),
        *("PATH", "PORT", "HOST", "PERSONAL_PORT", "PERL5LIB", "PERENNIALS", "ISSUER", "REDIS_PORT", "REDIS_HOST"),
        *("DATABASE_URI", "TEST_DATABASE_URL", "PGDATABASE", "DATABASE_HOST"),
    ],
)
def test_settings_and_other_programs_variables_are_not_reported(name):
    assert Settings.unknown_variables({name: "a value"}) == {}


@pytest.mark.parametrize(("name", "meant"), [("DATABASE_URI", "DATABASE_URL"), ("REDIS_URI", "REDIS_URL")])
def test_where_something_is_missing_another_usual_name_for_it_is_asked_about(name, meant):
    assert Settings.unknown_variables({name: "a value"}, incomplete=True) == {name: meant}
    others = dict.fromkeys(("DATABASE_HOST", "REDIS_HOST", "PGDATABASE", "TEST_DATABASE_URL", "PORT"), "a value")
    assert Settings.unknown_variables(others, incomplete=True) == {}


def test_where_the_database_is_named_a_second_one_with_almost_its_name_is_somebody_elses():
    assert Settings.unknown_variables({"DATABASE_URLS": "a value", **PRODUCTION}) == {}


def service(name: str, port: int) -> dict[str, str]:
    """What Kubernetes tells every pod of a Service."""
    prefix, address = name.upper().replace("-", "_"), "10.43.7.62"
    whole = f"tcp://{address}:{port}"
    return {
        f"{prefix}_SERVICE_HOST": address,
        f"{prefix}_SERVICE_PORT": str(port),
        f"{prefix}_SERVICE_PORT_HTTP": str(port),
        f"{prefix}_PORT": whole,
        f"{prefix}_PORT_{port}_TCP": whole,
        f"{prefix}_PORT_{port}_TCP_PROTO": "tcp",
        f"{prefix}_PORT_{port}_TCP_PORT": str(port),
        f"{prefix}_PORT_{port}_TCP_ADDR": address,
    }


@pytest.mark.parametrize("name", ["perennial", "perennial-worker", "perennial-api", "perennial-worker-metrics"])
def test_what_a_kubernetes_service_injects_is_passed_over_and_not_misspelt(monkeypatch, name):
    for variable, value in service(name, 8000).items():
        monkeypatch.setenv(variable, value)
    settings = Settings.load()
    assert (settings.port, settings.worker_port) == (8000, 0)
    assert Settings.unknown_variables(service(name, 8000)) == {}


def test_it_is_known_which_settings_were_passed_over_and_what_holds_in_their_place():
    injected = service("perennial", 8000) | service("perennial-worker", 9100) | service("perennial-api", 8000)
    assert Settings.injected_variables(injected) == {"PERENNIAL_PORT": 8000, "PERENNIAL_WORKER_PORT": 0}
    assert Settings.injected_variables({"PERENNIAL_PORT": "8001", "PERENNIAL_ISSUER": "tcp://issuer.example"}) == {}


def test_a_refusal_tells_of_the_name_too(monkeypatch):
    monkeypatch.setenv("PERENNIAL_MODE", "production")
    for name, value in (PRODUCTION | {"DATABSE_URL": PRODUCTION["DATABASE_URL"]}).items():
        if name != "DATABASE_URL":
            monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        Settings.load()
    assert "DATABASE_URL is missing" in str(refused.value)
    assert "DATABSE_URL is set: is DATABASE_URL meant?" in str(refused.value)
    assert "hunter2" not in str(refused.value)
