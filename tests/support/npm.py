"""What npm installed for tests/clients, and a folder in which its programs run; and where ariadne-codegen is."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from support.processes import ROOT, clean_environment

CLIENTS = ROOT / "tests/clients"
IS_THERE = bool(shutil.which("node")) and (CLIENTS / "node_modules").is_dir()
TOOLS_ARE_THERE = bool(shutil.which("node")) and (CLIENTS / "tools/node_modules").is_dir()
NO_NPM = "no npm: where there is one, `make clients` installs its clients"
ARIADNE = ROOT / ".venv-codegen/bin"
NO_ARIADNE = "no .venv-codegen: `make clients` sets it up"
SECONDS_MAX = 90


@dataclass(frozen=True)
class Workshop:
    """A folder of a session's own, from which Node finds the packages."""

    folder: Path

    @classmethod
    def of(cls, folder: Path) -> "Workshop":
        """The folder, furnished."""
        (folder / "node_modules").symlink_to(CLIENTS / "node_modules")
        for name in ("package.json", "tsconfig.json"):
            shutil.copy(CLIENTS / name, folder)
        return cls(folder)

    @classmethod
    def of_a_reader(cls, folder: Path, packages: Sequence[str]) -> "Workshop":
        """The folder as `npm install` of these packages leaves an empty one: they can be imported, and nothing else."""
        versions = json.loads((CLIENTS / "package.json").read_text())["dependencies"]
        dependencies = {name: versions[name] for name in packages}
        (folder / "package.json").write_text(json.dumps({"dependencies": dependencies}))
        for name in (*packages, ".bin"):
            (folder / "node_modules" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "node_modules" / name).symlink_to(CLIENTS / "node_modules" / name)
        return cls(folder)

    def run(self, *command: str, **environment: str) -> str:
        """Runs a program to its end; gives all that it printed. Fails, with that, where the program does."""
        done = subprocess.run(
            command,
            check=False,  # what it printed says more than its status
            cwd=self.folder,
            env={**clean_environment(), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS_MAX,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def tool(self, name: str, *arguments: str) -> str:
        """Runs a package's own program."""
        return self.run(f"node_modules/.bin/{name}", *arguments)
