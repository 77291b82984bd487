"""Starts that cannot work, at every door, and how each of them has to end: an exit code and one line."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from subprocess import CompletedProcess

from support.environment import PRODUCTION
from support.processes import forked
from support.stores.refusing import PASSWORD

Command = tuple[str, ...]

SERVER, WORKER = ("server.py",), ("worker.py",)
MIGRATE, REENCRYPT = ("-m", "perennial.migrate"), ("-m", "perennial.reencrypt")
SANDBOX = ("-m", "perennial.sandbox")
DOORS = (SERVER, WORKER, MIGRATE, REENCRYPT)
# What the console script runs.
BY_WORDS = tuple(("-m", "perennial", word) for word in ("server", "worker", "migrate", "reencrypt"))
CANNOT_WORK, WRONG_USAGE = 1, 2
AT_ONCE = 3  # processes: most of their time they read Python's modules


@dataclass(frozen=True)
class Start:
    """A start that cannot work: what is run, with which settings, what its line has to say, and its exit code."""

    why: str
    command: Command
    environment: dict[str, str]
    says: tuple[str, ...]
    code: int = CANNOT_WORK


def at_every_door(why: str, environment: dict[str, str], *says: str, doors: Iterable[Command] = DOORS) -> list[Start]:
    """The same start at each of the doors that read settings; BY_WORDS are the same doors by another name."""
    return [Start(why, door, environment, says) for door in doors]


def production(database_url: str, **more: str) -> dict[str, str]:
    """A whole production on this database; its Redis is away, which keeps nothing from starting."""
    redis = {"REDIS_URL": f"redis://:{PASSWORD}@127.0.0.1:1/0", "PERENNIAL_PORT": "0"}
    return PRODUCTION | redis | {"DATABASE_URL": database_url} | more


async def complaints(starts: list[Start], run: Callable[..., "CompletedProcess[str]"] = forked) -> list[str]:
    """What is wrong with how these starts end. Python itself begins only where they are run by `completed`."""
    with ThreadPoolExecutor(AT_ONCE) as places:
        loop = asyncio.get_running_loop()
        ends = [loop.run_in_executor(places, lambda s=start: run(*s.command, **s.environment)) for start in starts]
        return [found for start, end in zip(starts, ends, strict=True) if (found := complaint(start, await end))]


def complaint(start: Start, end: "CompletedProcess[str]") -> str | None:
    """None if the process has ended as it should."""
    lines = end.stderr.splitlines()
    as_it_should = (
        end.returncode == start.code
        and not end.stdout
        and len(lines) == 1
        and lines[0].startswith("perennial: ")
        and all(words in lines[0] for words in start.says)
        and lines[0].count("DATABASE_URL is missing") <= 1
        and PASSWORD not in lines[0]
    )
    said = f"{end.returncode}: {end.stdout}{end.stderr}"
    return None if as_it_should else f"{start.why}: {' '.join(start.command)} ended with {said}"
