"""The limit of a read, `python -m bench.hand_written`: the rows of one SELECT as JSON, without any checks."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

# The size of Perennial's pool.
POOL_SIZE = 10
SELECT = """
    SELECT queue.id, queue.status, queue.interval, queue.cadence, queue.next_scheduled_time, queue.execution_count,
        queue.created_at, post.id AS post_id, post.status AS post_status, post.created_at AS post_created_at
    FROM recurring_queues AS queue
    LEFT JOIN posts AS post ON post.id = queue.original_post_id
    WHERE queue.clerk_user_id = $1
    ORDER BY queue.next_scheduled_time, queue.id
    LIMIT $2
"""


async def list_queues(request: Request) -> Response:
    """Returns the first queues of the user BENCH_USER, as many as the request asks for."""
    body = orjson.loads(await request.body())
    rows = await request.app.state.pool.fetch(SELECT, os.environ["BENCH_USER"], body["variables"]["first"])
    page = {"data": {"queues": {"nodes": [queue_node(row) for row in rows]}}}
    return Response(orjson.dumps(page), media_type="application/json")


def queue_node(row: Any) -> dict[str, Any]:
    """A queue as the API returns it. Ids become strings here: orjson refuses asyncpg's subclass of UUID."""
    return {
        "id": str(row["id"]),
        "status": row["status"].upper(),
        "interval": row["interval"],
        "cadence": row["cadence"].upper(),
        "nextScheduledTime": iso_milliseconds(row["next_scheduled_time"]),
        "executionCount": row["execution_count"],
        "createdAt": iso_milliseconds(row["created_at"]),
        "originalPost": {
            "id": str(row["post_id"]),
            "status": row["post_status"].upper(),
            "createdAt": iso_milliseconds(row["post_created_at"]),
        },
    }


def iso_milliseconds(time: datetime) -> str:
    """The time in ISO 8601, with milliseconds and Z."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@asynccontextmanager
async def pool(app: Starlette) -> AsyncIterator[None]:
    """Opens a connection pool to DATABASE_URL."""
    async with asyncpg.create_pool(os.environ["BENCH_DATABASE_URL"], min_size=1, max_size=POOL_SIZE) as app.state.pool:
        yield


if __name__ == "__main__":
    app = Starlette(routes=[Route("/graphql", list_queues, methods=["POST"])], lifespan=pool)
    port = int(os.environ["PERENNIAL_PORT"])
    uvicorn.run(app, port=port, log_config=None, access_log=False, server_header=False)
