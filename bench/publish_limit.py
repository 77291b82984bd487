"""What publishing is measured against: a bare program that claims, sends and records, without a job queue or an ORM.

It claims and marks in one statement, and opens a token for each request. Batches are as large as what is in flight, as
ours are: larger ones would be a little cheaper, but mark requests long before they go out.
"""

import asyncio
import json
import time
from uuid import uuid4

import aiohttp
import asyncpg
from cryptography.fernet import Fernet

IN_FLIGHT = 100
BATCH = 100
# Results that come back within so many seconds of each other are recorded together.
RECORD_PAUSE = 0.02

CLAIM = f"""
    WITH due AS MATERIALIZED (
        SELECT id FROM publications
        WHERE status = 'scheduled' AND platform = 'x' AND next_attempt_time <= now()
        ORDER BY next_attempt_time, id LIMIT {BATCH} FOR UPDATE SKIP LOCKED
    )
    UPDATE publications AS publication SET status = 'publishing', claim_id = $1,
        lease_expires_at = now() + interval '2 minutes', request_started_time = now(), attempts = attempts + 1
    FROM due, posts, connected_accounts AS account
    WHERE publication.id = due.id AND posts.id = publication.post_id
        AND account.clerk_user_id = posts.clerk_user_id AND account.platform = 'x' AND account.status = 'active'
    RETURNING publication.id, post_id, content, handle, encrypted_access_token
"""
RECORD = """
    WITH came AS MATERIALIZED (
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS came (id, post_id, remote_id, url)
    ), published AS (
        UPDATE publications AS publication SET status = 'published', remote_id = came.remote_id, url = came.url,
            published_time = now(), claim_id = NULL, lease_expires_at = NULL, next_attempt_time = NULL
        FROM came WHERE publication.id = came.id AND publication.status = 'publishing'
    )
    UPDATE posts SET status = 'published', updated_at = now() FROM came WHERE posts.id = came.post_id
"""

Result = tuple[str, str, str, str]


class Program:
    """Keeps IN_FLIGHT requests on the wire: what is claimed lies ready, what came back is recorded in batches."""

    def __init__(self, pool: asyncpg.Pool, session: aiohttp.ClientSession, x_url: str, key: bytes) -> None:
        self._pool = pool
        self._session = session
        self._x_url = x_url + "/2/tweets"
        self._cipher = Fernet(key)
        self._ready: asyncio.Queue[asyncpg.Record | None] = asyncio.Queue(BATCH)
        self._came: list[Result] = []
        self._is_over = False

    async def run(self) -> None:
        """Until nothing is due any more, and all is recorded."""
        recording = asyncio.create_task(self._record())
        await asyncio.gather(self._claim(), *(self._send() for _ in range(IN_FLIGHT)))
        self._is_over = True
        await recording

    async def _claim(self) -> None:
        """Claims the next batch as soon as the last one lies ready; in the end tells all who send."""
        while rows := await self._pool.fetch(CLAIM, uuid4()):
            for row in rows:
                await self._ready.put(row)
        for _ in range(IN_FLIGHT):
            await self._ready.put(None)

    async def _send(self) -> None:
        """One of those that send: takes what lies ready, one after the other."""
        while row := await self._ready.get():
            token = self._cipher.decrypt(row["encrypted_access_token"].encode()).decode()
            headers = {"Authorization": f"Bearer {token}"}
            async with self._session.post(self._x_url, headers=headers, json={"text": row["content"]}) as response:
                remote_id = json.loads(await response.read())["data"]["id"]
            url = f"https://x.com/{row['handle']}/status/{remote_id}"
            self._came.append((row["id"], row["post_id"], remote_id, url))

    async def _record(self) -> None:
        """Records what came back, every now and then, and once more in the end."""
        while not self._is_over:
            await asyncio.sleep(RECORD_PAUSE)
            await self._write()
        await self._write()

    async def _write(self) -> None:
        came, self._came = self._came, []
        if came:
            await self._pool.execute(RECORD, *map(list, zip(*came, strict=True)))


async def publish_all(url: str, x_url: str, key: bytes) -> float:
    """Publishes all that is due in the database on X at that address; returns how many seconds it took."""
    connector = aiohttp.TCPConnector(limit=IN_FLIGHT)
    async with (
        asyncpg.create_pool(url, min_size=2, max_size=2) as pool,
        aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        begun = time.perf_counter()
        await Program(pool, session, x_url, key).run()
        return time.perf_counter() - begun
