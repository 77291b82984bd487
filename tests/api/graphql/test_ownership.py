"""What is another user's does not exist: in one table, for every operation of the API."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from support import api
from support.api import User
from support.clock import FakeClock
from support.rows import add_executions, set_publication
from support.stores.databases import TABLES
from tortoise import Tortoise

from perennial.core.instants import instant
from perennial.core.states import PublicationStatus

TEXTS = {"publications": [{"platform": "X", "content": "Mine now"}]}
SOON = "2030-01-01T00:00:00Z"
CREATE = {"interval": 7, "nextScheduledTime": SOON}
ACCOUNT = {"platform": "X", "accessToken": "sandbox-mallory"}

# Each mutation of something that is there, with what it names and what else it is given.
MUTATIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "updatePost": (api.UPDATE_POST, "post", {"input": TEXTS}),
    "deletePost": (api.DELETE_POST, "post", {}),
    "clonePost": (api.CLONE_POST, "post", {}),
    "schedulePost": (api.SCHEDULE_POST, "post", {"input": {"scheduledTime": SOON}}),
    "unschedulePost": (api.UNSCHEDULE_POST, "post", {}),
    "createQueue": (api.CREATE_QUEUE, "post", {"input": CREATE}),
    "updateQueue": (api.UPDATE_QUEUE, "queue", {"input": {"interval": 1}}),
    "deleteQueue": (api.DELETE_QUEUE, "queue", {}),
    "pauseQueue": (api.PAUSE_QUEUE, "queue", {}),
    "resumeQueue": (api.RESUME_QUEUE, "queue", {"nextScheduledTime": SOON}),
    "skipOccurrence": (api.SKIP_OCCURRENCE, "queue", {"scheduledTime": SOON}),
    "moveOccurrence": (api.MOVE_OCCURRENCE, "queue", {"scheduledTime": SOON, "to": "2030-01-02T00:00:00Z"}),
    "restoreOccurrence": (api.RESTORE_OCCURRENCE, "queue", {"scheduledTime": SOON}),
    "runQueueNow": (api.RUN_QUEUE_NOW, "queue", {"idempotencyKey": "once"}),
    "retryPublication": (api.RETRY_PUBLICATION, "publication", {}),
    "confirmPublication": (api.CONFIRM_PUBLICATION, "publication", {"url": "https://x.com/alice/status/17"}),
    "withdrawConfirmation": (api.WITHDRAW_CONFIRMATION, "publication", {}),
    "disconnectAccount": (api.DISCONNECT_ACCOUNT, "account", {}),
}
# Mutations of several queues, each of which is refused by itself.
BULK: dict[str, str] = {
    "pauseQueues": api.PAUSE_QUEUES,
    "resumeQueues": api.RESUME_QUEUES,
    "deleteQueues": api.DELETE_QUEUES,
}
# The rest: what names nothing, or only reads.
OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "createPost": (api.CREATE_POST, {"input": TEXTS}),
    "connectAccount": (api.CONNECT_ACCOUNT, {"input": ACCOUNT}),
    "pauseAllQueues": (api.PAUSE_ALL_QUEUES, {"input": {}}),
    "resumeAllQueues": (api.RESUME_ALL_QUEUES, {"input": {}}),
    "post": (api.POST_QUERY, {"id": "a"}),
    "posts": (api.POSTS_QUERY, {}),
    "queue": (api.QUEUE_QUERY, {"id": "a"}),
    "queues": (api.QUEUES_QUERY, {}),
    "upcoming": (api.UPCOMING_QUERY, {"until": instant(datetime.now(UTC) + timedelta(days=300))}),
    "publications": (api.CHANGED_PUBLICATIONS, {}),
    "executions": (api.RAN_EXECUTIONS, {}),
    "accounts": (api.ACCOUNTS_QUERY, {}),
    "node": (api.NODE_QUERY, {"id": "a"}),
    "nodes": (api.NODES_QUERY, {"ids": []}),
}


def variables(name: str, some_id: str) -> dict[str, Any]:
    more = MUTATIONS[name][2]
    if name.endswith("Occurrence"):
        return {"queueId": some_id} | more
    return {"input": more["input"] | {"originalPostId": some_id}} if name == "createQueue" else {"id": some_id} | more


@pytest.fixture
async def ids(alice: User, clock: FakeClock) -> dict[str, str]:
    """Alice's post, scheduled; her queue of it, with a ledger; a publication in doubt; her account."""
    post = await alice.create_post(x="Hello", linkedin="Hello there")
    await alice.schedule_post(post["id"], clock.now + timedelta(hours=1))
    queue = await alice.create_queue(post["id"], datetime.fromisoformat(SOON))
    await add_executions(queue, [clock.now], post)
    account, _ = await alice.connect("X", "LINKEDIN")
    doubtful = await alice.create_post(x="Did it go out?")
    await set_publication(doubtful, PublicationStatus.UNCONFIRMED, request_started_time=clock.now)
    publication = doubtful["publications"][0]["id"]
    return {"post": post["id"], "queue": queue["id"], "account": account["id"], "publication": publication}


async def all_rows() -> list[Any]:
    """Everything that is in the database."""
    connection = Tortoise.get_connection("default")
    return [await connection.execute_query_dict(f"SELECT * FROM {table} ORDER BY 1") for table in TABLES]


