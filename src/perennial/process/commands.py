"""The one door of every command: reads the settings, configures the log, and says in one line what cannot work."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from perennial.core.errors import MigrationError, SettingsError
from perennial.observe import logs, stray_errors
from perennial.observe.logs import get_logger
from perennial.settings import Settings

log = get_logger(__name__)


def run_command(main: Callable[[Settings], None]) -> None:
    """Calls `main` with the settings.

    What cannot work ends the process with exit code 1 and one line on standard error, which names the setting and says
    what to do. A fault of ours is logged whole, as `process.failed`, and ends it with exit code 1 too.
    """
    settings = None
    try:
        settings = Settings.load()
        logs.configure(json_lines=settings.json_logs, level=settings.log_level)
        stray_errors.catch()
        _log_names()
        main(settings)
    except (SettingsError, MigrationError) as error:
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


def _log_names() -> None:
    for name, meant in Settings.unknown_variables(os.environ).items():
        log.warning("setting.unknown", variable=name, **({"meant": meant} if meant else {}))
    for name, used in Settings.injected_variables(os.environ).items():
        log.info("setting.passed_over", variable=name, used=used, reason="a Kubernetes Service of this name set it")


def _is_below(file: object, folder: Path) -> bool:
    return isinstance(file, str | Path) and Path(file).resolve().is_relative_to(folder.resolve())


def _end(message: str) -> NoReturn:
    sys.exit(f"perennial: {' '.join(message.split())}")
