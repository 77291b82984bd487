"""Whatever ends the embedded server, no process is left, and the next start finds everything as it was."""

from signal import SIGINT, SIGKILL, SIGTERM, Signals
from subprocess import Popen
from typing import Any

from support import api
from support.api import User
from support.embedded import login, serving, visiting
from support.processes import descendants, free_port, is_running, stop, until
from support.story import Site, eventually, queue_a_post, soon


async def test_whatever_ends_it_the_next_start_finds_everything_as_it_was(tmp_path):
    port = free_port()
    with serving(tmp_path / "var", port) as process:
        async with visiting(port) as site:
            alice = await login(site, "alice")
            queue = await queue_a_post(site, alice)
            await alice.create_queue(queue["originalPostId"], soon(3600))
            await eventually(lambda: demonstrated(site), "the demonstration's post is out on both")
            before = await everything(site, alice)
        assert await_end(process, SIGTERM) == 0
    for sig, code in ((SIGINT, 0), (SIGKILL, -SIGKILL), (SIGTERM, 0)):
        with serving(tmp_path / "var", port) as process:
            async with visiting(port) as site:
                alice = User("alice", site.http, alice.token)
                assert await everything(site, alice) == before
                await queue_a_post(site, alice, ahead=0.5)
                before = await everything(site, alice)
            assert await_end(process, sig) == code


async def everything(site: Site, alice: User) -> list[Any]:
    """All that Alice has, all that was published, and the one queue that a demonstration makes."""
    demo = await login(site, "demo", connect=False)
    queues, posts = [(await alice.do(query, first=100))["nodes"] for query in (api.QUEUES_QUERY, api.POSTS_QUERY)]
    (demonstration,) = (await demo.do(api.QUEUES_QUERY))["nodes"]
    shown = (await site.http.get("/sandbox/posts")).json()
    return [queues, posts, await alice.do(api.ACCOUNTS_QUERY), shown, demonstration]


def await_end(process: "Popen[bytes]", sig: Signals) -> int:
    """Ends the server, and waits until its children are gone as well; its exit code."""
    children = descendants(process.pid)
    assert children, "Redis is a child"
    code = stop(process, sig)
    until(lambda: not any(is_running(child) for child in children), "no process is left")
    return code


async def demonstrated(site: Site) -> bool:
    return len(await site.posts("demo")) == 2


def test_a_start_that_is_broken_off_leaves_no_process_and_can_be_made_again(tmp_path):
    for _ in range(2):
        with serving(tmp_path / "var", free_port()) as process:
            (redis,) = until(lambda: descendants(process.pid), "Redis is started")
            assert stop(process) == 0
            assert not is_running(redis)


async def test_what_fell_due_while_it_was_down_goes_out_after_the_next_start(tmp_path):
    port = free_port()
    with serving(tmp_path / "var", port) as process:
        async with visiting(port) as site:
            alice = await login(site, "alice")
            post = await alice.create_post(x="Nobody was there")
            due = soon(1)
            queue = await alice.create_queue(post["id"], due)
            stop(process, SIGKILL)
    until(lambda: soon(0) > due, "it fell due")
    with serving(tmp_path / "var", port):
        async with visiting(port) as site:
            alice = User("alice", site.http, alice.token)
            await eventually(lambda: site.posts("alice"), "the post is out")
            assert (await alice.queue(queue["id"]))["executionCount"] == 1
