"""What is due, and what comes first, is found by an index, however many queues there are."""

import pytest
from support.stores.catalogs import read_postgres

from perennial.db import sql
from perennial.queues.tick._due_queues import _DUE, _EARLIEST

MANY_QUEUES = """
    INSERT INTO recurring_queues (id, clerk_user_id, status, "interval", cadence, next_scheduled_time,
                                  execution_count, created_at, updated_at, paused_until)
    SELECT gen_random_uuid(), 'user' || n % 1000, CASE WHEN n % 3 = 0 THEN 'paused' ELSE 'active' END, 7, 'fixed',
           now() + (n - 500) * interval '1 minute', 0, now(), now(),
           CASE WHEN n % 9 = 0 THEN now() + n * interval '1 minute' END
    FROM generate_series(1, 50000) AS n
"""


async def plan_of(url: str, types: str, statement: str, values: str) -> str:
    """With a plan for any value, which PostgreSQL goes over to for a statement that it has prepared often enough."""
    plan = await read_postgres(
        url,
        MANY_QUEUES,
        "ANALYZE recurring_queues",
        f"PREPARE asked ({types}) AS {statement}",
        "SET plan_cache_mode = force_generic_plan",
        f"EXPLAIN EXECUTE asked ({values})",
    )
    return "\n".join(line for (line,) in plan)


async def test_the_due_query_reads_its_partial_index_in_order(migrated_postgres):
    text = await plan_of(migrated_postgres.url, "timestamptz, int", _DUE, "now(), 500")
    assert "Index Scan using by_next_scheduled" in text
    assert "Seq Scan" not in text
    assert "Sort" not in text


async def test_what_comes_first_is_found_by_a_probe_of_either_partial_index(migrated_postgres):
    text = await plan_of(migrated_postgres.url, "uuid[]", _EARLIEST, "ARRAY[gen_random_uuid()]")
    assert "Index Only Scan using by_next_scheduled" in text
    assert "Index Scan using by_paused_until" in text
    assert "Seq Scan" not in text
    assert "Sort" not in text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("database")
async def test_what_comes_first_is_found_by_either_index_of_sqlite():
    steps = [row["detail"] for row in await sql.run_sql(f"EXPLAIN QUERY PLAN {_EARLIEST}", ["x"])]
    assert {"by_next_scheduled", "by_paused_until"} <= {word for step in steps for word in step.split()}
    assert not any("TEMP B-TREE" in step for step in steps)
