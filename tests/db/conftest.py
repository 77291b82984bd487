"""A schema that is one step ahead of the present one."""

import shutil
from pathlib import Path

import pytest
from support.processes import ROOT
from support.stores.next_migration import MORE, NAME


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """The migrations as they will be after the next change of the schema."""
    folder = tmp_path / "later"
    shutil.copytree(ROOT / "migrations", folder)
    (folder / "models" / NAME).write_text(MORE)
    return folder


@pytest.fixture
def next_migration(later: Path) -> Path:
    """The file of that next change, in which a test writes its own; `later` is the folder above."""
    return later / "models" / NAME
