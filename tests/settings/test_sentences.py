"""Every setting that can be wrong says so in a sentence of ours, which shows no value and is none of pydantic's."""

import re

import pytest
from pydantic_core._pydantic_core import list_all_errors  # which pydantic_core itself does not re-export
from support.environment import PRODUCTION

from perennial.core.errors import SettingsError
from perennial.settings import Settings

VARIABLES = Settings.variables()
# Wrong in one way or another for every kind of setting there is.
NONSENSE = [
    *("hunter2", "-1", "1e999", "nan", "9" * 5000, "1.5", "0x10", "{}", '["hunter2"]', "null", "ture", "8000,8001"),
    *("hunter2://hunter2", "https://", "https://u:hunter2@app.example", "hunter2 hunter2", "\udcff", "a:b@c/d?e#f"),
]
# Whatever these are, they may be right: names, ids and secrets of somebody else's, and a folder.
FREE = {
    *("x_client_secret", "linkedin_client_id", "linkedin_client_secret", "x_client_id", "jwt_key", "var_dir"),
    *("no_proxy", "authorized_parties"),
}
# Two of them belong together, and the line names the one that is missing.
HALVES = {"x_client_secret", "linkedin_client_id", "linkedin_client_secret"}
# How pydantic begins each of its sentences, up to the first value in it.
PHRASES = {
    beginning
    for one in list_all_errors()
    if len(beginning := one["message_template_python"].partition("{")[0].strip()) > 8
} | {"Value error", "validation error", "For further information"}


def refusal(load, variable: str, value: str) -> str | None:
    """What is said of the value, in one line; None where it is taken."""
    try:
        load(PRODUCTION, {variable: value})
    except SettingsError as error:
        return str(error)
    return None


@pytest.mark.parametrize("name", VARIABLES)
def test_whatever_is_wrong_is_told_in_a_sentence_of_ours(load, name):
    variable = VARIABLES[name]
    lines = [line for value in NONSENSE if (line := refusal(load, variable, value))]
    assert lines or name in FREE
    for line in lines:
        assert re.match(r"[A-Z_]+ (is|has|names|begins|and|may) ", line)
        assert variable in line or name in HALVES
        assert not [phrase for phrase in PHRASES if phrase in line]
        assert not re.search(r"hunter2|9999|ture|\udcff|\n", line)


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("quotes", ['""', "''", "``", "\u201c\u201d", "\u2018\u2019"])
def test_a_value_in_quotes_is_called_that(load, name, quotes):
    """As `docker run --env-file` leaves them. It is never sent anywhere, or taken for a part of a name."""
    for value in ("hunter2", "8000", "true", "", "https://hunter2.example", "a,b"):
        line = refusal(load, VARIABLES[name], f" {quotes[0]}{value}{quotes[1]}\r")
        assert line is not None
        assert line.startswith(f"{VARIABLES[name]} is in quotes")
        assert "hunter2" not in line


def test_a_quotation_mark_inside_of_a_value_is_a_part_of_it(load):
    secret = {"PERENNIAL_METRICS_TOKEN": "\"a'token-with-quotes", "PERENNIAL_X_CLIENT_ID": 'a"b'}
    settings = load(PRODUCTION, secret)
    assert settings.metrics_token.get_secret_value() == secret["PERENNIAL_METRICS_TOKEN"]


@pytest.mark.parametrize("name", VARIABLES)
def test_nothing_but_blanks_is_not_set(load, monkeypatch, name):
    """As the `\\r` of an env file from Windows is all that is left of an empty line."""
    monkeypatch.delenv(VARIABLES[name], raising=False)
    assert load({VARIABLES[name]: " \r"}).model_dump() == Settings().model_dump()


@pytest.mark.parametrize(
    ("variable", "value", "form"),
    [
        ("PERENNIAL_PORT", "http", "a whole number from 0 to 65535"),
        ("PERENNIAL_POLL_DELAY_SECONDS", "0", "a number above 0, up to 5"),
        ("PERENNIAL_MIGRATE_ON_START", "ture", "true or false"),
        ("PERENNIAL_LOG_LEVEL", "loud", "one of DEBUG, INFO, WARNING, ERROR"),
        ("PERENNIAL_MODE", "staging", "one of embedded, production"),
        ("PERENNIAL_LINKEDIN_VERSION", "2026-09", "six digits, such as 202609"),
        ("PERENNIAL_REDIS_PREFIX", "a b", "1 to 64 of A to Z, a to z, 0 to 9, and _ . : -"),
        ("PERENNIAL_REDIS_PREFIX", "\udcff", "1 to 64 of A to Z, a to z, 0 to 9, and _ . : -"),
        ("PERENNIAL_METRICS_TOKEN", "short", "16 characters or more, all of them printable ASCII, with no space"),
        ("PERENNIAL_HOST", "[::1]", "an address or a name alone, such as 127.0.0.1: no scheme, no brackets, no path"),
    ],
)
def test_it_says_what_the_setting_has_to_be(load, variable, value, form):
    assert refusal(load, variable, value) == f"{variable} has to be {form}"


def test_two_wrong_entries_of_a_list_are_told_once(load):
    line = refusal(load, "PERENNIAL_TOKEN_KEYS", "hunter2,hunter3")
    assert line is not None
    assert line.count("PERENNIAL_TOKEN_KEYS") == 1


def test_the_level_of_the_log_may_be_written_in_small_letters(load):
    assert load({"PERENNIAL_LOG_LEVEL": "debug"}).log_level == "DEBUG"
