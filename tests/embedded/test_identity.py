"""The embedded mode's issuer is checked as any other is."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
import time_machine

from perennial.api.auth._issuer_keys import PemKey
from perennial.api.auth.bearer_tokens import Authenticator, Caller
from perennial.core.errors import InvalidInput, SettingsError, Unauthenticated
from perennial.embedded._identity import EmbeddedIdentity

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an identity in it: its key takes its time to be made."""
    return tmp_path_factory.mktemp("identity") / "var"


@pytest.fixture(scope="module")
def identity(folder: Path) -> EmbeddedIdentity:
    return EmbeddedIdentity.load_or_create(folder)


def authenticator(identity: EmbeddedIdentity) -> Authenticator:
    return Authenticator(identity.issuer, PemKey(identity.public_pem))


async def test_its_token_speaks_for_the_user_for_a_day(identity):
    bearer = "Bearer " + identity.token("alice", NOW)
    with time_machine.travel(NOW, tick=False) as clock:
        assert await authenticator(identity).authenticate(bearer) == Caller("alice", NOW + timedelta(hours=24))
        clock.shift(timedelta(hours=24, seconds=6))
        with pytest.raises(Unauthenticated, match="expired"):
            await authenticator(identity).authenticate(bearer)


async def test_its_tokens_outlive_a_restart(identity, folder):
    bearer = "Bearer " + identity.token("alice", NOW)
    restarted = EmbeddedIdentity.load_or_create(folder)
    with time_machine.travel(NOW, tick=False):
        assert (await authenticator(restarted).authenticate(bearer)).id == "alice"


async def test_another_folders_tokens_are_refused(identity, tmp_path):
    elsewhere = EmbeddedIdentity.load_or_create(tmp_path / "elsewhere")
    with time_machine.travel(NOW, tick=False), pytest.raises(Unauthenticated):
        await authenticator(identity).authenticate("Bearer " + elsewhere.token("alice", NOW))


def test_a_token_carries_the_claims_of_an_issuer_and_an_id_of_its_own(identity):
    first, second = (jwt.decode(identity.token("alice", NOW), options={"verify_signature": False}) for _ in range(2))
    at = int(NOW.timestamp())
    expected = {"iss": "perennial-embedded", "sub": "alice", "iat": at, "nbf": at, "exp": at + 86_400}
    assert first == {**expected, "jti": first["jti"]}
    assert first["jti"] != second["jti"]


def test_the_key_is_nobody_elses_to_read_and_leaves_nothing_beside_it(identity, folder):
    (file,) = folder.iterdir()
    assert file.name == "identity.pem"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_key_that_could_not_be_written_whole_is_not_there_at_all(tmp_path, monkeypatch):
    def full(_: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("perennial.embedded._identity.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        EmbeddedIdentity.load_or_create(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "junk", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_a_damaged_key_refuses_to_start_and_is_left_as_it_is(tmp_path, content):
    (tmp_path / "identity.pem").write_text(content)
    with pytest.raises(SettingsError, match=r"identity\.pem"):
        EmbeddedIdentity.load_or_create(tmp_path)
    assert (tmp_path / "identity.pem").read_text() == content


@pytest.mark.parametrize("user", ["", "a" * 256, "alice\n", "\ud800", None, 7])
def test_nobody_gets_a_token_that_would_be_refused(identity, user):
    with pytest.raises(InvalidInput) as refused:
        identity.token(user, NOW)
    assert refused.value.field == "user"


def test_a_time_without_a_zone_is_a_mistake(identity):
    with pytest.raises(ValueError, match="time zone"):
        identity.token("alice", NOW.replace(tzinfo=None))
