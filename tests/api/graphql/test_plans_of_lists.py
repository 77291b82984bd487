"""Every filter and order of a list walks along an index: of a big owner's rows it reads little more than a page."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from support.stores.catalogs import Postgres
from support.stores.plans import PLAN_MODES, Statement, explain_whole, nodes_of

from perennial.api.graphql import _walks
from perennial.api.graphql._walks import count_of, page_of
from perennial.api.graphql.posts import changes
from perennial.api.graphql.posts import listing as posts
from perennial.api.graphql.posts.enums import PostOrder
from perennial.api.graphql.posts.listing import PostFilter
from perennial.api.graphql.queues import listing as queues
from perennial.api.graphql.queues import loading as ledger
from perennial.api.graphql.queues.enums import QueueOrder
from perennial.api.graphql.queues.listing import QueueFilter
from perennial.core.states import Platform, PostStatus, QueueStatus

ROWS, PAGE = 20_000, 26
TIMED = [status for status in PostStatus if status != PostStatus.DRAFT]
FIRST_ID, QUEUE_ID = UUID(int=0), UUID(int=7)
FIRST_TIME = datetime(2026, 1, 1, tzinfo=UTC)
# One owner has nearly all: a state that 15 posts are in, a platform that 10 are on, and a queue that made 30.
FILL = (
    f"""
    INSERT INTO posts (id, clerk_user_id, status, platforms, earliest_time, created_by_queue_id, created_at, updated_at)
    SELECT lpad(to_hex(n), 32, '0')::uuid,
        CASE WHEN n % 4000 = 1 THEN 'small' WHEN n % 5 = 4 THEN 'user_' || n % 997 ELSE 'big' END,
        CASE WHEN n % 1333 = 0 THEN 'failed' WHEN n % 3 = 0 THEN 'draft' ELSE 'published' END,
        CASE WHEN n % 2000 = 0 THEN 'linkedin' ELSE 'x' END,
        CASE WHEN n % 3 > 0 OR n % 1333 = 0 THEN timestamptz '2026-01-01' + n * 7919 % 20000 * interval '1 minute' END,
        CASE WHEN n % 667 = 5 THEN '{QUEUE_ID}'::uuid END, now(), timestamptz '2026-01-01' + n * interval '1 minute'
    FROM generate_series(1, {ROWS}) AS n
    """,
    f"""
    INSERT INTO publications (id, post_id, platform, content, status, attempts)
    SELECT lpad(to_hex(n), 32, '0')::uuid, lpad(to_hex(n), 32, '0')::uuid, 'x', 'Hello', 'published', 0
    FROM generate_series(1, {ROWS}) AS n
    """,
    f"""
    INSERT INTO recurring_queues (id, clerk_user_id, status, "interval", cadence, next_scheduled_time,
        execution_count, original_post_id, created_at, updated_at)
    SELECT lpad(to_hex(n), 32, '0')::uuid, 'big', CASE WHEN n % 700 = 0 THEN 'paused' ELSE 'active' END, 7, 'fixed',
        timestamptz '2026-01-01' + n * 7919 % 20000 * interval '1 minute', 1, lpad(to_hex(n), 32, '0')::uuid,
        now(), now()
    FROM generate_series(1, {ROWS}) AS n
    """,
    f"""
    INSERT INTO queue_posts (id, queue_id, post_id, position)
    SELECT gen_random_uuid(), lpad(to_hex(n), 32, '0')::uuid,
        lpad(to_hex((n * 7919 + post * 7) % {ROWS} + 1), 32, '0')::uuid, post
    FROM generate_series(1, {ROWS}, 5) AS n CROSS JOIN generate_series(0, 3) AS post
    """,
    f"""
    INSERT INTO queue_executions (id, queue_id, scheduled_time, executed_time, outcome, missed_count, clerk_user_id)
    SELECT lpad(to_hex(n), 32, '0')::uuid, lpad(to_hex(n), 32, '0')::uuid, now(),
        timestamptz '2026-01-01' + n * 7919 % 20000 * interval '1 minute', 'executed', 0, 'big'
    FROM generate_series(1, {ROWS}) AS n
    """,
    f"""
    INSERT INTO queue_executions (id, queue_id, scheduled_time, executed_time, outcome, missed_count)
    SELECT gen_random_uuid(), '{QUEUE_ID}', time, time, 'executed', 0
    FROM generate_series(timestamptz '2020-01-01', timestamptz '2025-01-01', interval '1 day') AS time
    """,
)


@pytest.fixture(autouse=True)
def dialect(monkeypatch: pytest.MonkeyPatch) -> None:
    """The statements are PostgreSQL's, although nothing of ours is open."""
    for module in (_walks, queues):
        monkeypatch.setattr(module, "is_sqlite", lambda: False)


