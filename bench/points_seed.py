"""What the documents of benchmark P find: a user with a hundred queues, and one with as many as one may have."""

import asyncpg

from bench.seeds import seed_queues

QUEUES, MANY_QUEUES = 100, 10_000  # PERENNIAL_QUEUES_MAX
USER, USER_OF_MANY = "user_0", "user_1"

EXECUTIONS = """
    INSERT INTO queue_executions (id, scheduled_time, executed_time, outcome, missed_count, post_id, queue_id)
    SELECT gen_random_uuid(), now() - n * interval '1 day', now(), 'executed', 0, original_post_id, id
    FROM recurring_queues, generate_series(1, 10) AS n
"""
LONG_TEXTS = "UPDATE publications SET content = repeat('The best post of all. ', 130) WHERE platform = 'linkedin'"
# One that no other document changes, with occurrences that a document can name.
STEERED = """
    UPDATE recurring_queues SET next_scheduled_time = '2099-01-01T00:00:00Z'
    WHERE id = '00000000-0000-0000-0000-000000000008'
"""
ACCOUNTS = """
    INSERT INTO connected_accounts (id, clerk_user_id, platform, account_id, handle, encrypted_access_token, status,
        connected_time)
    SELECT gen_random_uuid(), 'user_1', platform, '1', 'user1', encrypted_access_token, 'active', connected_time
    FROM connected_accounts WHERE clerk_user_id = 'user_0'
"""
POSTS = """
    INSERT INTO posts (id, clerk_user_id, status, created_at, updated_at)
    SELECT ('1' || lpad(to_hex(n), 31, '0'))::uuid, 'user_1', 'draft', now(), now() FROM generate_series(0, $1 - 1) AS n
"""
PUBLICATIONS = """
    INSERT INTO publications (id, post_id, platform, content, status, attempts)
    SELECT gen_random_uuid(), ('1' || lpad(to_hex(n), 31, '0'))::uuid, platform, 'One of many, number ' || n, 'draft', 0
    FROM generate_series(0, $1 - 1) AS n, unnest(ARRAY['x', 'linkedin']) AS platform
"""
# A third each: every seven days without a zone, every day in Berlin, and one day of each month there.
QUEUES_OF_MANY = """
    INSERT INTO recurring_queues (id, clerk_user_id, status, interval, rule, timezone, next_local_time, cadence,
        next_scheduled_time, execution_count, created_at, updated_at, original_post_id)
    SELECT ('1' || lpad(to_hex(n), 31, '0'))::uuid, 'user_1', 'active',
        CASE n % 3 WHEN 0 THEN 7 WHEN 1 THEN 1 END,
        CASE n % 3 WHEN 2 THEN 'FREQ=MONTHLY;BYMONTHDAY=' || extract(day FROM local) END,
        CASE WHEN n % 3 > 0 THEN 'Europe/Berlin' END,
        CASE WHEN n % 3 > 0 THEN to_char(local, 'YYYY-MM-DD"T"HH24:MI:SS') END,
        'fixed', local AT TIME ZONE 'Europe/Berlin', 0, now(), now(), ('1' || lpad(to_hex(n), 31, '0'))::uuid
    FROM generate_series(0, $1 - 1) AS n, date_trunc('day', now() AT TIME ZONE 'Europe/Berlin') AS today,
        LATERAL (SELECT today + (1 + n % 20) * interval '1 day' + (480 + n % 600) * interval '1 minute') AS at (local)
"""


async def seed(connection: asyncpg.Connection, key: bytes) -> None:
    """Fills an empty database; `key` encrypts the accounts' tokens."""
    await seed_queues(connection, key, QUEUES, 0, 1)
    await connection.execute(EXECUTIONS)
    await connection.execute(LONG_TEXTS)
    await connection.execute(STEERED)
    await connection.execute(ACCOUNTS)
    for statement in (POSTS, PUBLICATIONS, QUEUES_OF_MANY):
        await connection.execute(statement, MANY_QUEUES)
