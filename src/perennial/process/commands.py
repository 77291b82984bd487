"""The one door of every command: reads the settings, configures the log, and says in one line what cannot work."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, nullcontext
from pathlib import Path
from typing import NoReturn, TypeVar

from perennial.core.errors import CommandError, MigrationError, SettingsError
from perennial.db import connection
from perennial.db.folder_lock import exclusive_folder
from perennial.db.starting.preparing import prepare
from perennial.db.starting.refusals import naming
from perennial.observe import logs, stray_errors
from perennial.observe.logs import get_logger
from perennial.settings import Settings

log = get_logger(__name__)

T = TypeVar("T")
CANNOT_WORK, WRONG = 1, 2  # exit codes: what was started cannot work; it was started in a wrong way


def run_command(main: Callable[[Settings], None], *, arguments_are_read: bool = False) -> None:
    """Calls `main` with the settings.

    What cannot work ends the process with exit code 1 and one line on standard error, which names the setting and says
    what to do. Arguments end it with exit code 2 and such a line, unless the command has some and has read them. A
    fault of ours is logged whole, as `process.failed`, and ends it with exit code 1 too.
    """
    settings = None
    if sys.argv[1:] and not arguments_are_read:
        _end("this takes no arguments: settings are environment variables; perennial --help shows the commands", WRONG)
    try:
        settings = Settings.load()
        logs.configure(json_lines=settings.json_logs, level=settings.log_level)
        stray_errors.catch()
        _log_names()
        main(settings)
    except (CommandError, SettingsError, MigrationError) as error:
        _end(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if settings is None:  # so that no log is configured either
            raise
        if isinstance(error, OSError) and settings.embedded and _is_below(error.filename, settings.var_dir):
            _end(f"PERENNIAL_VAR_DIR: {error.filename} cannot be used: {error.strerror}")
        log.exception("process.failed")
        sys.exit(1)


def run_on_database(settings: Settings, work: Callable[[], Awaitable[T]]) -> T:
    """Runs a command's work on the configured database, which it opens; returns its result.

    Raises SettingsError, in the embedded mode also where there is no database, or where its process is running.
    """
    if settings.embedded and not (settings.var_dir / connection.SQLITE_FILE).exists():
        raise SettingsError(f"PERENNIAL_VAR_DIR: there is no database in {settings.var_dir}")
    with exclusive_folder(settings.var_dir) if settings.embedded else nullcontext():
        return asyncio.run(_on_database(settings, work))


async def _on_database(settings: Settings, work: Callable[[], Awaitable[T]]) -> T:
    await prepare(settings)
    opening = connection.open_database(connection.config(settings))
    async with AsyncExitStack() as stack:
        with naming(settings):
            await stack.enter_async_context(opening)
        return await work()


def _log_names() -> None:
    for name, meant in Settings.unknown_variables(os.environ).items():
        log.warning("setting.unknown", variable=name, **({"meant": meant} if meant else {}))
    for name, used in Settings.injected_variables(os.environ).items():
        log.info("setting.passed_over", variable=name, used=used, reason="a Kubernetes Service of this name set it")


def _is_below(file: object, folder: Path) -> bool:
    return isinstance(file, str | Path) and Path(file).resolve().is_relative_to(folder.resolve())


def _end(message: str, code: int = CANNOT_WORK) -> NoReturn:
    sys.stderr.write(f"perennial: {' '.join(message.split())}\n")
    sys.exit(code)
