"""`python -m fuzz`: runs the embedded server on a folder of its own, and schemathesis against it for FUZZ_SECONDS.

Exits with 1 where an answer is a bug, where the server's log tells of one, and where the run reached too little to say
anything. FUZZ_SEED makes it another run.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from graphql import GraphQLObjectType
from support.api import User
from support.embedded import login, serving, visiting
from support.processes import ROOT, clean_environment, free_port
from support.publishing import on
from support.story import Site, eventually, soon

from perennial.api.graphql.extensions.known_documents import core_schema
from perennial.api.graphql.schema import schema

SCHEMATHESIS = ROOT / ".venv-fuzz" / "bin" / "schemathesis"
# What has to be answered at least once; others have to succeed. Few publications are in trouble, and not for long; few
# occurrences are skipped or moved, and to run a queue at once takes an account, which may have been disconnected.
REACHED = {
    "Mutation.retryPublication": ["OK", "CONFLICT"],
    "Mutation.confirmPublication": ["OK", "CONFLICT"],
    "Mutation.restoreOccurrence": ["OK", "CONFLICT"],
    "Mutation.runQueueNow": ["OK", "CONFLICT"],
}
BUGS = re.compile(r"\[(?:error|critical) *\]|Traceback|graphql\.failed")


def main() -> None:
    """Fuzzes, and says what came of it."""
    with tempfile.TemporaryDirectory(prefix="perennial-fuzz-") as folder:
        complaints = asyncio.run(_fuzz(Path(folder)))
    sys.exit("\n".join(f"fuzz: {one}" for one in complaints) if complaints else 0)


async def _fuzz(folder: Path) -> list[str]:
    """What there is to complain of."""
    port = free_port()
    with serving(folder / "var", port, PERENNIAL_POINTS_PER_MINUTE="0"):
        async with visiting(port) as site:
            alice = await login(site, "alice")
            known = await _in_trouble(site, alice)
            code = await asyncio.to_thread(_schemathesis, folder, port, alice, known)
            is_up = await site.says(database="up", redis="up", worker="up")
    return [
        *(["schemathesis found something, see above"] if code else []),
        *_missed(folder),
        *_logged(folder),
        *([] if is_up else ["the server is not what it was"]),
    ]


async def _in_trouble(site: Site, alice: User) -> dict[str, list[str]]:
    """Publications that can be retried, and such as can be confirmed: those that no platform took as it should."""
    posts = [await alice.create_post(x=f"X {number}", linkedin=f"LinkedIn {number}") for number in range(20)]
    for fault in ({"platform": "X", "status": 403}, {"platform": "LINKEDIN", "status": 500}):
        await site.platforms.post("/sandbox/faults", json={**fault, "user": alice.name, "times": len(posts)})
    for post in posts:
        await alice.schedule_post(post["id"], soon(1))

    async def those(platform: str, status: str) -> list[str]:
        found: list[Any] = [await on(alice, post, platform) for post in posts]
        return [one["id"] for one in found if one["status"] == status]

    async def settled() -> bool:
        return len(await those("X", "FAILED")) + len(await those("LINKEDIN", "UNCONFIRMED")) == 2 * len(posts)

    await eventually(settled, "publications are in trouble")
    doubts = await those("LINKEDIN", "UNCONFIRMED")
    return {
        "Mutation.retryPublication": await those("X", "FAILED"),
        "Mutation.confirmPublication": doubts,
        "Mutation.withdrawConfirmation": doubts,
    }


def _schemathesis(folder: Path, port: int, alice: User, known: dict[str, list[str]]) -> int:
    seconds, seed = os.environ.get("FUZZ_SECONDS", "60"), os.environ.get("FUZZ_SEED", "1")
    print(f"{seconds} seconds of schemathesis, FUZZ_SEED={seed}", flush=True)  # noqa: T201
    command: list[str] = [
        *(str(SCHEMATHESIS), "--no-color", "run", str(ROOT / "schema.graphql")),
        *("--url", f"http://127.0.0.1:{port}/graphql", "--header", f"Authorization: Bearer {alice.token}"),
        *("--max-time", seconds, "--seed", seed, "--generation-database", "none", "--warnings", "off"),
        *("--checks", "no_bug,response_schema_conformance,negative_data_rejection", "--suppress-health-check", "all"),
    ]
    environment = {
        **clean_environment(),
        "SCHEMATHESIS_HOOKS": "fuzz.hooks",
        "PYTHONPATH": str(ROOT / "tests"),
        "FUZZ_USER": alice.name,
        "FUZZ_KNOWN": json.dumps(known),
        "FUZZ_REPORT": str(folder / "report.json"),
    }
    return subprocess.run(command, check=False, cwd=folder, env=environment).returncode


def _missed(folder: Path) -> list[str]:
    """The operations of which the run says nothing; prints how often each was answered how."""
    report = folder / "report.json"
    outcomes: dict[str, int] = json.loads(report.read_text()) if report.exists() else {}
    answers = {name: Counter[str]() for name in _operations()}
    for outcome, times in outcomes.items():
        name, code = outcome.split()
        answers[name][code] += times
    total = sum(answers.values(), Counter[str]())
    for name, codes in {f"{total.total()} requests": total, **answers}.items():
        print(f"{name:30}{', '.join(f'{code} {times}' for code, times in codes.most_common())}")  # noqa: T201
    missed = [name for name, codes in answers.items() if not any(codes[code] for code in REACHED.get(name, ["OK"]))]
    return [f"{name} has not succeeded once: this run says nothing of it" for name in missed]


def _operations() -> list[str]:
    core = core_schema(schema)
    types: list[GraphQLObjectType | None] = [core.query_type, core.mutation_type]
    return [f"{one.name}.{field}" for one in types if one for field in one.fields]


def _logged(folder: Path) -> list[str]:
    """How the server's log begins to tell of a bug."""
    lines = (folder / "var.log").read_text().splitlines()
    first = next((place for place, line in enumerate(lines) if BUGS.search(line)), None)
    return [] if first is None else ["\n".join(["in the server's log:", *lines[first : first + 40]])]


if __name__ == "__main__":
    main()