async def test_the_tables_above_name_every_operation(alice: User) -> None:
    roots = "{ __schema { queryType { fields { name } } mutationType { fields { name } } } }"
    schema = await alice.do(roots)
    fields = [*schema["queryType"]["fields"], *schema["mutationType"]["fields"]]
    assert {field["name"] for field in fields} == MUTATIONS.keys() | BULK.keys() | OTHERS.keys()


@pytest.mark.parametrize("name", MUTATIONS)
async def test_mallory_gets_the_words_for_an_id_that_never_was_and_changes_nothing(
    mallory: User, ids: dict[str, str], name: str
) -> None:
    mutation, noun, _ = MUTATIONS[name]
    before = await all_rows()
    hers = await mallory.refused(mutation, **variables(name, ids[noun]))
    assert (hers.code, hers.field, hers.message) == ("NOT_FOUND", None, f"There is no such {noun}.")
    for unknown in (str(uuid4()), "first", "", "\x00"):
        assert await mallory.refused(mutation, **variables(name, unknown)) == hers, unknown
    assert await all_rows() == before


@pytest.mark.parametrize("name", BULK)
async def test_mallory_gets_the_words_in_the_results_of_several_too(
    mallory: User, ids: dict[str, str], name: str
) -> None:
    before = await all_rows()
    given = [ids["queue"], str(uuid4()), "first", "", ids["post"]]
    results = await mallory.do(BULK[name], ids=given)
    assert [one["id"] for one in results] == given
    unknown = {"code": "NOT_FOUND", "message": "There is no such queue.", "field": None}
    assert [(one["queue"], one["error"]) for one in results] == [(None, unknown)] * len(given)
    assert await all_rows() == before


@pytest.mark.parametrize("name", MUTATIONS)
async def test_alice_can_do_what_mallory_cannot(alice: User, ids: dict[str, str], name: str) -> None:
    mutation, noun, _ = MUTATIONS[name]
    if name == "withdrawConfirmation":
        await alice.do(api.CONFIRM_PUBLICATION, **variables("confirmPublication", ids[noun]))
    if name == "restoreOccurrence":
        await alice.do(api.SKIP_OCCURRENCE, **variables("skipOccurrence", ids[noun]))
    assert await alice.do(mutation, **variables(name, ids[noun]))


async def test_mallory_reads_nothing_of_alices(mallory: User, ids: dict[str, str]) -> None:
    assert await mallory.post(ids["post"]) is None
    assert await mallory.queue(ids["queue"]) is None
    assert (await mallory.do(api.QUEUES_QUERY))["nodes"] == []
    assert (await mallory.do(api.POSTS_QUERY))["nodes"] == []
    assert (await mallory.do(api.POSTS_QUERY, createdByQueueId=ids["queue"]))["nodes"] == []
    for catching_up in (api.CHANGED_PUBLICATIONS, api.RAN_EXECUTIONS):
        found = await mallory.do(catching_up)
        assert (found["nodes"], found["totalCount"]) == ([], 0)
    assert await mallory.do(api.ACCOUNTS_QUERY) == []
    assert await mallory.do(api.NODES_QUERY, ids=list(ids.values())) == [None] * len(ids)


async def test_a_wrong_value_tells_mallory_no_more_than_of_an_id_that_never_was(
    mallory: User, ids: dict[str, str], clock: FakeClock
) -> None:
    past = instant(clock.now - timedelta(days=1))
    for change in ({"interval": 0}, {"interval": None}, {"maxExecutions": 0}, {"nextScheduledTime": past}):
        hers = await mallory.refused(api.UPDATE_QUEUE, id=ids["queue"], input=change)
        assert hers == await mallory.refused(api.UPDATE_QUEUE, id=str(uuid4()), input=change), change


async def test_nobody_gets_anything_without_a_token(nobody: User, ids: dict[str, str]) -> None:
    asked = {name: (query, variables(name, ids[noun])) for name, (query, noun, _) in MUTATIONS.items()}
    asked |= {name: (query, {"ids": [ids["queue"]]}) for name, query in BULK.items()}
    before = await all_rows()
    for name, (query, given) in (asked | OTHERS).items():
        answer = await nobody.execute(query, **given)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"], name
        assert answer["data"] is None or set(answer["data"].values()) == {None}, name
    assert await all_rows() == before


async def test_who_shows_no_token_may_ask_whether_we_are_there_but_not_for_the_schema(
    nobody: User, alice: User
) -> None:
    assert await nobody.do("{ __typename }") == "Query"
    assert (await nobody.refused('{ __type(name: "Post") { name } }')).code == "UNAUTHENTICATED"
    assert await alice.do('{ __type(name: "Post") { name } }') == {"name": "Post"}


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "Bearer"])
async def test_a_bad_token_is_no_token(nobody: User, alice: User, token: str) -> None:
    for bad in (token, f"{alice.token}x"):
        stranger = User("stranger", nobody.http, bad)
        assert (await stranger.refused(api.ACCOUNTS_QUERY)).code == "UNAUTHENTICATED"
        assert await stranger.do("{ __typename }") == "Query"
