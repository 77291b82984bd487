"""What is due is found by an index, however many queues there are."""

from support.stores.catalogs import read_postgres

from perennial.queues.tick._due_queues import _DUE


async def test_the_due_query_reads_its_partial_index_in_order(migrated_postgres):
    """With a plan for any value, which PostgreSQL goes over to for a statement that it has prepared often enough."""
    plan = await read_postgres(
        migrated_postgres.url,
        """
        INSERT INTO recurring_queues (id, clerk_user_id, status, "interval", cadence, next_scheduled_time,
                                      execution_count, created_at, updated_at)
        SELECT gen_random_uuid(), 'user' || n % 1000, CASE WHEN n % 3 = 0 THEN 'paused' ELSE 'active' END, 7, 'fixed',
               now() + (n - 500) * interval '1 minute', 0, now(), now()
        FROM generate_series(1, 50000) AS n
        """,
        "ANALYZE recurring_queues",
        f"PREPARE due (timestamptz, int) AS {_DUE}",
        "SET plan_cache_mode = force_generic_plan",
        "EXPLAIN EXECUTE due (now(), 500)",
    )
    text = "\n".join(line for (line,) in plan)
    assert "Index Scan using by_next_scheduled" in text
    assert "Seq Scan" not in text
    assert "Sort" not in text
