"""A scrape walks the partial indexes, and never a table, however much of it there is."""

from support.stores.catalogs import Postgres, read_postgres

from perennial.api.health import _gauges

ROWS = 60_000

# Nothing of it is due, and it lies in no order: a planner that does not know the times is tempted to read it all.
_FILL = (
    f"""
    INSERT INTO recurring_queues (id, clerk_user_id, status, interval, cadence, next_scheduled_time, execution_count,
        created_at, updated_at)
    SELECT gen_random_uuid(), 'alice', 'active', 7, 'fixed', now() + random() * interval '7 days', 0, now(), now()
    FROM generate_series(1, {ROWS}) AS n
    """,
    f"""
    WITH made AS (
        INSERT INTO posts (id, clerk_user_id, status, created_at, updated_at)
        SELECT gen_random_uuid(), 'alice', 'scheduled', now(), now() FROM generate_series(1, {ROWS}) RETURNING id
    )
    INSERT INTO publications (id, post_id, platform, content, status, scheduled_time, next_attempt_time, attempts)
    SELECT gen_random_uuid(), id, 'x', 'Hello', 'scheduled', now(), now() + random() * interval '7 days', 0 FROM made
    """,
    "ANALYZE recurring_queues",
    "ANALYZE publications",
)


async def test_what_is_due_is_counted_by_index_alone(migrated_postgres: Postgres) -> None:
    rows = await read_postgres(
        migrated_postgres.url,
        *_FILL,
        "SET plan_cache_mode = force_generic_plan",
        f"PREPARE counts (timestamptz, timestamptz) AS {_gauges._COUNTS}",
        "EXPLAIN EXECUTE counts (now(), now())",
    )
    plan = "\n".join(line for (line,) in rows)
    assert "Seq Scan" not in plan, plan
    for index in ("by_next_scheduled", "publications_scheduled", "publications_unconfirmed"):
        assert index in plan
