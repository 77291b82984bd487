"""L. Lists: pages and counts of an owner with 400,000 posts, by every filter and in every order."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from support.stores.plans import PLAN_MODES, explain_whole, nodes_of

from bench.claim import median_milliseconds, recorded_statements
from bench.figures import Figure, print_progress, report
from bench.servers import Servers, start_servers
from perennial.api.graphql._paging import Page
from perennial.api.graphql.posts import changes, listing
from perennial.api.graphql.posts.enums import PostOrder
from perennial.api.graphql.posts.listing import PostFilter
from perennial.api.graphql.queues import listing as queues
from perennial.api.graphql.queues import loading
from perennial.api.graphql.queues.enums import QueueOrder
from perennial.api.graphql.queues.listing import QueueFilter
from perennial.core.states import Platform, PostStatus, QueueStatus

POSTS, OTHERS, QUEUES, FIRST = 400_000, 100_000, 10_000, 25
# By platform each of the 10,000 queues is looked at, with its original.
MILLISECONDS_MAX, EACH_QUEUE_MAX = 20, 200
BIG, SMALL, QUEUE_ID = "big", "small", UUID(int=7)
MIDDLE = datetime(2026, 6, 1, tzinfo=UTC)
_TIME = "timestamptz '2026-01-01' + {} * interval '1 minute'"

# Of the big owner, who has four posts of five: 250 failed, as many are on LinkedIn, a queue has made 500.
FILL = (
    f"""
    INSERT INTO posts (id, clerk_user_id, status, platforms, earliest_time, created_by_queue_id, created_at, updated_at)
    SELECT lpad(to_hex(n), 32, '0')::uuid,
        CASE WHEN n % 100000 = 1 THEN '{SMALL}' WHEN n % 5 = 4 THEN 'user_' || n % 997 ELSE '{BIG}' END,
        CASE WHEN n % 2000 = 0 THEN 'failed' WHEN n % 10 = 3 THEN 'draft' WHEN n % 10 = 1 THEN 'scheduled'
            ELSE 'published' END,
        CASE WHEN n % 4000 = 0 THEN 'linkedin' WHEN n % 4000 = 2000 THEN 'linkedin,x' ELSE 'x' END,
        CASE WHEN n % 10 <> 3 THEN {_TIME.format("(n::bigint * 7919 % 500000)")} END,
        CASE WHEN n % 1000 = 7 THEN '{QUEUE_ID}'::uuid END, now(), {_TIME.format("n")}
    FROM generate_series(1, $1::int) AS n
    """,
    """
    INSERT INTO publications (id, post_id, platform, content, status, attempts)
    SELECT gen_random_uuid(), id, platform, 'Hello', 'published', 0
    FROM posts, unnest(string_to_array(platforms, ',')) AS platform
    """,
    f"""
    INSERT INTO recurring_queues (id, clerk_user_id, status, "interval", cadence, next_scheduled_time, execution_count,
        original_post_id, created_at, updated_at)
    SELECT lpad(to_hex(n), 32, '0')::uuid, '{BIG}', CASE WHEN n % 500 = 0 THEN 'paused' ELSE 'active' END, 7, 'fixed',
        {_TIME.format("(n * 7919 % 10000)")}, 1, lpad(to_hex(n * 5), 32, '0')::uuid, now(), now()
    FROM generate_series(1, $1::int) AS n
    """,
    f"""
    INSERT INTO queue_executions (id, queue_id, scheduled_time, executed_time, outcome, missed_count, clerk_user_id)
    SELECT gen_random_uuid(), lpad(to_hex(n % {QUEUES} + 1), 32, '0')::uuid, {_TIME.format("n")}, {_TIME.format("n")},
        'executed', 0, '{BIG}'
    FROM generate_series(1, $1::int) AS n
    """,
)
FAILED, USUAL = [PostStatus.FAILED], [PostStatus.FAILED, PostStatus.PUBLISHED]
POST_FILTERS = {
    "all posts": PostFilter(BIG),
    "posts of a rare state": PostFilter(BIG, FAILED),
    "posts of two states": PostFilter(BIG, USUAL),
    "posts of a rare platform": PostFilter(BIG, None, Platform.LINKEDIN),
    "posts of a rare state and platform": PostFilter(BIG, FAILED, Platform.LINKEDIN),
    "posts of a queue": PostFilter(BIG, queue_id=QUEUE_ID),
    "posts of an owner of five": PostFilter(SMALL),
    "posts of that owner's, of two states": PostFilter(SMALL, USUAL),
}
QUEUE_FILTERS = {
    "10,000 queues": QueueFilter(BIG),
    "queues of a rare state": QueueFilter(BIG, [QueueStatus.PAUSED]),
    "queues of a platform": QueueFilter(BIG, None, Platform.LINKEDIN),
}
Work = Callable[[], Awaitable[Any]]


async def main(servers: Servers) -> None:
    await servers.template("lists", seed)
    async with servers.copy("lists") as url, servers.process(url):
        connection = await asyncpg.connect(url)
        report(*[await figure(connection, what, work) for what, work in lists().items()])
        await connection.close()


async def seed(connection: asyncpg.Connection) -> None:
    """Inserts the rows."""
    for statement, rows in zip(FILL, (POSTS + OTHERS, None, QUEUES, POSTS), strict=True):
        await connection.execute(statement, *(() if rows is None else (rows,)))


def lists() -> dict[str, Work]:
    """What is measured, by its name."""
    found: dict[str, Work] = {}
    for what, posts in POST_FILTERS.items():
        for order in PostOrder:
            found[f"{what}, {order.name}"] = lambda posts=posts, order=order: page_of_posts(posts, order, None)
        found[f"{what}, counted"] = lambda posts=posts: listing.count_posts(posts)
    middle = (UUID(int=(POSTS + OTHERS) // 2),)
    for order, after in ((PostOrder.CREATED_DESC, middle), (PostOrder.SCHEDULED_ASC, (MIDDLE, *middle))):
        name = f"posts of two states, {order.name}, from the middle"
        found[name] = lambda order=order, after=after: page_of_posts(POST_FILTERS["posts of two states"], order, after)
    for what, owned in QUEUE_FILTERS.items():
        for by in (QueueOrder.NEXT_ASC, QueueOrder.CREATED_DESC):
            found[f"{what}, {by.name}"] = lambda owned=owned, by=by: page_of_queues(owned, by)
        found[f"{what}, counted"] = lambda owned=owned: queues.count_queues(owned)
    page = page_after(None)
    found["publications since a time"] = lambda: changes.list_changed(BIG, MIDDLE, page)
    found["publications since a time, counted"] = lambda: changes.count_changed(BIG, MIDDLE)
    found["executions since a time"] = lambda: loading.list_all_executions(BIG, MIDDLE, page)
    found["executions since a time, counted"] = lambda: loading.count_all_executions(BIG, MIDDLE)
    return found


def page_after(after: Sequence[Any] | None) -> Page:
    """A page of the usual size, after that key."""
    page = Page(FIRST, None, FIRST, 100)
    page.after = None if after is None else tuple(after)
    return page


async def page_of_posts(found: PostFilter, order: PostOrder, after: Sequence[Any] | None) -> Any:
    return await listing.list_posts(found, order, page_after(after), with_publications=False)


async def page_of_queues(found: QueueFilter, order: QueueOrder) -> Any:
    return await queues.list_queues(found, order, page_after(None), with_publications=False)


async def figure(connection: asyncpg.Connection, what: str, work: Work) -> Figure:
    """The median time of a list, and the rows that its statements read by the plan that reads more."""
    statements = await recorded_statements(work)
    costs = []
    for mode in PLAN_MODES:
        explained = await explain_whole(connection, statements, mode)
        costs.append(sum(cost.rows for cost, _ in explained))
        scans = [node for _, plan in explained for node in nodes_of(plan) if "Index Name" in node]
        names = sorted({f"{node['Node Type']} {node['Index Name']}" for node in scans})
        print_progress(f"{what}, {mode}: {costs[-1]:,} rows: {'; '.join(names)}")
    milliseconds = await median_milliseconds(work)
    most = EACH_QUEUE_MAX if "queues of a platform" in what else MILLISECONDS_MAX
    ours = f"{milliseconds:.1f} ms"
    print_progress(f"{what}: {ours}")
    return Figure("L", what, f"{max(costs):,} rows read", ours, ours, f"≤ {most} ms", milliseconds <= most)


if __name__ == "__main__":
    with start_servers() as servers:
        asyncio.run(main(servers))
