"""The documents of benchmark P, from the cheapest to the dearest that the default limits allow."""

import hashlib
import json
from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from graphql import get_introspection_query

from bench.points_seed import USER

POST_ID, QUEUE_ID = "00000000-0000-0000-0000-000000000007", "00000000-0000-0000-0000-000000000007"
NOBODYS = "11111111-1111-4111-8111-111111111111"
TIME = "2099-01-01T00:00:00Z"
LENGTH_MAX = 16_384
ACCOUNT = "account { id platform accountId handle status tokenExpiresAt }"
PUBLICATION = f"""id platform content status scheduledTime schedulerId attempts publishedTime remoteId url errorCode
    errorMessage {ACCOUNT}"""
POST = f"id clerkUserId status clonedFromId createdByQueueId createdAt updatedAt publications {{ {PUBLICATION} }}"
EXECUTION = f"id scheduledTime executedTime outcome reason missedCount post {{ {POST} }}"
QUEUE = f"""id clerkUserId originalPostId status statusReason interval cadence nextScheduledTime lastExecutedTime
    executionCount maxExecutions createdAt updatedAt originalPost {{ {POST} }}"""
PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor }"
READ = """query ($first: Int) { queues(first: $first) { nodes {
    id status interval cadence nextScheduledTime executionCount createdAt originalPost { id status createdAt } } } }"""
CREATE = "mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id publications { id } } } }"
UPDATE = "mutation ($input: UpdatePostInput!) { updatePost(input: $input) { post { id publications { id } } } }"
SCHEDULE = "mutation ($input: SchedulePostInput!) { schedulePost(input: $input) { post { id status } } }"
CREATE_QUEUE = "mutation ($input: CreateQueueInput!) { createQueue(input: $input) { queue { id } } }"
PAUSE = "mutation ($input: PauseQueuesInput!) { pauseQueues(input: $input) { results { id error { code } } } }"
SUBSCRIPTION = f"subscription {{ publicationUpdated {{ {PUBLICATION} }} }}"


class Document(NamedTuple):
    """A request. `body` makes its body; the number makes each one new where it has to be.

    `streams` tells whether it is a subscription, of which only the start is measured; `user` is who sends it.
    """

    name: str
    body: Callable[[int], str]
    streams: bool = False
    user: str = USER


def known(name: str, query: str, user: str = USER, **variables: Any) -> Document:
    """A document that the server keeps, parsed and validated, once it has had it."""
    text = json.dumps({"query": query, "variables": variables})
    return Document(name, lambda _: text, user=user)


def _cold(name: str, query: str, **variables: Any) -> Document:
    """A document that the server has not seen before: each has another number in a comment."""
    return Document(name, lambda number: json.dumps({"query": f"{query}\n# {number:09}", "variables": variables}))


def _persisted(name: str, query: str, **variables: Any) -> Document:
    """A document that is known by its hash; the first request of a round has it whole."""
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(query.encode()).hexdigest()}}
    hashed = {"variables": variables, "extensions": persisted}
    return Document(name, lambda number: json.dumps(hashed if number % 1_000_000 else {**hashed, "query": query}))


def _texts(x: str, linkedin: str) -> dict[str, Any]:
    return {"publications": [{"platform": "X", "content": x}, {"platform": "LINKEDIN", "content": linkedin}]}


def _filled(query: str) -> str:
    """The document with as many comments as fit."""
    room = LENGTH_MAX - len(query) - 20
    return query + "\n#" * 1_000 + "x" * (room - 2_000)


def _pausing(count: int) -> str:
    fields = (
        f'p{number}: pauseQueue(input: {{id: "{QUEUE_ID}"}}) {{ queue {{ id status }} }}' for number in range(count)
    )
    return f"mutation {{ {' '.join(fields)} }}"


def _creating(count: int) -> str:
    publication = '{platform: X, content: "An evening in the garden, https://example.com/tea"}'
    fields = (
        f"c{n}: createPost(input: {{publications: [{publication}]}}) {{ post {{ {POST} }} }}" for n in range(count)
    )
    return f"mutation {{ {' '.join(fields)} }}"


def _fragments(count: int) -> str:
    """Fragments that each have their fields and the next one."""
    parts = (f"fragment F{number} on Post {{ {POST} ...F{number + 1} }}" for number in range(count - 1))
    return f'{{ post(id: "{POST_ID}") {{ ...F0 }} }} {" ".join(parts)} fragment F{count - 1} on Post {{ id }}'


