"""The API as a client sees it, and the cast that uses it."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx2

from perennial.core.instants import instant

POST = """
    id clerkUserId status clonedFromId createdByQueueId scheduledTime createdAt updatedAt
    publications { id platform content status scheduledTime schedulerId attempts publishedTime remoteId url
                   errorCode errorMessage }
"""
EXECUTION = "id scheduledTime executedTime outcome reason missedCount until movedTo extra post { " + POST + " }"
QUEUE = f"""
    id clerkUserId originalPostId originalPost {{ {POST} }} status statusReason interval cadence nextScheduledTime
    pausedUntil pauseReason lastExecutedTime executionCount maxExecutions createdAt updatedAt
    executions {{ nodes {{ {EXECUTION} }} }}
"""
ACCOUNT = "id platform accountId handle status tokenExpiresAt expiresSoon"


@dataclass(frozen=True)
class Refusal:
    """A GraphQL error, as a client branches on it."""

    code: str
    field: str | None
    message: str


@dataclass
class User:
    """Somebody with a bearer token (or none), and the operations they call."""

    name: str
    http: httpx2.AsyncClient = field(repr=False)
    token: str | None = field(repr=False)

    async def execute(self, query: str, **variables: Any) -> dict[str, Any]:
        """The whole answer, errors included."""
        headers = {"Content-Type": "application/json"}
        headers |= {"Authorization": f"Bearer {self.token}"} if self.token else {}
        given = {name: _plain(value) for name, value in variables.items()}
        if "$input:" in query and given.keys() - {"input"}:  # what else is given are fields of the input
            fields = given.pop("input", {})
            given = {"input": given | fields}
        body = json.dumps({"query": query, "variables": given})  # ASCII, so that half a surrogate pair can be sent too
        answer = await self.http.post("/graphql", content=body, headers=headers)
        result: dict[str, Any] = answer.json()
        return result

    async def do(self, query: str, **variables: Any) -> Any:
        """The one field that was asked for, or what the mutation's payload has in it; fails on any error."""
        answer = await self.execute(query, **variables)
        assert "errors" not in answer, answer["errors"]
        return result_of(answer)

    async def refused(self, query: str, **variables: Any) -> Refusal:
        """The one error; fails where there is none."""
        answer = await self.execute(query, **variables)
        (error,) = answer["errors"]
        extensions = error["extensions"]
        return Refusal(extensions["code"], extensions.get("field"), error["message"])

    async def create_post(self, **texts: str) -> Any:
        """A draft: create_post(x="…", linkedin="…")."""
        publications = [{"platform": platform.upper(), "content": text} for platform, text in texts.items()]
        return await self.do(CREATE_POST, input={"publications": publications})

    async def schedule_post(self, post_id: str, time: datetime, **times: datetime) -> Any:
        """Schedules the post; schedule_post(id, time, linkedin=other_time)."""
        platform_times = [{"platform": name.upper(), "scheduledTime": instant(one)} for name, one in times.items()]
        given = {"scheduledTime": instant(time), "platformTimes": platform_times}
        return await self.do(SCHEDULE_POST, id=post_id, input=given)

    async def create_queue(self, post_id: str, next_scheduled_time: datetime, interval: int = 7, **more: Any) -> Any:
        """A queue that repeats the post."""
        given = {"originalPostId": post_id, "interval": interval, "nextScheduledTime": instant(next_scheduled_time)}
        return await self.do(CREATE_QUEUE, input={**given, **more})

    async def connect(self, *platforms: str) -> list[Any]:
        """Connects the user's sandbox accounts."""
        tokens = {"accessToken": f"sandbox-{self.name}"}
        return [await self.do(CONNECT_ACCOUNT, input={"platform": one, **tokens}) for one in platforms]

    async def post(self, post_id: str) -> Any:
        """The post as it is now."""
        return await self.do(POST_QUERY, id=post_id)

    async def queue(self, queue_id: str) -> Any:
        """The queue as it is now, with its ledger."""
        return await self.do(QUEUE_QUERY, id=queue_id)


# What the mutations' payloads have, besides warnings.
RESULTS = {"post", "queue", "account", "publication", "deletedId", "results"}


def result_of(answer: dict[str, Any]) -> Any:
    """The one field that was asked for, or what the mutation's payload has in it."""
    (value,) = answer["data"].values()
    return next(iter(value.values())) if isinstance(value, dict) and value.keys() <= RESULTS else value


def mutation(name: str, result: str) -> str:
    """The document of a mutation that asks for one field of its payload."""
    return f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ {result} }} }}"


