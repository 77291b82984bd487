"""A client's id and its secret, and the port in a DATABASE_URL: half of one refuses, and no line shows a secret."""

import pytest
from support.environment import PRODUCTION

from perennial.core.errors import SettingsError

ID, SECRET = "PERENNIAL_{}_CLIENT_ID", "PERENNIAL_{}_CLIENT_SECRET"


def refusal(load, *variables: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as refused:
        load(*variables)
    assert "hunter2" not in str(refused.value)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("mode", [PRODUCTION, {}], ids=["production", "embedded"])
def test_linkedin_has_no_clients_without_a_secret(load, mode):
    message = refusal(load, mode, {ID.format("LINKEDIN"): "an id"})
    assert SECRET.format("LINKEDIN") in message
    assert load({SECRET.format("LINKEDIN"): "hunter2"}).linkedin_client_id == "an id"


def test_x_has_public_clients_that_have_no_secret(load):
    assert load(PRODUCTION, {ID.format("X"): "an id"}).x_client_secret is None


@pytest.mark.parametrize("platform", ["X", "LINKEDIN"])
def test_an_empty_id_with_a_secret_is_a_missing_one(load, platform):
    variables = {ID.format(platform): "", SECRET.format(platform): "hunter2"}
    assert ID.format(platform) in refusal(load, PRODUCTION, variables)


@pytest.mark.parametrize(
    "tail",
    ["?port=abc", "?host=/run/postgresql&port=abc", "?port=-1", "?port=5432&port=abc", "?port=%D9%A1", "?port=5432x"],
)
def test_a_port_that_is_no_number_is_refused_and_the_password_not_shown(load, tail):
    url = f"postgres://perennial:hunter2@/perennial{tail}"
    assert refusal(load, PRODUCTION, {"DATABASE_URL": url}).startswith("DATABASE_URL is not a postgres://… URL")


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1"])
def test_a_port_of_the_host_that_cannot_be_is_refused_too(load, port):
    url = f"postgres://perennial:hunter2@db.example:{port}/perennial"
    assert refusal(load, PRODUCTION, {"DATABASE_URL": url}).startswith("DATABASE_URL is not a postgres://… URL")


@pytest.mark.parametrize("tail", ["", "?host=/run/postgresql", "?host=/run/postgresql&port=5433", "?sslmode=require"])
def test_a_socket_with_a_port_or_without_is_accepted(load, tail):
    url = f"postgres://perennial:hunter2@/perennial{tail}"
    assert load(PRODUCTION, {"DATABASE_URL": url}).database_url.get_secret_value() == url
