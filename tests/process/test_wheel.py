"""The wheel is all that a machine needs: installed into an environment of its own, it runs the first evening."""

import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import packages_distributions, requires, version
from pathlib import Path
from signal import SIGTERM

import jwt
import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support.api import User
from support.embedded import login, visiting
from support.http import client_of
from support.processes import ROOT, free_port, stop, until
from support.production.wheel import Installed
from support.stores.catalogs import new_postgres
from support.stores.next_migration import all_migrations
from support.story import Site, assert_it_ran_once, queue_a_post
from test_layout import MODULES, foreign

COMMANDS = ("server", "worker", "migrate", "reencrypt", "export", "forget", "sandbox")
ISSUER = "https://issuer.example"
MIGRATIONS = all_migrations()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    """The issuer's."""
    return generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def platforms(installed: Installed, tmp_path: Path) -> Iterator[str]:
    """The root of a sandbox that is the wheel's too."""
    port = free_port()
    with installed.running("sandbox", "--port", str(port), log=tmp_path / "sandbox.log"):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
async def environment(key: RSAPrivateKey, platforms: str, postgres_url: str, redis_url: str) -> dict[str, str]:
    """A production on an empty database, which is migrated by the command and by nothing else."""
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {
        "DATABASE_URL": await new_postgres(postgres_url, "wheel"),
        "REDIS_URL": redis_url,
        "PERENNIAL_PORT": str(free_port()),
        "PERENNIAL_ISSUER": ISSUER,
        "PERENNIAL_JWT_KEY": public.decode(),
        "PERENNIAL_TOKEN_KEYS": Fernet.generate_key().decode(),
        "PERENNIAL_MIGRATE_ON_START": "false",
        "PERENNIAL_X_API_URL": f"{platforms}/sandbox/x",
        "PERENNIAL_LINKEDIN_API_URL": f"{platforms}/sandbox/linkedin",
        "PERENNIAL_LINKEDIN_OAUTH_URL": f"{platforms}/sandbox/linkedin/oauth/v2",
    }


@pytest.fixture
def token(key: RSAPrivateKey) -> Callable[[str], str]:
    """Signs a token, as the issuer does."""

    def sign(user: str) -> str:
        now = int(datetime.now(UTC).timestamp())
        return jwt.encode({"iss": ISSUER, "sub": user, "iat": now, "exp": now + 600}, key, algorithm="RS256")

    return sign


def test_what_runs_is_the_wheels_and_not_the_repositorys(installed):
    look = "import perennial, perennial.db.migrating as m; print(perennial.__file__); print(m.MIGRATIONS)"
    for found in installed.completed("python", "-c", look).stdout.split():
        assert Path(found).is_relative_to(installed.site_packages)


def test_the_wheel_carries_every_migration_as_it_is(installed):
    carried = installed.site_packages / "perennial/db/migrations/models"
    assert MIGRATIONS
    assert {path.name: path.read_bytes() for path in carried.glob("*.py")} == {
        name: (ROOT / "migrations/models" / name).read_bytes() for name in MIGRATIONS
    }


def test_whatever_it_imports_is_among_what_it_depends_on():
    """The tests' environment has more than an empty one would get."""
    imported = set().union(*(foreign(name) for name in MODULES)) - sys.stdlib_module_names
    distributions = packages_distributions()
    ours = dependencies("perennial")
    assert imported
    assert [name for name in imported if not ours.intersection(map(canonicalize_name, distributions[name]))] == []


@cache
def dependencies(name: str, extra: str = "") -> set[str]:
    """The distributions that come with one of that name, by way of others included."""
    found: set[str] = {canonicalize_name(name)}
    for requirement in map(Requirement, requires(name) or []):
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            for one in requirement.extras or {""}:
                found |= dependencies(requirement.name, one)
    return found


def test_help_names_every_command_and_the_version_is_the_wheels(installed):
    helped = installed.completed("perennial", "--help")
    assert all(f"\n    {name}" in helped.stdout for name in COMMANDS)
    assert (helped.returncode, helped.stderr) == (0, "")
    assert installed.completed("perennial", "--version").stdout == f"perennial {version('perennial')}\n"


@pytest.mark.parametrize(
    "arguments", [[], ["serve"], ["worker", "2"], ["migrate", "--now"], ["export"], ["forget", "--yes"]]
)
def test_what_is_no_command_is_one_line_that_says_where_the_commands_are_listed(installed, arguments):
    done = installed.completed("perennial", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("perennial: ")
    assert re.search("perennial( export| forget)? --help", line)


def test_a_database_of_the_embedded_mode_is_migrated_once(installed, tmp_path):
    environment = {"PERENNIAL_VAR_DIR": str(tmp_path / "var")}
    first = installed.completed("perennial", "migrate", **environment)
    assert first.stdout.splitlines() == [f"applied {name}" for name in MIGRATIONS]
    assert installed.completed("perennial", "migrate", **environment).stdout == "the schema is up to date\n"


async def test_with_nothing_configured_a_queued_post_goes_out_and_the_data_are_below_the_present_folder(
    installed, tmp_path
):
    port = free_port()
    with installed.running("server", log=tmp_path / "server.log", PERENNIAL_PORT=str(port)) as process:
        async with visiting(port) as site:
            assert_it_ran_once(await queue_a_post(site, await login(site, "alice")))
        assert stop(process, SIGTERM) == 0
    assert (installed.folder / "var/perennial.sqlite3").exists()


async def test_in_production_migrate_server_and_worker_do_the_same(installed, environment, token, platforms, tmp_path):
    migrated = installed.completed("perennial", "migrate", **environment)
    assert migrated.stdout.splitlines() == [f"applied {name}" for name in MIGRATIONS], migrated.stderr
    port = environment["PERENNIAL_PORT"]
    with (
        installed.running("server", log=tmp_path / "server.log", **environment),
        installed.running("worker", log=tmp_path / "worker.log", **environment),
    ):
        async with client_of(platforms) as far, client_of(f"http://127.0.0.1:{port}") as http:
            site = Site(http, far)
            await site.until_ready()
            alice = User("alice", http, token("alice"))
            await alice.connect("X", "LINKEDIN")
            assert_it_ran_once(await queue_a_post(site, alice))
        until(lambda: "worker.ready" in (tmp_path / "worker.log").read_text(), "the worker said that it is ready")
    counted = installed.completed("perennial", "reencrypt", **environment)
    assert (counted.returncode, counted.stdout.split()[0]) == (0, "0")
