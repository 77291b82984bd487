"""A scrape walks indexes, and never a table or a backlog that it does not count, however much of it there is."""

import pytest
from support.stores.catalogs import Postgres, read_postgres

from perennial.api.health import _gauges

ROWS = 60_000
BLOCKED = "00000000-0000-0000-0000-00000000000b"

# Nothing of it is due, and it lies in no order: a planner that does not know the times is tempted to read it all.
_FILL = (
    f"""
    INSERT INTO recurring_queues (id, clerk_user_id, status, interval, cadence, next_scheduled_time, execution_count,
        created_at, updated_at)
    SELECT gen_random_uuid(), 'alice', 'active', 7, 'fixed', now() + random() * interval '7 days', 0, now(), now()
    FROM generate_series(1, {ROWS}) AS n
    """,
    f"""
    INSERT INTO connected_accounts (id, clerk_user_id, platform, account_id, encrypted_access_token, status,
        connected_time, next_due)
    SELECT CASE n WHEN 1 THEN '{BLOCKED}' ELSE gen_random_uuid() END, n, 'x', n, '', 'active', now(),
        now() + (1 + random()) * interval '7 days'
    FROM generate_series(1, {ROWS}) AS n
    """,
    f"""
    WITH made AS (
        INSERT INTO posts (id, clerk_user_id, status, created_at, updated_at)
        SELECT gen_random_uuid(), 'alice', 'scheduled', now(), now() FROM generate_series(1, {ROWS}) RETURNING id
    )
    INSERT INTO publications (id, post_id, platform, content, status, scheduled_time, next_attempt_time, attempts,
        connected_account_id)
    SELECT gen_random_uuid(), id, 'x', 'Hello', 'scheduled', now(), now() + random() * interval '7 days', 0, {{account}}
    FROM made
    """,
    "ANALYZE recurring_queues",
    "ANALYZE connected_accounts",
    "ANALYZE publications",
)


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("account", ["NULL", f"'{BLOCKED}'::uuid"], ids=["without an account", "of one account"])
async def test_what_is_due_is_counted_by_index_alone(migrated_postgres: Postgres, account: str, mode: str) -> None:
    rows = await read_postgres(
        migrated_postgres.url,
        *(one.format(account=account) for one in _FILL),
        f"SET plan_cache_mode = {mode}",
        f"PREPARE counts (timestamptz, timestamptz) AS {_gauges._COUNTS_ON_POSTGRES}",
        "EXPLAIN EXECUTE counts (now(), now())",
    )
    plan = "\n".join(line for (line,) in rows)
    assert "Seq Scan" not in plan, plan
    indexes = ("by_next_scheduled", "connected_accounts_by_head", "publications_of_account", "publications_unconfirmed")
    for index in indexes:
        assert index in plan, plan
    assert "publications_scheduled" not in plan, plan
    assert "Sort Key: publications" not in plan, plan


# A few are to be reconnected, and many more have tokens that cannot be refreshed but are good for weeks.
_ACCOUNTS = (
    f"""
    INSERT INTO connected_accounts (id, clerk_user_id, platform, account_id, encrypted_access_token,
        encrypted_refresh_token, status, connected_time, token_expires_at)
    SELECT gen_random_uuid(), n, CASE n % 2 WHEN 0 THEN 'x' ELSE 'linkedin' END, n, '',
        CASE n % 3 WHEN 0 THEN NULL ELSE 'token' END,
        CASE n % 1000 WHEN 7 THEN 'reconnect_required' WHEN 8 THEN 'disconnected' ELSE 'active' END, now(),
        now() + (1 + random()) * interval '7 days'
    FROM generate_series(1, {ROWS}) AS n
    """,
    "ANALYZE connected_accounts",
)


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_accounts_to_reconnect_are_counted_by_their_index_alone(migrated_postgres: Postgres, mode: str) -> None:
    rows = await read_postgres(
        migrated_postgres.url,
        *_ACCOUNTS,
        f"SET plan_cache_mode = {mode}",
        f"PREPARE accounts (timestamptz) AS {_gauges._TO_RECONNECT}",
        "EXPLAIN EXECUTE accounts (now())",
    )
    plan = "\n".join(line for (line,) in rows)
    assert "Seq Scan" not in plan, plan
    assert plan.count("connected_accounts_to_reconnect") == 4, plan
    assert "Sort" not in plan, plan
