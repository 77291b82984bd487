"""The creating mutations, each as a request that can be sent again with the same idempotency key."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from perennial.core.instants import instant
from perennial.db.models import ConnectedAccount, IdempotencyKey, Post, RecurringQueue
from support.api import CLONE_POST, CONNECT_ACCOUNT, CREATE_POST, CREATE_QUEUE

NAMES = ("createPost", "clonePost", "createQueue", "connectAccount")
TABLES = (Post, RecurringQueue, ConnectedAccount, IdempotencyKey)


@dataclass(frozen=True)
class Request:
    """A creating mutation with its variables."""

    query: str
    given: dict[str, Any]

    def variables(self, key: str | None, **changes: Any) -> dict[str, Any]:
        """The variables with this key; `changes` are to the input."""
        return {"input": self.given | changes | {"idempotencyKey": key}}


def request(name: str, post_id: str, now: datetime) -> Request:
    """The creating mutation of this name; `post_id` is what is cloned, or repeated from an hour hence."""
    given: dict[str, tuple[str, dict[str, Any]]] = {
        "createPost": (CREATE_POST, {"publications": [{"platform": "X", "content": "Hello"}]}),
        "clonePost": (CLONE_POST, {"id": post_id}),
        "createQueue": (
            CREATE_QUEUE,
            {"originalPostId": post_id, "interval": 7, "nextScheduledTime": instant(now + timedelta(hours=1))},
        ),
        "connectAccount": (CONNECT_ACCOUNT, {"platform": "X", "accessToken": "sandbox-alice"}),
    }
    return Request(*given[name])


def another_input(name: str, other_post_id: str) -> dict[str, Any]:
    """Changes that make another request of it."""
    return {
        "createPost": {"publications": [{"platform": "X", "content": "Hello!"}]},
        "clonePost": {"id": other_post_id},
        "createQueue": {"interval": 8},
        "connectAccount": {"accessToken": "sandbox-alice-anew"},
    }[name]


async def counts() -> list[int]:
    """How many posts, queues, accounts and keys there are."""
    return [await table.all().count() for table in TABLES]
