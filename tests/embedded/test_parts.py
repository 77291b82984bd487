"""What the embedded mode keeps in its folder is there whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from perennial.core.errors import SettingsError
from perennial.embedded.parts import Embedded, open_embedded
from perennial.settings import LINKEDIN_OAUTH_URL, Settings


def start(folder: Path, **given: object) -> Embedded:
    with open_embedded(Settings(var_dir=folder, **given), 8000) as parts:
        return parts


def test_its_settings_are_whole_and_name_the_sandbox_for_every_platform(tmp_path):
    parts = start(tmp_path)
    root = "http://127.0.0.1:8000/sandbox"
    assert parts.settings.platform_urls == (f"{root}/x", f"{root}/linkedin", f"{root}/linkedin/oauth/v2")
    assert parts.settings.redis_url.get_secret_value().startswith("unix://")
    assert parts.settings.jwt_key == parts.identity.public_pem


def test_a_platform_that_was_named_stays_where_it_is(tmp_path):
    settings = start(tmp_path, x_api_url="https://x.example", host="::1").settings
    assert settings.x_api_url == "https://x.example"
    assert settings.linkedin_api_url == "http://[::1]:8000/sandbox/linkedin"
    assert settings.linkedin_oauth_url != LINKEDIN_OAUTH_URL


def test_the_token_key_is_nobody_elses_to_read_and_the_same_from_run_to_run(tmp_path):
    first = start(tmp_path).settings.token_keys
    assert stat.S_IMODE((tmp_path / "token.key").stat().st_mode) == 0o600
    assert start(tmp_path).settings.token_keys == first


def test_a_kill_while_the_token_key_is_written_leaves_none_behind(tmp_path, monkeypatch):
    class Killed(BaseException):
        pass

    def kill(*_: object) -> None:
        raise Killed

    start(tmp_path)
    (tmp_path / "token.key").unlink()
    monkeypatch.setattr(os, "fsync", kill)
    with pytest.raises(Killed):
        start(tmp_path)
    monkeypatch.undo()
    assert not (tmp_path / "token.key").exists()
    assert start(tmp_path).settings.token_keys


@pytest.mark.parametrize("damaged", [b"", b"half a key", b"\xff\xfe"])
def test_a_damaged_token_key_refuses_to_start_and_names_the_file(tmp_path, damaged):
    (tmp_path / "token.key").write_bytes(damaged)
    with pytest.raises(SettingsError, match=r"token\.key"):
        start(tmp_path)
    assert (tmp_path / "token.key").read_bytes() == damaged