CREATE_POST, UPDATE_POST, CLONE_POST, SCHEDULE_POST, UNSCHEDULE_POST = (
    mutation(f"{verb}Post", f"post {{ {POST} }}") for verb in ("create", "update", "clone", "schedule", "unschedule")
)
CREATE_QUEUE, UPDATE_QUEUE, PAUSE_QUEUE, RESUME_QUEUE = (
    mutation(f"{verb}Queue", f"queue {{ {QUEUE} }}") for verb in ("create", "update", "pause", "resume")
)
SKIP_OCCURRENCE, MOVE_OCCURRENCE, RESTORE_OCCURRENCE = (
    mutation(f"{verb}Occurrence", f"queue {{ {QUEUE} }}") for verb in ("skip", "move", "restore")
)
RUN_QUEUE_NOW = mutation("runQueueNow", f"execution {{ {EXECUTION} }} queue {{ {QUEUE} }} warnings {{ code message }}")
PAUSE_ALL_QUEUES, RESUME_ALL_QUEUES = (
    mutation(f"{verb}AllQueues", "count warnings { code message field }") for verb in ("pause", "resume")
)
BULK = f"results {{ id queue {{ {QUEUE} }} error {{ code message field }} }}"
PAUSE_QUEUES, RESUME_QUEUES, DELETE_QUEUES = (mutation(f"{verb}Queues", BULK) for verb in ("pause", "resume", "delete"))
PUBLICATION = "id platform status scheduledTime attempts publishedTime remoteId url errorCode errorMessage"
WITHDRAW_CONFIRMATION = mutation("withdrawConfirmation", f"publication {{ {PUBLICATION} }}")
RETRY_PUBLICATION, CONFIRM_PUBLICATION = (
    mutation(f"{verb}Publication", f"publication {{ {PUBLICATION} }}") for verb in ("retry", "confirm")
)
CONNECT_ACCOUNT = mutation("connectAccount", f"account {{ {ACCOUNT} }}")
DELETE_POST, DELETE_QUEUE, DISCONNECT_ACCOUNT = (
    mutation(name, "deletedId") for name in ("deletePost", "deleteQueue", "disconnectAccount")
)

POST_QUERY = f"query ($id: ID!) {{ post(id: $id) {{ {POST} }} }}"
POSTS_QUERY = f"""
    query (
        $status: [PostStatus!], $platform: Platform, $createdByQueueId: ID, $orderBy: PostOrder, $first: Int,
        $after: String
    ) {{
        posts(
            status: $status, platform: $platform, createdByQueueId: $createdByQueueId, orderBy: $orderBy, first: $first,
            after: $after
        ) {{
            nodes {{ {POST} }} edges {{ cursor node {{ id }} }}
            pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
        }}
    }}
"""
QUEUE_QUERY = f"query ($id: ID!) {{ queue(id: $id) {{ {QUEUE} }} }}"
QUEUES_QUERY = f"""
    query (
        $status: [QueueStatus!], $platform: Platform, $orderBy: QueueOrder, $first: Int, $after: String
    ) {{
        queues(status: $status, platform: $platform, orderBy: $orderBy, first: $first, after: $after) {{
            nodes {{ {QUEUE} }} edges {{ cursor node {{ id }} }}
            pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
        }}
    }}
"""
CHANGED_PUBLICATIONS = """
    query ($updatedAfter: DateTime, $first: Int, $after: String) {
        publications(updatedAfter: $updatedAfter, first: $first, after: $after) {
            totalCount nodes { id postId platform status updatedAt } pageInfo { hasNextPage endCursor }
        }
    }
"""
RAN_EXECUTIONS = """
    query ($executedAfter: DateTime, $first: Int, $after: String) {
        executions(executedAfter: $executedAfter, first: $first, after: $after) {
            totalCount nodes { id queueId scheduledTime executedTime } pageInfo { hasNextPage endCursor }
        }
    }
"""
UPCOMING_QUERY = """
    query ($until: DateTime!) {
        upcoming(until: $until) { nodes { queue { id } post { id } scheduledTime obstacles { code message } } }
    }
"""
ACCOUNTS_QUERY = f"{{ accounts {{ {ACCOUNT} }} }}"
# Fields of one name and different types, such as the status, would have to be asked for under aliases.
NODE = """
    __typename id ... on Post { publications { id content } } ... on Publication { content errorCode account { id } }
    ... on RecurringQueue { interval originalPost { id } executions { nodes { id } } }
    ... on QueueExecution { outcome post { id publications { id } } } ... on ConnectedAccount { handle }
"""
NODE_QUERY = f"query ($id: ID!) {{ node(id: $id) {{ {NODE} }} }}"
NODES_QUERY = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {NODE} }} }}"


def _plain(value: Any) -> Any:
    return instant(value) if isinstance(value, datetime) else value
