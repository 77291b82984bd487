"""What breaks clients is named in the changelog, or does not pass; what may surprise them is told; the rest is free."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support import schema_changes
from support.processes import ROOT
from support.schema_changes import BASELINE, announced, baselines, dangerous, unannounced

from perennial.api.graphql.schema import schema

OLD = """
    directive @dear(cost: Int) on FIELD_DEFINITION
    type Query { plants(first: Int = 25, season: Season): [Plant!]! }
    type Plant { id: ID! name: String height: Int! }
    enum Season { SPRING AUTUMN }
    input Wish { season: Season! = SPRING, note: String }
    type Mutation { wish(input: Wish!): Plant! }
"""
BREAKING = [
    ("name: String height", "height", "Plant.name"),
    ("height: Int!", "height: Int", "Plant.height"),
    ("name: String", "name: [String]", "Plant.name"),
    ("SPRING AUTUMN", "SPRING", "Season.AUTUMN"),
    ("first: Int = 25, ", "", "Query.plants(first:)"),
    ("season: Season)", "season: Season, shape: Int!)", "Query.plants(shape:)"),
    ("first: Int = 25", "first: Int! = 25", "Query.plants(first:)"),
    ("first: Int = 25", "first: Int = 10", "Query.plants(first:)"),
    ("Season! = SPRING", "Season!", "Wish.season"),
    ("note: String", "note: String!", "Wish.note"),
    ("note: String", "note: String, size: Int!", "Wish.size"),
    ("type Mutation { wish(input: Wish!): Plant! }", "", "Mutation"),
    ("enum Season { SPRING AUTUMN }", "scalar Season", "Season"),
    ("@dear(cost: Int)", "@dear", "@dear(cost:)"),
    ("directive @dear(cost: Int) on FIELD_DEFINITION", "", "@dear"),
]
DANGEROUS = [
    ("SPRING AUTUMN", "SPRING AUTUMN WINTER", "Season.WINTER"),
    ("season: Season)", "season: Season, shape: Int)", "Query.plants(shape:)"),
    ("note: String", "note: String, size: Int", "Wish.size"),
]
HARMLESS = [
    ("name: String", "name: String!"),
    ("name: String", '"How people call it." name: String, age(in: Int): Int'),
    ("input: Wish!", "input: Wish"),
    ("enum Season", "type Tree { id: ID! } enum Season"),
]
CHANGELOG = """
## [Unreleased]

### Added

- `Plant.age`

### Breaking

- `Plant.name` is gone: ask for
  `Plant.title`.

### Fixed

- `Plant.height`

## [1.0.0]

### Breaking

- `Query.plants(first:)`
"""


def changed(before: str, after: str) -> str:
    assert OLD.count(before) == 1
    return OLD.replace(before, after)


@pytest.mark.parametrize(("before", "after", "where"), BREAKING)
def test_what_breaks_clients_does_not_pass_until_its_coordinate_is_named(before, after, where):
    new = changed(before, after)
    assert any(f"`{where}`" in line for line in unannounced(OLD, new, set()))
    assert not any(f"`{where}`" in line for line in unannounced(OLD, new, {where}))
    assert unannounced(OLD, new, {"Plant", "Query", "Wish"} - {where})


@pytest.mark.parametrize(("before", "after", "where"), DANGEROUS)
def test_what_may_surprise_clients_is_told_and_passes(before, after, where):
    (line,) = dangerous(OLD, changed(before, after))
    assert where in line
    assert unannounced(OLD, changed(before, after), set()) == []


@pytest.mark.parametrize(("before", "after"), HARMLESS)
def test_what_harms_nobody_passes_in_silence(before, after):
    assert dangerous(OLD, changed(before, after)) == unannounced(OLD, changed(before, after), set()) == []


def test_a_break_counts_as_named_under_breaking_in_the_unreleased_part_alone():
    assert announced(CHANGELOG) == {"Plant.name", "Plant.title"}
    assert announced(CHANGELOG.replace("### Breaking", "### Changed")) == set()
    assert announced("# Changelog\n") == set()


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")
def test_the_present_schema_is_compared_with_the_release_and_with_the_last_commit(tmp_path: Path):
    (tmp_path / BASELINE).parent.mkdir()
    (tmp_path / BASELINE).write_text("released")
    assert [old for _, old in baselines(tmp_path)] == ["released"]
    (tmp_path / "schema.graphql").write_text("committed")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "schema.graphql")
    git(tmp_path, "commit", "--quiet", "--message", "The schema")
    (tmp_path / "schema.graphql").write_text("being worked on")
    assert [old for _, old in baselines(tmp_path)] == ["released", "committed"]


def git(folder: Path, *command: str) -> None:
    identity = ["-c", "user.name=Alice", "-c", "user.email=alice@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *command], cwd=folder, check=True)


def test_the_command_tells_of_everything_once_and_fails_for_what_is_not_named(monkeypatch, capsys):
    bare = re.sub(r'"""[\s\S]*?"""', "", schema.as_str())
    old = bare.replace("  LINKEDIN\n", "").replace("type PageInfo {", "type PageInfo {\n  total: Int")
    both = [("since the last release", old), ("since the last commit", old)]
    monkeypatch.setattr(schema_changes, "baselines", lambda root: both)
    with pytest.raises(SystemExit, match=r"PageInfo\.total was removed\. `PageInfo\.total`\nName") as ended:
        schema_changes.main()
    told = [str(ended.value), capsys.readouterr().out]
    assert [words.count("since the last release: ") for words in told] == [1, 1]
    assert "Platform.LINKEDIN was added." in told[1]


def test_the_api_breaks_nobody_unnoticed():
    said = announced((ROOT / "CHANGELOG.md").read_text())
    for since, old in baselines(ROOT):
        assert unannounced(old, schema.as_str(), said) == [], since
