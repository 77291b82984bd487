"""Rows as the API would have written them, written at once: accounts, posts that fall due, queues that fall due."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from perennial.core.ids import new_id
from perennial.core.instants import instant
from perennial.core.states import Platform
from perennial.posts.listed_by import platform_set
from perennial.sandbox.linkedin._responses import member_id
from perennial.sandbox.x._responses import user_id
from support.production.stage import Stage
from support.story import soon

BOTH = ("X", "LINKEDIN")
ACCOUNT_IDS = {"X": user_id, "LINKEDIN": member_id}

# As `schedulePost` does it: the locks, the account that is connected, and that account's head.
_LOCK_POSTS = "UPDATE posts SET status = 'scheduled', earliest_time = $2 WHERE id = ANY($1)"
_LOCK_ACCOUNTS = """
    SELECT id FROM connected_accounts WHERE clerk_user_id = ANY($1) ORDER BY id FOR NO KEY UPDATE
"""
_SCHEDULE = """
    UPDATE publications SET status = 'scheduled', scheduled_time = $2, next_attempt_time = $2, scheduler_id = $3,
        connected_account_id = (
            SELECT account.id FROM connected_accounts AS account JOIN posts USING (clerk_user_id)
            WHERE posts.id = publications.post_id AND account.platform = publications.platform
                AND account.status <> 'disconnected'
        )
    WHERE post_id = ANY($1)
"""
_LOWER_HEADS = """
    UPDATE connected_accounts SET next_due = LEAST(next_due, $2)
    WHERE id IN (SELECT connected_account_id FROM publications WHERE post_id = ANY($1))
"""


async def connect(stage: Stage, users: Iterable[str], platforms: Sequence[str] = BOTH, **more: Any) -> None:
    """Connects the users' sandbox accounts."""
    await insert(
        stage,
        "connected_accounts",
        [
            {
                "id": new_id(),
                "clerk_user_id": user,
                "platform": platform.lower(),
                "account_id": ACCOUNT_IDS[platform](user),
                "handle": user,
                "encrypted_access_token": sealed(stage, f"sandbox-{user}"),
                "status": "active",
                "connected_time": soon(-3600),
                **more,
            }
            for user in users
            for platform in platforms
        ],
    )


def sealed(stage: Stage, token: str) -> str:
    """The token as it is kept."""
    return stage.cipher.encrypt(token.encode()).decode()


async def drafts(stage: Stage, users: Sequence[str], platforms: Sequence[str] = BOTH, **more: Any) -> list[UUID]:
    """A post for each of the users, one text for each platform, none like another."""
    now = soon(-60)
    ids = [new_id() for _ in users]
    common = {"status": "draft", "created_at": now, "updated_at": now, "platforms": listed(platforms)}
    owned = list(zip(ids, users, strict=True))
    texts = [
        {
            "id": new_id(),
            "post_id": post_id,
            "platform": platform.lower(),
            "content": f"{user} on {platform}: {post_id}",
            "status": "draft",
            "attempts": 0,
            **more,
        }
        for post_id, user in owned
        for platform in platforms
    ]
    async with stage.database.acquire() as connection, connection.transaction():  # workers look at what is committed
        await insert(stage, "posts", [{"id": one, "clerk_user_id": user, **common} for one, user in owned], connection)
        await insert(stage, "publications", texts, connection)
    return ids


def listed(platforms: Sequence[str]) -> str:
    """What a post's row says of these platforms."""
    return platform_set(Platform[one] for one in platforms)


async def queues(
    stage: Stage, users: Sequence[str], due: datetime | None = None, platforms: Sequence[str] = BOTH, **more: Any
) -> list[UUID]:
    """A queue for each of the users, due now where no time is given."""
    due = due or soon(-1)
    posts = await drafts(stage, users, platforms)
    ids = [new_id() for _ in users]
    common = {"status": "active", "interval": 7, "cadence": "fixed", "execution_count": 0}
    times = {"next_scheduled_time": due, "created_at": soon(-60), "updated_at": soon(-60)}
    rows = [
        {"id": queue_id, "clerk_user_id": user, "original_post_id": post_id, **common, **times, **more}
        for queue_id, user, post_id in zip(ids, users, posts, strict=True)
    ]
    await insert(stage, "recurring_queues", rows)
    return ids


async def posts(
    stage: Stage, users: Sequence[str], due: datetime | None = None, platforms: Sequence[str] = BOTH, **more: Any
) -> list[UUID]:
    """A scheduled post for each of the users, due now where no time is given."""
    due = due or soon(-1)
    ids = await drafts(stage, users, platforms, **more)
    async with stage.database.acquire() as connection, connection.transaction():
        for sql, *values in (
            (_LOCK_POSTS, ids, due),
            (_LOCK_ACCOUNTS, list(set(users))),
            (_SCHEDULE, ids, due, f"publish:{instant(due)}"),
            (_LOWER_HEADS, ids, due),
        ):
            await connection.execute(sql, *values)
    return ids


async def insert(stage: Stage, table: str, rows: Sequence[dict[str, Any]], connection: Any = None) -> None:
    """Writes rows that all have the same columns, in the connection's transaction if one is given."""
    names = list(rows[0])
    columns = ", ".join(f'"{name}"' for name in names)
    places = ", ".join(f"${n}" for n in range(1, len(names) + 1))
    sql = f"INSERT INTO {table} ({columns}) VALUES ({places})"
    await (connection or stage.database).executemany(sql, [tuple(row[name] for name in names) for row in rows])


def ago(**delta: float) -> datetime:
    """An instant that has gone by: ago(days=3)."""
    return soon(0) - timedelta(**delta)