NESTED_TYPE = "{ __schema { types { fields { " + "type { ofType { " * 5 + "name" + " } }" * 5 + " } } } }"
SEVERAL = " ".join(f'{{platform: X, content: "{number}"}}' for number in range(200))

DOCUMENTS = (
    known("`{ __typename }`", "{ __typename }"),
    _cold("`{ __typename }`, not known yet", "{ __typename }"),
    known("a post that does not exist", f'{{ post(id: "{NOBODYS}") {{ id }} }}'),
    known("a post with its texts", f'{{ post(id: "{POST_ID}") {{ {POST} }} }}'),
    _cold("a post with its texts, not known yet", f'{{ post(id: "{POST_ID}") {{ {POST} }} }}'),
    _persisted("a post with its texts, by its hash", f'{{ post(id: "{POST_ID}") {{ {POST} }} }}'),
    known("the accounts", "{ accounts { id platform accountId handle status tokenExpiresAt } }"),
    known("25 queues, their ids", "{ queues { nodes { id } } }"),
    known("100 queues and their posts", READ, first=100),
    known("100 posts, everything below", f"{{ posts(first: 100) {{ nodes {{ {POST} }} {PAGE} }} }}"),
    known(
        "100 queues with 10 executions each, everything below",
        f"{{ queues(first: 100) {{ nodes {{ {QUEUE} executions {{ nodes {{ {EXECUTION} }} }} }} {PAGE} }} }}",
    ),
    known(
        "20 times 100 posts, their ids",
        "{ " + " ".join(f"p{n}: posts(first: 100) {{ nodes {{ id }} }}" for n in range(20)) + " }",
    ),
    known(
        "20 times 50 posts, everything below",
        "{ "
        + " ".join(f"p{n}: posts(first: 50) {{ nodes {{ ...P }} }}" for n in range(20))
        + f" }} fragment P on Post {{ {POST} }}",
    ),
    known("30 aliases of a scalar", "{ " + " ".join(f"a{number}: __typename" for number in range(30)) + " }"),
    known("the whole schema", get_introspection_query()),
    _cold("16 levels of the schema", NESTED_TYPE),
    _cold("16 KiB of comments", _filled("{ __typename }")),
    _cold("fields named again and again", "{" + " __typename" * 220 + " }"),
    _cold("45 fragments, each in the next", _fragments(45)),
    _cold("2,000 tokens that are not valid", "{ " + " ".join(f"a{n}" for n in range(1_990)) + " }"),
    _cold(
        "2,000 tokens of unknown arguments", "{ " + " ".join(f"accounts(a: {n}) {{ id }}" for n in range(215)) + " }"
    ),
    _cold("a text that is no document", "{ " + "a " * 1_900 + "("),
    known("a small document that is not valid", "{ nothing }"),
    known("a new post", CREATE, input=_texts("Sow in spring.", "Sow in spring.")),
    known("a new post of 3,000 characters", CREATE, input=_texts("🌱" * 140, "Sow, see a.co/b. " * 176)),
    known("a text of 25,000 characters, refused", CREATE, input=_texts("x.co/(" * 4_000, "❤\ufe0f" * 12_000)),
    Document(
        "a post's text changed",
        lambda number: json.dumps(
            {
                "query": UPDATE,
                "variables": {"input": {"id": POST_ID, **_texts(f"{number} 👨‍👩‍👧‍👦", f"{number} " + "🌱" * 1_400)}},
            }
        ),
    ),
    known("a post scheduled", SCHEDULE, input={"id": POST_ID, "scheduledTime": TIME}),
    known("a new queue", CREATE_QUEUE, input={"originalPostId": POST_ID, "interval": 7, "nextScheduledTime": TIME}),
    _cold("30 queues paused", _pausing(30)),
    _cold("30 new posts", _creating(30)),
    known("100 queues paused at once", PAUSE, input={"ids": [str(UUID(int=number)) for number in range(100)]}),
    known("250 KiB of variables that nobody uses", "{ __typename }", unused="x" * 250_000),
    known(
        "5,000 texts for one post, refused", CREATE, input={"publications": [{"platform": "X", "content": ""}] * 5_000}
    ),
    _cold(
        "200 texts for one post, in the document",
        f"mutation {{ createPost(input: {{publications: [{SEVERAL}]}}) {{ post {{ id }} }} }}",
    ),
    Document("250 KiB that are no JSON", lambda _: "[" + "1," * 125_000),
    Document(
        "a subscription begun, between two of `{ __typename }`",
        lambda _: json.dumps({"query": SUBSCRIPTION}),
        streams=True,
    ),
)
