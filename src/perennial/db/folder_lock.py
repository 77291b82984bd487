"""One process at a time: SQLite and the Redis child in a folder have one master."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from perennial.core.errors import SettingsError


@contextmanager
def exclusive_folder(folder: Path) -> Iterator[None]:
    """Holds the folder for this process alone. Raises SettingsError where another one has it, or none can be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"PERENNIAL_VAR_DIR {folder} cannot be a folder: {error.strerror}") from None
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError(
                f"PERENNIAL_VAR_DIR {folder} is in use by another Perennial: stop it, or name another folder"
            ) from None
        yield
