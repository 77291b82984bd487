"""docs/api.md told: its examples sent one after the other, as a reader does who fills in what stands in angle brackets.

A mutation is sent once. A query is asked until it is answered what the page shows. Subscriptions, and curl where it
follows one, are listened to from their place on to the end of their topic, where they have said what the page shows.
"""

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import httpx2

from perennial.core.instants import instant
from support.pages.api_page import Example
from support.processes import WAIT_SECONDS, clean_environment
from support.story import eventually, soon

_TIME = re.compile(r"<(in )?(an?|\d+) (second|minute|hour|day)s?( ago)?>")
_PLATFORMS = {"X": "X", "LINKEDIN": "LinkedIn"}


@dataclass
class Story:
    """The page's story as one user lives it: `http` sends with their token, and each snippet begins with `shell`.

    `names` has what the answers so far put behind the names in angle brackets, and `told` what has been done.
    """

    http: httpx2.AsyncClient
    shell: str
    names: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    async def tell(self, topic: list[Example]) -> None:
        """Does what the examples of a topic show. Raises AssertionError if one goes otherwise."""
        async with asyncio.TaskGroup() as listening:
            for one in topic:
                if one.kind == "subscription" or "event-stream" in one.code:
                    begun = asyncio.Event()
                    listening.create_task(self._listen(one, begun))
                    await begun.wait()
                elif one.kind == "query":
                    await eventually(partial(self._look, one), f"{one.heading}: {one.answer}")
                else:
                    answer = await (self._run(one) if one.kind == "bash" else self._ask(one))
                    assert is_shown(one, answer), f"{one.heading}: {answer}"
                self.told.append(one.kind)

    async def _look(self, one: Example) -> bool:
        answer = await self._ask(one)
        assert one.answer or is_shown(one, answer), f"{one.heading}: {answer}"
        return is_shown(one, answer)

    async def _ask(self, one: Example) -> Any:
        body = {"query": one.code, "variables": self.filled(one.variables)}
        answer = (await self.http.post("/graphql", json=body)).json()
        self.names |= dict(named(answer))
        return answer

    async def _run(self, one: Example) -> Any:
        """What a snippet of shell prints: the last line, if that is JSON."""
        process = await self._bash(one)
        printed, complaints = await process.communicate()
        assert process.returncode == 0, complaints.decode()
        lines = printed.decode().split("\n")
        return json.loads(lines[-1]) if lines[-1] else {}

    async def _bash(self, one: Example) -> asyncio.subprocess.Process:
        to = asyncio.subprocess.PIPE
        command = ("bash", "-euc", self.shell + one.code)
        return await asyncio.create_subprocess_exec(
            *command, stdout=to, stderr=to, env=clean_environment(), start_new_session=True
        )

    async def _listen(self, one: Example, begun: asyncio.Event) -> None:
        lines = self._lines_of_bash(one, begun) if one.kind == "bash" else self._lines(one, begun)
        heard = []
        async with asyncio.timeout(WAIT_SECONDS), aclosing(lines):
            async for line in lines:
                if line.startswith("data: {"):
                    heard.append(json.loads(line.removeprefix("data: ")))
                    if is_shown(one, heard[-1]):
                        return
        raise AssertionError(f"{one.heading}: {one.answer} was not among {heard}")

    async def _lines(self, one: Example, begun: asyncio.Event) -> AsyncGenerator[str, None]:
        body = {"query": one.code, "variables": self.filled(one.variables)}
        accept = {"Accept": "text/event-stream"}
        async with self.http.stream("POST", "/graphql", json=body, headers=accept) as answer:
            begun.set()
            async for line in answer.aiter_lines():
                yield line

    async def _lines_of_bash(self, one: Example, begun: asyncio.Event) -> AsyncGenerator[str, None]:
        process = await self._bash(one)
        assert process.stdout is not None
        begun.set()
        try:
            async for line in process.stdout:
                yield line.decode()
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()

    def filled(self, value: Any) -> Any:
        """The variables with what stands in angle brackets filled in."""
        if isinstance(value, dict):
            return {name: self.filled(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.filled(one) for one in value]
        if isinstance(value, str) and value.startswith("<"):
            return time_of(value) or self.names[value.strip("<>")]
        return value


def time_of(words: str) -> str | None:
    """The time that is meant by `<in an hour>` or `<10 minutes ago>`; None if this is no time."""
    found = _TIME.fullmatch(words)
    if found is None:
        return None
    before, number, unit, ago = found.groups()
    assert bool(before) != bool(ago), words
    ahead = timedelta(**{f"{unit}s": 1 if number.startswith("a") else int(number)})
    return instant(soon(0) + (ahead if before else -ahead))


def named(answer: Any) -> Iterator[tuple[str, str]]:
    """What the page calls by a name after this answer: ids by the field that has them, cursors, and next times."""
    for name, value in answer.items() if isinstance(answer, dict) else ():
        if name in {"endCursor", "nextScheduledTime"}:
            yield name, value
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and "id" in one:
                yield name, one["id"]
                if "platform" in one:
                    yield f"{name.removesuffix('s')} on {_PLATFORMS[one['platform']]}", one["id"]
            yield from named(one)


def is_shown(one: Example, answer: Any) -> bool:
    """Whether the answer is as the page shows it, with just those errors; where it shows none, it has no errors."""
    return matches({"errors": []} | (one.answer or {}), {"errors": []} | answer)


def matches(shown: Any, answer: Any) -> bool:
    """Whether an answer is what the page shows of it: an object may have more fields, but a list no more entries."""
    if isinstance(shown, dict):
        return isinstance(answer, dict) and all(
            name in answer and matches(one, answer[name]) for name, one in shown.items()
        )
    if isinstance(shown, list):
        return isinstance(answer, list) and len(shown) == len(answer) and all(map(matches, shown, answer))
    return bool(shown == answer)
