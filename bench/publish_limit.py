"""The limit of publishing: a program that claims, sends and records, without a job queue or an ORM.

It claims and marks in one statement, and decrypts a token for each request. A batch has as many rows as there are
requests in flight, as Perennial's has: larger ones would be a little cheaper, but mark requests long before they leave.
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
# Results that arrive within this many seconds of each other are recorded in one batch.
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
    WITH results AS MATERIALIZED (
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS results (id, post_id, remote_id, url)
    ), published AS (
        UPDATE publications AS publication SET status = 'published', remote_id = results.remote_id, url = results.url,
            published_time = now(), claim_id = NULL, lease_expires_at = NULL, next_attempt_time = NULL
        FROM results WHERE publication.id = results.id AND publication.status = 'publishing'
    )
    UPDATE posts SET status = 'published', updated_at = now() FROM results WHERE posts.id = results.post_id
"""

Result = tuple[str, str, str, str]


class BarePublisher:
    """Keeps IN_FLIGHT requests in flight: a queue holds claimed rows, and results are recorded in batches."""

    def __init__(self, pool: asyncpg.Pool, session: aiohttp.ClientSession, x_url: str, key: bytes) -> None:
        self._pool = pool
        self._session = session
        self._x_url = x_url + "/2/tweets"
        self._cipher = Fernet(key)
        self._claimed: asyncio.Queue[asyncpg.Record | None] = asyncio.Queue(BATCH)
        self._results: list[Result] = []
        self._all_sent = False

    async def run(self) -> None:
        """Runs until nothing is due any more and every result is recorded."""
        recording = asyncio.create_task(self._record())
        await asyncio.gather(self._claim(), *(self._send() for _ in range(IN_FLIGHT)))
        self._all_sent = True
        await recording

    async def _claim(self) -> None:
        """Claims the next batch as soon as the queue has room; in the end it queues one None for each sender."""
        while rows := await self._pool.fetch(CLAIM, uuid4()):
            for row in rows:
                await self._claimed.put(row)
        for _ in range(IN_FLIGHT):
            await self._claimed.put(None)

    async def _send(self) -> None:
        """Sends claimed rows, one after the other, until it takes None from the queue."""
        while row := await self._claimed.get():
            token = self._cipher.decrypt(row["encrypted_access_token"].encode()).decode()
            headers = {"Authorization": f"Bearer {token}"}
            async with self._session.post(self._x_url, headers=headers, json={"text": row["content"]}) as response:
                remote_id = json.loads(await response.read())["data"]["id"]
            url = f"https://x.com/{row['handle']}/status/{remote_id}"
            self._results.append((row["id"], row["post_id"], remote_id, url))

    async def _record(self) -> None:
        """Records results every RECORD_PAUSE seconds, and once more in the end."""
        while not self._all_sent:
            await asyncio.sleep(RECORD_PAUSE)
            await self._record_batch()
        await self._record_batch()

    async def _record_batch(self) -> None:
        results, self._results = self._results, []
        if results:
            await self._pool.execute(RECORD, *map(list, zip(*results, strict=True)))


async def publish_all(url: str, x_url: str, key: bytes) -> float:
    """Publishes every due row of the database at `url` to X at `x_url`; returns the seconds that it took."""
    connector = aiohttp.TCPConnector(limit=IN_FLIGHT)
    async with (
        asyncpg.create_pool(url, min_size=2, max_size=2) as pool,
        aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        begun = time.perf_counter()
        await BarePublisher(pool, session, x_url, key).run()
        return time.perf_counter() - begun
