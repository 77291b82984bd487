"""The embedded mode's Redis: a child that keeps its data, outlives nobody, and leaves nothing behind."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import redis
from support.processes import is_running, until

from perennial.core.errors import SettingsError
from perennial.embedded import _redis_child as module
from perennial.embedded._redis_child import SOCKET_PATH_MAX, redis_child
from perennial.embedded._redis_server import find_server
from perennial.embedded.parts import open_embedded
from perennial.settings import Settings

# A parent that runs a Redis, says what can be known of it, and waits until it is killed.
PARENT = """
    import signal, sys
    from pathlib import Path
    import redis
    from perennial.embedded._redis_child import redis_child

    with redis_child(Path(sys.argv[1])) as url:
        with redis.Redis.from_url(url) as client:
            client.set("alarm", "09:00")
            print(client.info("server")["process_id"], url, flush=True)
        signal.pause()
"""


def process_id(url: str) -> int:
    with redis.Redis.from_url(url) as client:
        return client.info("server")["process_id"]


@pytest.fixture
def parent(tmp_path: Path):
    """A process whose Redis runs in the folder `data`; also the Redis's pid."""
    command = [sys.executable, "-c", textwrap.dedent(PARENT), str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid, _url = process.stdout.readline().split()
        yield process, int(pid)
        process.kill()


def test_no_redis_survives_a_parent_that_was_killed(parent):
    process, pid = parent
    assert is_running(pid)
    process.kill()
    process.wait()
    until(lambda: not is_running(pid), "the orphan ended")


def test_data_survive_the_kill_of_the_parent(parent, tmp_path):
    process, pid = parent
    process.kill()
    process.wait()
    until(lambda: not is_running(pid), "the orphan ended")
    with redis_child(tmp_path / "data") as url, redis.Redis.from_url(url, decode_responses=True) as client:
        assert client.get("alarm") == "09:00"


def test_data_survive_the_kill_of_redis_itself(tmp_path):
    """Redis writes its file before it answers; what it does once a second is only to flush it to the disk."""
    with redis_child(tmp_path) as url, redis.Redis.from_url(url) as client:
        client.set("alarm", "09:00")
        signal_to(process_id(url), signal.SIGKILL)
    with redis_child(tmp_path) as url, redis.Redis.from_url(url, decode_responses=True) as client:
        assert client.get("alarm") == "09:00"


def signal_to(pid: int, sig: signal.Signals) -> None:
    subprocess.run(["kill", f"-{sig.value}", str(pid)], check=True)
    until(lambda: not is_running(pid), "the process ended")


def test_nothing_is_left_after_a_stop_but_the_data(tmp_path):
    with redis_child(tmp_path) as url:
        pid = process_id(url)
    assert not is_running(pid)
    assert not (tmp_path / "redis.sock").exists()
    with pytest.raises(redis.ConnectionError):
        process_id(url)


def test_nothing_is_left_where_its_user_fails(tmp_path):
    pids = []

    def fail() -> None:
        with redis_child(tmp_path) as url:
            pids.append(process_id(url))
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert not is_running(pids[0])


def test_a_folder_with_a_long_path_works(tmp_path):
    folder = tmp_path / ("a-folder-with-a-long-name-" * 5)
    assert len(str(folder / "redis.sock")) > SOCKET_PATH_MAX
    with redis_child(folder) as url, redis.Redis.from_url(url) as client:
        socket = Path(url.removeprefix("unix://"))
        client.set("alarm", "09:00")
    assert not socket.parent.exists()
    assert list(folder.glob("appendonly*"))


def test_only_its_owner_can_reach_the_socket(tmp_path):
    with redis_child(tmp_path) as url, redis.Redis.from_url(url) as client:
        assert (tmp_path / "redis.sock").stat().st_mode & 0o077 == 0
        assert client.config_get("port") == {"port": "0"}


def test_ctrl_c_does_not_reach_it_past_its_parent(tmp_path):
    """The terminal sends SIGINT to a whole group: Redis is in one of its own, and stays up for the last writes."""
    with redis_child(tmp_path) as url:
        group = Path(f"/proc/{process_id(url)}/stat").read_text().rpartition(")")[2].split()[2]
        assert int(group) == process_id(url)


def test_a_second_perennial_on_the_same_folder_is_refused_and_disturbs_nothing(tmp_path):
    settings = Settings(var_dir=tmp_path)
    with open_embedded(settings, 8000) as first:
        url = first.settings.redis_url.get_secret_value()
        pid = process_id(url)
        with pytest.raises(SettingsError, match=r"PERENNIAL_VAR_DIR .* is in use by another Perennial"):
            open_embedded(settings, 8001).__enter__()
        assert process_id(url) == pid
    with open_embedded(settings, 8001):
        pass


def test_a_redis_that_does_not_start_says_where_it_says_why(tmp_path):
    (tmp_path / "appendonly.aof").write_text("no such command\n")
    with pytest.raises(SettingsError, match=r"redis\.log"):
        redis_child(tmp_path).__enter__()
    assert (tmp_path / "redis.log").read_text()


def test_an_orphan_that_has_the_data_open_is_ended_first(tmp_path):
    """Where a killed parent leaves its Redis behind, two of them would write one file."""
    socket = tmp_path.resolve() / "redis.sock"
    options = ["--port", "0", "--unixsocket", str(socket), "--dir", str(tmp_path), "--appendonly", "yes"]
    with subprocess.Popen([find_server(), *options], stdout=subprocess.DEVNULL) as orphan:
        try:
            with redis.Redis(unix_socket_path=str(socket)) as client:
                until(lambda: answers(client), "the orphan answers")
                client.set("alarm", "09:00")
            with redis_child(tmp_path) as url, redis.Redis.from_url(url, decode_responses=True) as client:
                assert client.get("alarm") == "09:00"
                assert process_id(url) != orphan.pid
                assert not is_running(orphan.pid)
        finally:
            orphan.kill()


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def test_one_that_does_not_answer_is_not_waited_for_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "START_SECONDS", 0.5)
    monkeypatch.setattr(module, "_command", lambda *_: ["/bin/sleep", "60"])
    with pytest.raises(SettingsError, match="did not start"):
        redis_child(tmp_path).__enter__()


def test_the_data_of_a_redis_6_are_read(tmp_path):
    """Perennial 0.1 ran one, which wrote a single file."""
    words = [b"SET", b"alarm", b"09:00"]
    command = b"*3\r\n" + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
    (tmp_path / "appendonly.aof").write_bytes(command)
    with redis_child(tmp_path) as url, redis.Redis.from_url(url, decode_responses=True) as client:
        assert client.get("alarm") == "09:00"
