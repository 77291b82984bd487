"""Whatever ends the embedded server, no process is left, and the next start finds everything as it was."""

from pathlib import Path
from signal import SIGINT, SIGKILL, SIGTERM, Signals

import pytest
from support import api
from support.api import User
from support.embedded import login, serving, visiting
from support.processes import descendants, free_port, is_running, stop, until
from support.story import Site, eventually, queue_a_post, soon


@pytest.mark.parametrize(("sig", "code"), [(SIGTERM, 0), (SIGINT, 0), (SIGKILL, -SIGKILL)])
async def test_a_restart_finds_everything_as_it_was(tmp_path: Path, sig: Signals, code: int):
    port = free_port()
    with serving(tmp_path / "var", port) as process:
        async with visiting(port) as site:
            alice = await login(site, "alice")
            queue = await queue_a_post(site, alice)
            await eventually(lambda: demonstrated(site), "the demonstration's post is out on both")
            later = await alice.create_queue(queue["originalPostId"], soon(3600))
            accounts = await alice.do(api.ACCOUNTS_QUERY)
            posts = (await site.http.get("/sandbox/posts")).json()
        children = descendants(process.pid)
        assert children, "Redis is a child"
        assert stop(process, sig) == code
        until(lambda: not any(is_running(child) for child in children), "no process is left")
    with serving(tmp_path / "var", port):
        async with visiting(port) as site:
            alice = User("alice", site.http, alice.token)
            assert await alice.queue(queue["id"]) == queue
            assert await alice.queue(later["id"]) == later
            assert await alice.do(api.ACCOUNTS_QUERY) == accounts
            assert (await site.http.get("/sandbox/posts")).json() == posts
            await queue_a_post(site, alice, ahead=0.5)
            demo = await login(site, "demo", connect=False)
            assert len((await demo.do(api.QUEUES_QUERY))["nodes"]) == 1
            assert len(await site.posts("demo")) == 2


def test_a_start_that_is_broken_off_leaves_no_process_and_can_be_made_again(tmp_path):
    for _ in range(2):
        with serving(tmp_path / "var", free_port()) as process:
            (redis,) = until(lambda: descendants(process.pid), "Redis is started")
            assert stop(process) == 0
            assert not is_running(redis)


async def demonstrated(site: Site) -> bool:
    return len(await site.posts("demo")) == 2


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
