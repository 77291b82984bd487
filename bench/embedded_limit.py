"""The limit of the embedded tick: set-based SQL on SQLite, 500 queues per transaction."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from uuid import uuid4

DUE = """
    INSERT INTO due
    SELECT id, new_id(), clerk_user_id, original_post_id, "interval", next_scheduled_time
    FROM recurring_queues WHERE status = 'active' AND next_scheduled_time <= :now
    ORDER BY next_scheduled_time, id LIMIT 500
"""
PROGRAM = (
    """INSERT INTO posts (id, clerk_user_id, status, cloned_from_id, created_by_queue_id, created_at, updated_at)
    SELECT clone_id, owner, 'scheduled', original_id, id, :now, :now FROM due""",
    """INSERT INTO publications (id, post_id, platform, content, status, scheduled_time, scheduler_id,
        next_attempt_time, attempts)
    SELECT new_id(), clone_id, texts.platform, content, 'scheduled', time, 'publish:' || time, time, 0
    FROM due
    JOIN posts ON posts.id = original_id AND posts.clerk_user_id = owner
    JOIN publications AS texts ON texts.post_id = original_id
    JOIN connected_accounts AS accounts ON accounts.clerk_user_id = owner AND accounts.platform = texts.platform
        AND accounts.status = 'active'""",
    """INSERT INTO queue_executions (id, queue_id, scheduled_time, executed_time, outcome, missed_count, post_id)
    SELECT new_id(), id, time, :now, 'executed', 0, clone_id FROM due""",
    """UPDATE recurring_queues SET last_executed_time = due.time, execution_count = execution_count + 1,
        next_scheduled_time = datetime(due.time, '+' || due.days || ' days') || '+00:00', updated_at = :now
    FROM due WHERE recurring_queues.id = due.id""",
    "DELETE FROM due",
)


def execute_due_queues(file: Path) -> float:
    """Executes all due queues; returns the seconds."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.create_function("new_id", 0, lambda: str(uuid4()))
        connection.execute("CREATE TEMP TABLE due (id PRIMARY KEY, clone_id, owner, original_id, days, time)")
        begun = time.perf_counter()
        while _execute_batch(connection):
            pass
        return time.perf_counter() - begun


def _execute_batch(connection: sqlite3.Connection) -> int:
    now = {"now": time.strftime("%Y-%m-%d %H:%M:%S+00:00", time.gmtime())}
    connection.execute("BEGIN IMMEDIATE")
    found = connection.execute(DUE, now).rowcount
    for statement in PROGRAM:
        connection.execute(statement, now if ":now" in statement else {})
    connection.execute("COMMIT")
    return found
