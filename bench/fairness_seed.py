"""Seeds letter H: many accounts that have one post each, and one account with a great backlog."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from bench.seeds import seed_accounts

OTHERS = 1_000
BIG_OWNER = f"user_{OTHERS}"
BACKLOG_TEXT = "Backlog post number "

# The ids grow with the numbers, as ours do with time; those of the backlog are greater than those of the others.
POSTS = """
    INSERT INTO posts (id, clerk_user_id, status, created_at, updated_at)
    SELECT lpad(to_hex(n), 32, '0')::uuid, owner, 'scheduled', now(), now() FROM {rows}
"""
PUBLICATIONS = """
    INSERT INTO publications (id, post_id, platform, content, status, scheduled_time, scheduler_id, next_attempt_time,
        attempts, connected_account_id)
    SELECT lpad(to_hex(n), 32, '0')::uuid, lpad(to_hex(n), 32, '0')::uuid, 'x', content, 'scheduled',
        due, 'publish:' || to_char(due AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), due, 0, account.id
    FROM {rows}, connected_accounts AS account WHERE clerk_user_id = owner AND account.platform = 'x'
"""
HEADS = """
    WITH head AS MATERIALIZED (SELECT owner, min(due) AS due FROM {rows} GROUP BY owner)
    UPDATE connected_accounts SET next_due = due FROM head WHERE clerk_user_id = owner AND platform = 'x'
"""
# $1 publications of the big account, all of which fell due at one instant, a minute ago.
BACKLOG = f"""(
    SELECT {OTHERS} + n AS n, '{BIG_OWNER}' AS owner, '{BACKLOG_TEXT}' || n AS content,
        date_trunc('second', now()) - interval '1 minute' AS due
    FROM generate_series(0, $1 - 1) AS n
) AS rows"""
# One for each of the times, each of another account.
ONE_EACH = """(
    SELECT n - 1 AS n, 'user_' || n - 1 AS owner, 'Scheduled post number ' || n - 1 AS content, time AS due
    FROM unnest($1::timestamptz[]) WITH ORDINALITY AS times (time, n)
) AS rows"""
# As the service writes a block: on the account alone, and its head moves with it.
BLOCK = f"""
    UPDATE connected_accounts SET blocked_until = now() + interval '1 hour', next_due = now() + interval '1 hour',
        blocked_code = 'RATE_LIMITED', blocked_message = 'The bench.'
    WHERE clerk_user_id = '{BIG_OWNER}' AND platform = 'x'
"""
# What a worker leaves behind that has published these: their entries in the partial indexes are dead.
PUBLISH_FIRST = f"""
    UPDATE publications SET status = 'published', next_attempt_time = NULL, published_time = now()
    WHERE id IN (
        SELECT publications.id FROM publications JOIN connected_accounts AS account ON account.id = connected_account_id
        WHERE clerk_user_id = '{BIG_OWNER}' AND publications.status = 'scheduled'
        ORDER BY next_attempt_time, publications.id LIMIT $1
    )
"""


async def seed(connection: asyncpg.Connection, key: bytes, backlog: int) -> None:
    """Inserts the accounts of all, and so many due publications of the big one."""
    await seed_accounts(connection, key, OTHERS + 1)
    # A million checks of foreign keys, each of them to a post of the statement before, would take longest.
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("ANALYZE connected_accounts")
    await _insert(connection, BACKLOG, backlog)


async def seed_others(connection: asyncpg.Connection, times: Sequence[datetime]) -> None:
    """Inserts a post of another account for each of the times, of which there are OTHERS at most."""
    await _insert(connection, ONE_EACH, times)


async def _insert(connection: asyncpg.Connection, rows: str, value: int | Sequence[datetime]) -> None:
    """Inserts the posts and publications of these rows, and gives their accounts their heads."""
    async with connection.transaction():
        for statement in (POSTS, PUBLICATIONS, HEADS):
            await connection.execute(statement.format(rows=rows), value)