@pytest.fixture
async def filled(migrated_postgres: Postgres) -> AsyncIterator[asyncpg.Connection]:
    """The rows, and what PostgreSQL's statistics know of them."""
    connection = await asyncpg.connect(migrated_postgres.url)
    for statement in FILL:
        await connection.execute(statement)
    await connection.execute("VACUUM ANALYZE")
    yield connection
    await connection.close()


def posts_pages(found: PostFilter) -> dict[str, Statement]:
    """The statements for pages of these posts, in every order, at the beginning and after a cursor."""
    statements = {}
    for order in PostOrder:
        keyset = posts.KEYSETS[order]
        of_order = found if len(keyset.columns) == 1 else found.among(TIMED)
        cursor = [FIRST_ID] if len(keyset.columns) == 1 else [FIRST_TIME, FIRST_ID]
        for after in (None, cursor):
            name = f"{order.name} after {after}"
            statements[name] = page_of(posts._POSTS, of_order.walks(), keyset, after, PAGE)
    return statements


OWNER = "big"
FAILED, BOTH = [PostStatus.FAILED], [PostStatus.FAILED, PostStatus.PUBLISHED]
POSTS = {
    "all": PostFilter(OWNER),
    "of a rare state": PostFilter(OWNER, FAILED),
    "of a state that none has": PostFilter(OWNER, [PostStatus.PUBLISHING]),
    "of two states": PostFilter(OWNER, BOTH),
    "of every state": PostFilter(OWNER, list(PostStatus)),
    "of a rare platform": PostFilter(OWNER, None, Platform.LINKEDIN),
    "of a rare state and a rare platform": PostFilter(OWNER, FAILED, Platform.LINKEDIN),
    "of a usual state and a rare platform": PostFilter(OWNER, BOTH, Platform.LINKEDIN),
    "of a small owner": PostFilter("small"),
    "of a small owner's state": PostFilter("small", BOTH),
    "of a queue": PostFilter(OWNER, queue_id=QUEUE_ID),
    "of a queue, by state and platform": PostFilter(OWNER, BOTH, Platform.X, QUEUE_ID),
}
# A walk for each state and each set of platforms reads a page at most.
ROWS_MAX = len(PostStatus) * 2 ** len(Platform) * PAGE


@pytest.mark.parametrize("mode", PLAN_MODES)
async def test_a_page_of_posts_reads_a_page_of_each_walk_at_most(filled: asyncpg.Connection, mode: str) -> None:
    for what, found in POSTS.items():
        statements = posts_pages(found)
        bound = max(len(found.among(list(PostStatus)).walks()), 1) * PAGE if found.queue_id is None else 100
        await check(filled, statements, mode, bound, what)


@pytest.mark.parametrize("mode", PLAN_MODES)
async def test_to_count_posts_reads_no_more_than_are_counted(filled: asyncpg.Connection, mode: str) -> None:
    by_id = posts.KEYSETS[PostOrder.CREATED_ASC]
    for what, found in POSTS.items():
        bound = 1_100 * (2 if found.statuses else 1) * (len(PostStatus) if found.platform else 1)
        await check(filled, {"count": count_of(posts._POSTS, found.walks(), by_id)}, mode, min(bound, 4_000), what)


@pytest.mark.parametrize("mode", PLAN_MODES)
async def test_a_page_of_queues_reads_a_page_of_each_walk_at_most(filled: asyncpg.Connection, mode: str) -> None:
    filters = {
        "all": QueueFilter(OWNER),
        "of a rare state": QueueFilter(OWNER, [QueueStatus.PAUSED]),
        "of two states": QueueFilter(OWNER, [QueueStatus.PAUSED, QueueStatus.ACTIVE]),
        "of a usual platform": QueueFilter(OWNER, None, Platform.X),
    }
    for what, found in filters.items():
        statements = {}
        for order in QueueOrder:
            is_by_next = order in (QueueOrder.NEXT_ASC, QueueOrder.NEXT_DESC)
            if not is_by_next and what == "of a rare state":
                continue  # a quota bounds what that reads
            for after in (None, [FIRST_TIME, FIRST_ID] if is_by_next else [FIRST_ID]):
                statement = queues._page_of(found, order, after, PAGE)
                assert statement is not None
                statements[f"{order.name} after {after}"] = statement
        # By platform each queue is looked at, and its original, but nothing else that the owner has.
        await check(filled, statements, mode, 2 * ROWS if found.platform else 6 * PAGE, what)


