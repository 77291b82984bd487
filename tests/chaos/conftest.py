"""A stage for each test, on a database of its own."""

from collections.abc import AsyncIterator, Callable, Iterator
from uuid import uuid4

import pytest
from support.production.stage import Stage
from support.production.staging import staged
from support.stores.catalogs import new_postgres, read_postgres
from support.stores.pgbouncer import NO_PGBOUNCER, OwnPgBouncer, pgbouncer
from support.stores.postgres import NO_POSTGRES, OwnPostgres, own_postgres

from perennial.embedded._identity import EmbeddedIdentity

# Of its assertions we want to read what they saw.
pytest.register_assert_rewrite("support.production.truth")


@pytest.fixture
async def stage(
    tmp_path_factory: pytest.TempPathFactory,
    postgres_url: str,
    through_pooler: Callable[[str], str],
    migrated_template: str,
    identity: EmbeddedIdentity,
) -> AsyncIterator[Stage]:
    """Everything but workers and a server, which the tests start."""
    name = f"chaos_{uuid4().hex[:8]}"
    url = await new_postgres(postgres_url, name, migrated_template)
    async with staged(tmp_path_factory.mktemp("stage"), url, identity, through_pooler(url)) as stage:
        yield stage
        from support.production.truth import assert_no_head_is_late, assert_posts_are_listed_as_they_are

        await assert_no_head_is_late(stage)
        await assert_posts_are_listed_as_they_are(stage)
    await read_postgres(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres() -> Iterator[OwnPostgres]:
    """A server of the test's own, which goes on in the end."""
    with own_postgres() as server:
        if server is None:
            pytest.skip(NO_POSTGRES)
        yield server
        server.thaw()


@pytest.fixture
def own_pooler(postgres: OwnPostgres) -> Iterator[OwnPgBouncer]:
    """A PgBouncer before it, of the test's own too."""
    with pgbouncer(postgres.url) as found:
        if found is None:
            pytest.skip(NO_PGBOUNCER)
        yield found
