"""A batch of a pruning, or of an owner's rows, looks up what it needs, whatever PostgreSQL's statistics say."""

import pytest
from support.stores.catalogs import Postgres, read_postgres

from perennial.idempotency import pruning as removal
from perennial.keeping import _doubts, _old_executions, forgetting
from perennial.keeping.owned import OWNED, Owned, page_of

ROWS = 20_000

# Each queue ran once. Of the ids the statistics know the first, the middle and the last: PostgreSQL takes what lies to
# both sides of the middle for half of all.
_LEDGER = (
    f"""
    INSERT INTO recurring_queues (id, clerk_user_id, status, "interval", cadence, next_scheduled_time,
                                  execution_count, created_at, updated_at)
    SELECT lpad(to_hex(n), 32, '0')::uuid, 'alice', 'active', 7, 'fixed', now(), 1, now(), now()
    FROM generate_series(1, {ROWS}) AS n
    """,
    """
    INSERT INTO queue_executions (id, queue_id, scheduled_time, executed_time, outcome, missed_count)
    SELECT id, id, now() - interval '7 days', now(), 'executed', 0 FROM recurring_queues
    """,
    "ALTER TABLE queue_executions ALTER id SET STATISTICS 2",
    "ANALYZE recurring_queues",
    "ANALYZE queue_executions",
)


async def plan_of(database: Postgres, mode: str, statement: str, values: str, *fill: str) -> str:
    """How PostgreSQL runs a statement that it has prepared, with these values."""
    rows = await read_postgres(
        database.url,
        *fill,
        f"SET plan_cache_mode = {mode}",
        f"PREPARE look AS {statement}",
        f"EXPLAIN EXECUTE look ({values})",
    )
    return "\n".join(line for (line,) in rows)


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_a_batch_of_the_ledger_looks_up_its_own_queues(migrated_postgres: Postgres, mode: str) -> None:
    ids = "ARRAY[" + ", ".join(f"'{number:032x}'" for number in range(ROWS // 2 - 50, ROWS // 2 + 50)) + "]::uuid[]"
    plan = await plan_of(migrated_postgres, mode, _old_executions._DELETE, f"{ids}, now()", *_LEDGER)
    assert "recurring_queues_pkey" in plan, plan
    assert "Seq Scan on recurring_queues" not in plan, plan


# All of it is scheduled, and nothing was ever in doubt.
_SCHEDULED = (
    f"""
    INSERT INTO posts (id, clerk_user_id, status, created_at, updated_at)
    SELECT lpad(to_hex(n), 32, '0')::uuid, 'alice', 'scheduled', now(), now() FROM generate_series(1, {ROWS}) AS n
    """,
    """
    INSERT INTO publications (id, post_id, platform, content, status, scheduled_time, next_attempt_time, attempts)
    SELECT id, id, 'x', 'text', 'scheduled', now(), now(), 0 FROM posts
    """,
    "ANALYZE posts",
    "ANALYZE publications",
)


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_doubts_are_looked_up_beside_what_is_scheduled(migrated_postgres: Postgres, mode: str) -> None:
    plan = await plan_of(migrated_postgres, mode, _doubts._DOUBTS, "now()", *_SCHEDULED)
    assert "publications_in_doubt" in plan, plan
    assert "Seq Scan on publications" not in plan, plan
    assert "publications_scheduled" not in plan, plan
    assert "publications_of_account" not in plan, plan


# Many owners, one of whom has as much as all others together.
_OWNERS = "CASE WHEN n % 2 = 0 THEN 'big' ELSE 'user_' || n % 1000 END"
_OWNED = (
    f"""
    INSERT INTO connected_accounts (id, clerk_user_id, platform, account_id, encrypted_access_token, status,
        connected_time)
    SELECT lpad(to_hex(n), 32, '0')::uuid, {_OWNERS}, 'x', n, '', 'disconnected', now()
    FROM generate_series(1, {ROWS}) AS n
    """,
    f"""
    INSERT INTO posts (id, clerk_user_id, status, created_at, updated_at)
    SELECT lpad(to_hex(n), 32, '0')::uuid, {_OWNERS}, 'draft', now(), now() FROM generate_series(1, {ROWS}) AS n
    """,
    f"""
    INSERT INTO recurring_queues (id, clerk_user_id, status, "interval", cadence, next_scheduled_time,
                                  execution_count, created_at, updated_at)
    SELECT lpad(to_hex(n), 32, '0')::uuid, {_OWNERS}, 'active', 7, 'fixed', now(), 1, now(), now()
    FROM generate_series(1, {ROWS}) AS n
    """,
    f"""
    INSERT INTO idempotency_keys (id, clerk_user_id, key, fingerprint, result_id, created_at)
    SELECT lpad(to_hex(n), 32, '0')::uuid, {_OWNERS}, n, '', lpad(to_hex(n), 32, '0')::uuid, now()
    FROM generate_series(1, {ROWS}) AS n
    """,
    "ANALYZE",
)
_KEYS = {
    "account": "'x', '7'",
    "post": "'00000000-0000-7000-8000-000000000001'",
    "queue": "'00000000-0000-7000-8000-000000000001'",
    "idempotencyKey": "'7'",
}


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("owner", ["big", "user_7"])
@pytest.mark.parametrize("table", OWNED, ids=lambda table: table.kind)
async def test_a_page_of_an_owners_rows_begins_where_the_last_one_ended(
    migrated_postgres: Postgres, table: Owned, owner: str, mode: str
) -> None:
    values = f"'{owner}', {_KEYS[table.kind]}"
    plan = await plan_of(migrated_postgres, mode, page_of(table, table.key, table.key, 200), values, *_OWNED)
    assert [word for word in ("Sort", "Seq Scan", "Filter") if word in plan] == [], plan
    assert "Index Cond: ((ROW(" in plan, plan


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_what_is_being_sent_is_looked_up_by_its_posts(migrated_postgres: Postgres, mode: str) -> None:
    ids = "ARRAY[" + ", ".join(f"'{number:032x}'" for number in range(1, 201)) + "]::uuid[]"
    plan = await plan_of(migrated_postgres, mode, forgetting._BEING_SENT, f"{ids}, now(), now()", *_SCHEDULED)
    assert "Seq Scan" not in plan, plan
    assert "post_id = ANY" in plan, plan


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_old_keys_are_deleted_by_the_ids_that_are_found(migrated_postgres: Postgres, mode: str) -> None:
    remove = removal._REMOVE.format(size=10)
    plan = await plan_of(migrated_postgres, mode, remove, "now() - interval '1 day'", *_OWNED)
    assert "idempotency_keys_by_time" in plan, plan
    assert "Seq Scan" not in plan, plan
