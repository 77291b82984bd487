"""Seeds PostgreSQL with many queues, posts and due publications; set-based statements generate the rows."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
from cryptography.fernet import Fernet

ACCOUNTS = """
    INSERT INTO connected_accounts (id, clerk_user_id, platform, account_id, handle, encrypted_access_token, status,
        connected_time)
    SELECT gen_random_uuid(), 'user_' || n, platform, n::text, 'user' || n, $2, 'active', now() - interval '1 day'
    FROM generate_series(0, $1 - 1) AS n, unnest(ARRAY['x', 'linkedin']) AS platform
"""
# One original for each queue. Ids grow, as ours do: a uuid whose first half is a number.
POSTS = """
    INSERT INTO posts (id, clerk_user_id, status, created_at, updated_at)
    SELECT lpad(to_hex(n), 32, '0')::uuid, 'user_' || n % $2, 'draft', now(), now()
    FROM generate_series(0, $1 - 1) AS n
"""
PUBLICATIONS = """
    INSERT INTO publications (id, post_id, platform, content, status, attempts)
    SELECT gen_random_uuid(), lpad(to_hex(n), 32, '0')::uuid, platform, 'The best post of all, number ' || n, 'draft', 0
    FROM generate_series(0, $1 - 1) AS n, unnest(ARRAY['x', 'linkedin']) AS platform
"""
# The first $3 queues fell due within the last ten seconds; the others fall due within the next month.
QUEUES = """
    INSERT INTO recurring_queues (id, clerk_user_id, status, interval, cadence, next_scheduled_time, execution_count,
        created_at, updated_at, original_post_id)
    SELECT lpad(to_hex(n), 32, '0')::uuid, 'user_' || n % $2, 'active', 7, 'fixed',
        date_trunc('milliseconds', now()) + CASE WHEN n < $3 THEN -(n % 10) * interval '1 second'
            ELSE interval '1 hour' + (n % 2000000) * interval '1 second' END,
        0, now(), now(), lpad(to_hex(n % $4), 32, '0')::uuid
    FROM generate_series(0, $1 - 1) AS n
"""

# One post with one publication on X for each of the times; their texts differ.
SCHEDULED_POSTS = """
    INSERT INTO posts (id, clerk_user_id, status, created_at, updated_at)
    SELECT lpad(to_hex(n), 32, '0')::uuid, 'user_' || n % $2, 'scheduled', now(), now()
    FROM generate_series(0, $1 - 1) AS n
"""
SCHEDULED_PUBLICATIONS = """
    INSERT INTO publications (id, post_id, platform, content, status, scheduled_time, scheduler_id, next_attempt_time,
        attempts)
    SELECT gen_random_uuid(), lpad(to_hex(n - 1), 32, '0')::uuid, 'x', 'Scheduled post number ' || n - 1, 'scheduled',
        time, 'publish:' || to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), time, 0
    FROM unnest($1::timestamptz[]) WITH ORDINALITY AS times (time, n)
"""
# The accounts of what is scheduled, and their heads, as the service writes them.
NAME_ACCOUNTS = """
    UPDATE publications SET connected_account_id = account.id
    FROM posts JOIN connected_accounts AS account ON account.clerk_user_id = posts.clerk_user_id
    WHERE posts.id = post_id AND account.platform = publications.platform AND publications.status = 'scheduled'
"""
SET_HEADS = """
    UPDATE connected_accounts SET next_due = earliest
    FROM (
        SELECT connected_account_id AS id, min(next_attempt_time) AS earliest FROM publications
        WHERE status = 'scheduled' GROUP BY 1
    ) AS found
    WHERE found.id = connected_accounts.id
"""


def scheduled_text(number: int) -> str:
    """The text of the publication with that number, as `seed_scheduled` writes it."""
    return f"Scheduled post number {number}"


async def seed_accounts(connection: asyncpg.Connection, key: bytes, users: int) -> None:
    """Inserts active accounts on both platforms for `users` users; their tokens are encrypted with the key."""
    await connection.execute(ACCOUNTS, users, Fernet(key).encrypt(b"sandbox-user").decode())


async def seed_scheduled(connection: asyncpg.Connection, times: Sequence[datetime], users: int) -> None:
    """Inserts a publication on X for each of the times, numbered in their order; the users own them in turn."""
    await connection.execute(SCHEDULED_POSTS, len(times), users)
    await connection.execute(SCHEDULED_PUBLICATIONS, times)
    await name_accounts(connection)


async def name_accounts(connection: asyncpg.Connection) -> None:
    """Gives what is scheduled its accounts, and the accounts their heads."""
    await connection.execute(NAME_ACCOUNTS)
    await connection.execute(SET_HEADS)


async def seed_queues(
    connection: asyncpg.Connection, key: bytes, queues: int, due: int, users: int, originals: int | None = None
) -> None:
    """Inserts `queues` queues of `users` users, `due` of them due; by default each has an original of its own.

    The number of originals is a multiple of the number of users, so that a queue and its original have one owner.
    """
    originals = originals or queues
    await seed_accounts(connection, key, users)
    await connection.execute(POSTS, originals, users)
    await connection.execute(PUBLICATIONS, originals)
    await connection.execute(QUEUES, queues, users, due, originals)
