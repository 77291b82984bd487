"""A lock on a folder, so that only one process uses the SQLite file and the Redis child in it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from perennial.core.errors import SettingsError


@contextmanager
def exclusive_folder(folder: Path) -> Iterator[None]:
    """Locks the folder for this process. Raises SettingsError if another has locked it, or it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise SettingsError(f"PERENNIAL_VAR_DIR {folder} cannot be written: {error.strerror}") from None
    with lock as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError(
                f"PERENNIAL_VAR_DIR {folder} is in use by another Perennial: stop it, or name another folder"
            ) from None
        yield
