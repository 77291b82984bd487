"""The evenings of README.md and docs/evening.md run when their blocks are pasted into a shell, one after the other."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from support.embedded import serving
from support.processes import ROOT, clean_environment, free_port, until

ALL_MAX_SECONDS = 300


def blocks(text: str) -> list[str]:
    """The blocks of shell in a document."""
    return re.findall(r"^```bash\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


FIRST = blocks((ROOT / "README.md").read_text().partition("## A first evening")[2])
LONGER = blocks((ROOT / "docs/evening.md").read_text())
REPEATED = blocks((ROOT / "docs/errors.md").read_text())


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What each block prints, as the JSON that is in it."""
    folder: Path = tmp_path_factory.mktemp("evening")
    address = f"127.0.0.1:{(port := free_port())}"
    mark = "the next block\n"
    pasted = f"printf '{mark[:-1]}\\n'\n".join([*FIRST, *LONGER, *REPEATED]).replace("127.0.0.1:8000", address)
    with serving(folder / "var", port):
        until(lambda: urlopen(f"http://{address}/readyz").status == 200, "ready")
        shell = subprocess.run(
            ["bash", "-u"],
            input=pasted,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=clean_environment(),
            timeout=ALL_MAX_SECONDS,
            check=False,
        )
    return [objects(part) for part in shell.stdout.split(mark)]


def objects(text: str) -> list[Any]:
    """All JSON objects in what a shell printed; whatever else it said is a complaint."""
    found, rest = [], re.sub(r"^(event: .*|data: ?|:.*)", "", text, flags=re.MULTILINE).strip()
    while rest:
        assert rest.startswith("{"), f"the shell complains: {rest[:500]}"
        value, end = json.JSONDecoder().raw_decode(rest)
        found.append(value)
        rest = rest[end:].strip()
    return found


def news(answers: list[Any]) -> list[tuple[str, str]]:
    """What a subscription said: platform and status."""
    told = [one["data"]["publicationUpdated"] for one in answers if "publicationUpdated" in (one.get("data") or {})]
    return [(one["platform"], one["status"]) for one in told]


def test_every_operation_succeeds_but_bobs(printed):
    refused = [one["errors"][0]["extensions"]["code"] for block in printed for one in block if "errors" in one]
    assert refused == ["NOT_FOUND"]
    assert len(printed) == len(FIRST) + len(LONGER) + len(REPEATED)


def test_the_first_evening_is_connect_write_queue_watch_ledger_ahead_pause(printed):
    _, connected, written, watched, ledger, ahead, paused = printed[: len(FIRST)]
    assert [payload["account"]["status"] for payload in connected[0]["data"].values()] == ["ACTIVE", "ACTIVE"]
    assert written[0]["data"]["createPost"]["post"]["status"] == "DRAFT"
    assert {("X", "PUBLISHED"), ("LINKEDIN", "PUBLISHED")} <= set(news(watched))
    (row,) = ledger[0]["data"]["queue"]["executions"]["nodes"]
    assert (row["outcome"], row["post"]["status"]) == ("EXECUTED", "PUBLISHED")
    assert "X: published" in row["explanation"]
    assert [one["obstacles"] for one in ahead[0]["data"]["upcoming"]["nodes"]] == [[]] * 3
    assert [payload["queue"]["status"] for one in paused for payload in one["data"].values()] == ["PAUSED", "ACTIVE"]


def test_the_longer_evening_says_why_a_post_did_not_go_out_and_what_comes_after_a_skip_and_a_move(printed):
    payloads = [payload for block in printed for answer in block for payload in (answer.get("data") or {}).values()]
    queues = [payload["queue"] for payload in payloads if isinstance(payload, dict) and payload.get("queue")]
    (why,) = [row for queue in queues if "executions" in queue for row in queue["executions"]["nodes"]]
    assert (why["outcome"], why["reason"]) == ("SKIPPED", "PAUSED")
    assert why["explanation"].endswith("the queue was paused.")
    steered, turns = [queue["upcoming"] for queue in queues if "upcoming" in queue]
    assert [(one["localTime"], one["skipped"], one["movedFrom"]) for one in steered] == [
        ("2030-01-01T09:00:00", False, None),
        ("2030-01-15T09:00:00", True, None),
        ("2030-01-30T18:00:00", False, "2030-01-29T08:00:00.000Z"),
        ("2030-02-12T09:00:00", False, None),
    ]
    assert [one["localTime"][8:10] for one in turns] == ["02", "04", "07", "09"]
    first, second = (one["post"]["publications"] for one in turns[:2])
    assert [one["post"]["publications"] for one in turns] == [first, second, first, second]
    assert first != second


def test_the_longer_evening_pauses_all_queues_and_runs_one_that_is_paused(printed):
    answers = [one.get("data") or {} for block in printed for one in block]
    (both,) = [one for one in answers if "pauseAllQueues" in one]
    assert (both["pauseAllQueues"]["count"], both["resumeAllQueues"]["count"]) == (1, 1)
    (run,) = [one["runQueueNow"] for one in answers if "runQueueNow" in one]
    assert run["execution"]["extra"]
    assert run["queue"] == {"status": "PAUSED", "executionCount": 1}


def test_a_pause_that_ends_and_a_token_that_expires_before_the_post_is_due_are_warned_of(printed):
    answers = [one.get("data") or {} for block in printed for one in block]
    payloads = [payload for answer in answers for payload in answer.values() if isinstance(payload, dict)]
    warned = [warning["code"] for payload in payloads for warning in payload.get("warnings", [])]
    assert warned == ["PAUSES_THAT_END", "TOKEN_EXPIRES", "TOKEN_EXPIRES"]


def test_what_is_in_doubt_is_found_before_the_evening_is_over(printed):
    statuses = [status for block in printed[len(FIRST) :] for _, status in news(block)]
    assert statuses[-2:] == ["UNCONFIRMED", "PUBLISHED"]


def test_a_request_that_is_repeated_makes_one_post(printed):
    first, second = printed[-1]
    assert first["data"] == second["data"]
