"""A look reads each account's own publications, whatever PostgreSQL's statistics know of the accounts."""

import pytest
from support.stores.catalogs import Postgres, read_postgres

from perennial.accounts import accounts, following, heads
from perennial.publishing import _due

ROWS = 20_000
BIG, OTHER = "00000000-0000-0000-0000-00000000000b", "00000000-0000-0000-0000-00000000000a"

# All that is scheduled is one account's, in its own order: it is tempting to look for another's by the times alone.
_FILL = (
    f"""
    INSERT INTO connected_accounts (id, clerk_user_id, platform, account_id, encrypted_access_token, status,
        connected_time)
    SELECT id::uuid, id, 'x', id, '', 'active', now() FROM unnest(ARRAY['{BIG}', '{OTHER}']) AS id
    """,
    f"""
    WITH made AS (
        INSERT INTO posts (id, clerk_user_id, status, created_at, updated_at)
        SELECT lpad(to_hex(n), 32, '0')::uuid, 'big', 'scheduled', now(), now() FROM generate_series(1, {ROWS}) AS n
        RETURNING id
    )
    INSERT INTO publications (id, post_id, platform, content, status, scheduled_time, next_attempt_time, attempts,
        connected_account_id)
    SELECT id, id, 'x', 'Hello', 'scheduled', now(), now() - row_number() OVER () * interval '1 second', 0, '{BIG}'
    FROM made
    """,
    "ANALYZE connected_accounts",
    "ANALYZE publications",
)
_BOTH = f"ARRAY['{OTHER}', '{BIG}']::uuid[]"
_STATEMENTS = {
    "due": (_due._DUE_ON_POSTGRES, f"{_BOTH}, now(), now() - interval '2 days', 8, 200"),
    "raise": (heads._RAISE, _BOTH),
    "mend": (heads._WRONG, "'00000000-0000-0000-0000-000000000000', 500"),
    "forget what waits": (accounts._FORGET_WAITS, f"'{OTHER}', now()"),
    "of a disconnected account": (following._OF_ACCOUNT, f"'{OTHER}', now(), 2000"),
    "of no account": (following._WITHOUT_ACCOUNT, "now()"),
}


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("name", _STATEMENTS)
async def test_a_look_reads_no_other_accounts_backlog(migrated_postgres: Postgres, name: str, mode: str) -> None:
    statement, values = _STATEMENTS[name]
    rows = await read_postgres(
        migrated_postgres.url,
        *_FILL,
        f"SET plan_cache_mode = {mode}",
        f"PREPARE look AS {statement}",
        f"EXPLAIN EXECUTE look ({values})",
    )
    plan = "\n".join(line for (line,) in rows)
    assert "publications_of_account" in plan
    assert "publications_scheduled" not in plan, plan
    assert "Sort Key: publications" not in plan, plan
