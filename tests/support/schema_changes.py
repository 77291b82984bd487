"""`python -m support.schema_changes`: what of the API changed since the last release, and since the last commit.

What breaks a client's operations has to be named in CHANGELOG.md, under `## [Unreleased]` and there `### Breaking`, by
its schema coordinate in code quotes: `Post.status`, `Query.posts(first:)`. What may surprise a client is only told.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from graphql import GraphQLError, GraphQLSchema, build_schema, resolve_schema_coordinate
from graphql.utilities import BreakingChangeType, DangerousChangeType, find_schema_changes
from graphql.utilities.find_schema_changes import SchemaChange

from perennial.api.graphql.schema import schema
from support.processes import ROOT

BASELINE = "docs/schema-baseline.graphql"  # `make baseline`, at a release

# For graphql-core these are merely dangerous; but the same operation then means something else, or wants a value more.
MEANS_ANOTHER = {DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE, DangerousChangeType.INPUT_FIELD_DEFAULT_VALUE_CHANGE}


def main() -> None:
    """Tells what may surprise clients. Exits with 1 where something breaks them and the changelog does not name it."""
    said = announced((ROOT / "CHANGELOG.md").read_text())
    surprising: dict[str, str] = {}
    breaking: dict[str, str] = {}
    for since, old in baselines(ROOT):
        # What is told of the release is not told once more of the commit.
        surprising = dict.fromkeys(dangerous(old, schema.as_str()), since) | surprising
        breaking = dict.fromkeys(unannounced(old, schema.as_str(), said), since) | breaking
    for change, since in surprising.items():
        print(f"may surprise clients, {since}: {change}")  # noqa: T201
    if breaking:
        lines = [f"breaks clients, {since}: {change}" for change, since in breaking.items()]
        sys.exit("\n".join([*lines, "Name these, if they are meant, in CHANGELOG.md under [Unreleased], Breaking."]))


def baselines(root: Path) -> Iterator[tuple[str, str]]:
    """The schemas that the present one is compared with: the last release's, and the committed one where git has it."""
    yield "since the last release", (root / BASELINE).read_text()
    try:
        command = ["git", "show", "HEAD:./schema.graphql"]
        committed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return
    if committed.returncode == 0:
        yield "since the last commit", committed.stdout


def announced(changelog: str) -> set[str]:
    """The coordinates that stand under Breaking, in the part that is not released yet."""
    return set(re.findall(r"`([^`]+)`", _part(_part(changelog, "## [Unreleased]"), "### Breaking")))


def unannounced(old: str, new: str, said: set[str]) -> list[str]:
    """The breaking changes whose coordinates are not among those that were said, each with its coordinate."""
    before, after = build_schema(old), build_schema(new)
    found = [(change, coordinate(change, before, after)) for change in find_schema_changes(before, after)]
    return [f"{change.description} `{where}`" for change, where in found if _is_breaking(change) and where not in said]


def dangerous(old: str, new: str) -> list[str]:
    """What breaks no operation, and may surprise who wrote one: a new value of an enum, a new optional argument."""
    found = find_schema_changes(build_schema(old), build_schema(new))
    of_kind = [change for change in found if isinstance(change.type, DangerousChangeType)]
    return [change.description for change in of_kind if not _is_breaking(change)]


def coordinate(change: SchemaChange, *schemas: GraphQLSchema) -> str:
    """What the change is about: the first in its description that one of the schemas knows."""
    words = re.findall(r"@?\w+(?:\.\w+)?(?:\(\w+:\))?", change.description)
    return next((word for word in words if any(_knows(schema, word) for schema in schemas)), change.description)


def _part(text: str, heading: str) -> str:
    """What stands below the heading, up to the next one of its level; nothing where there is none."""
    level = heading.partition(" ")[0]
    found = re.search(rf"^{re.escape(heading)}\n(.*?)(?=^{level} |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def _is_breaking(change: SchemaChange) -> bool:
    return isinstance(change.type, BreakingChangeType) or change.type in MEANS_ANOTHER


def _knows(schema: GraphQLSchema, word: str) -> bool:
    try:
        return resolve_schema_coordinate(schema, word) is not None
    except (GraphQLError, TypeError):  # no coordinate at all, or one of something that is not there
        return False


if __name__ == "__main__":
    main()
