"""A stage for each test, on a database of its own."""

from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import pytest
from support.production.stage import Stage
from support.production.staging import staged
from support.stores.catalogs import new_postgres, read_postgres

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
        from support.production.truth import assert_no_head_is_late

        await assert_no_head_is_late(stage)
    await read_postgres(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")