async def test_the_originals_of_a_page_are_looked_up_even_where_a_join_seems_cheaper(
    filled: asyncpg.Connection,
) -> None:
    """As it does where there are few posts: PostgreSQL then reads everybody's."""
    await filled.execute("SET enable_nestloop = off")
    statement = queues._page_of(QueueFilter(OWNER), QueueOrder.NEXT_ASC, None, PAGE)
    assert statement is not None
    await check(filled, {"all": statement}, PLAN_MODES[0], 6 * PAGE, "all")


@pytest.mark.parametrize("mode", PLAN_MODES)
async def test_the_newest_executions_are_read_without_the_older_ones(filled: asyncpg.Connection, mode: str) -> None:
    """One of the queues has run for years, and hardly another has."""
    ids = [UUID(int=number) for number in range(QUEUE_ID.int, QUEUE_ID.int + 100)]
    newest = ledger._NEWEST_ON_POSTGRES.format(limit=11, older="")
    await check(filled, {"newest": (newest, (ids, OWNER))}, mode, len(ids) + (len(ids) + 10), "of all")
    older = ledger._NEWEST_ON_POSTGRES.format(limit=11, older=ledger._OLDER)
    await check(filled, {"older": (older, ([QUEUE_ID], OWNER, datetime(2024, 1, 1, tzinfo=UTC)))}, mode, 12, "of one")


@pytest.mark.parametrize("mode", PLAN_MODES)
async def test_to_catch_up_reads_a_page_wherever_it_begins(filled: asyncpg.Connection, mode: str) -> None:
    late, lists = datetime(2026, 1, 10, tzinfo=UTC), {}
    for name, source, whole, keyset in (
        ("publications", changes._POSTS, changes._whole(OWNER), changes._KEYSET),
        ("executions", ledger._LEDGER, ledger._all_of(OWNER), ledger.ALL_EXECUTIONS),
    ):
        for after in (None, [late, FIRST_ID]):
            lists[f"{name} after {after}"] = page_of(source, [whole], keyset, after, PAGE)
        if source is ledger._LEDGER:
            counts = {"executions": count_of(source, [whole], keyset, [late, FIRST_ID])}
    await check(filled, lists, mode, PAGE, "page")
    posts_since, values = page_of(changes._POSTS, [changes._whole(OWNER)], changes._KEYSET, [late, FIRST_ID], 1_001)
    counts["publications"] = (changes._COUNT.format(posts=posts_since), values)
    await check(filled, counts, mode, 2 * 1_001, "count")


async def check(
    connection: asyncpg.Connection, statements: dict[str, Statement], mode: str, bound: int, what: str
) -> None:
    """Fails for a statement that reads more rows, or a whole table, or that sorts what it has not read in pages."""
    found = await explain_whole(connection, list(statements.values()), mode)
    for (name, (sql, _)), (cost, plan) in zip(statements.items(), found, strict=True):
        kinds = [node["Node Type"] for node in nodes_of(plan)]
        assert "Seq Scan" not in kinds, (what, name, sql, plan)
        assert cost.rows <= bound, (what, name, cost, bound, sql, summary(plan))
        # A scan that goes on behind its last row shows in what it touches alone.
        scans = sum(node["Actual Loops"] for node in nodes_of(plan) if "Index" in node["Node Type"])
        assert cost.buffers <= 2 * cost.rows + 10 * scans, (what, name, cost, scans, sql, summary(plan))


def summary(plan: dict[str, Any]) -> Sequence[str]:
    """What reads of the plan, and how many rows."""
    return [
        f"{node['Node Type']} {node.get('Index Name', '')} {node['Actual Rows']} x {node['Actual Loops']}"
        for node in nodes_of(plan)
    ]
