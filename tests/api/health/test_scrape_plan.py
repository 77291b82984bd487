"""A scrape walks the partial indexes, and never a table, however much of it there is."""

import pytest
from tortoise import Tortoise

from perennial.api.health import _gauges
from perennial.process import Process

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


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_what_is_due_is_counted_by_index_alone(process: Process) -> None:
    client = Tortoise.get_connection("default")
    async with client.acquire_connection() as connection:
        for statement in _FILL:
            await connection.execute(statement)
        async with connection.transaction():
            await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            await connection.execute(f"PREPARE counts (timestamptz, timestamptz) AS {_gauges._COUNTS}")
            plan = "\n".join(row[0] for row in await connection.fetch("EXPLAIN EXECUTE counts (now(), now())"))
            await connection.execute("DEALLOCATE counts")
    assert "Seq Scan" not in plan, plan
    for index in ("by_next_scheduled", "publications_scheduled", "publications_unconfirmed"):
        assert index in plan
