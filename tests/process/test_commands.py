"""The door of every command: what it says before the work, and how it ends when the work cannot be done."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from perennial.core.errors import MigrationError, SettingsError
from perennial.observe import logs
from perennial.process.commands import run_command
from perennial.settings import Settings

Lines = list[Any]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """What is logged, in place of what would be written to standard error."""
    monkeypatch.setattr(logs, "configure", lambda **_: None)
    with structlog.testing.capture_logs() as lines:
        yield lines


def raising(error: BaseException) -> Callable[[Settings], None]:
    def main(_settings: Settings) -> None:
        raise error

    return main


@pytest.fixture(autouse=True)
def _no_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["perennial"])


def end(main: Callable[[Settings], None]) -> Any:
    """The exit code."""
    with pytest.raises(SystemExit) as ended:
        run_command(main)
    return ended.value.code


@pytest.mark.parametrize("kind", [SettingsError, MigrationError])
def test_what_cannot_work_is_one_line_whatever_the_error_says(
    log: Lines, kind: type[Exception], capsys: pytest.CaptureFixture[str]
) -> None:
    assert end(raising(kind("PERENNIAL_PORT: one line,\nand another"))) == 1
    assert capsys.readouterr() == ("", "perennial: PERENNIAL_PORT: one line, and another\n")
    assert log == []


def test_an_argument_is_wrong_usage_and_nothing_is_done(
    log: Lines, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["perennial", "--dry-run"])
    assert end(raising(AssertionError("it is called all the same"))) == 2
    assert capsys.readouterr().err.startswith("perennial: this takes no arguments")
    assert log == []


def test_a_fault_of_ours_is_logged_whole(log: Lines) -> None:
    assert end(raising(RuntimeError("a fault"))) == 1
    (line,) = log
    assert (line["event"], line["log_level"], line["exc_info"]) == ("process.failed", "error", True)


def test_so_is_an_error_of_the_system_that_has_to_do_with_no_setting(log: Lines, tmp_path: Path) -> None:
    assert end(raising(PermissionError(13, "Permission denied", str(tmp_path / "elsewhere")))) == 1
    assert log[0]["event"] == "process.failed"


def test_a_file_of_the_embedded_mode_that_cannot_be_used_names_its_folder(
    log: Lines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PERENNIAL_VAR_DIR", str(tmp_path))
    assert end(raising(PermissionError(13, "Permission denied", str(tmp_path / "token.key")))) == 1
    line = f"perennial: PERENNIAL_VAR_DIR: {tmp_path / 'token.key'} cannot be used: Permission denied\n"
    assert capsys.readouterr().err == line
    assert log == []


def test_an_interrupt_is_no_fault(log: Lines) -> None:
    assert end(raising(KeyboardInterrupt())) == 130
    assert log == []


def test_names_that_are_no_settings_and_what_a_service_has_set_are_logged_once(
    log: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"PERENNIAL_PROT": "1", "PERENNIAL_COLOUR": "red", "PERENNIAL_WORKER_PORT": "tcp://10.43.7.63:9100"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    seen: list[int] = []
    run_command(lambda settings: seen.append(settings.worker_port))
    assert seen == [0]
    assert [(line["event"], line["variable"], line.get("meant"), line.get("used")) for line in log] == [
        ("setting.unknown", "PERENNIAL_COLOUR", None, None),
        ("setting.unknown", "PERENNIAL_PROT", "PERENNIAL_PORT", None),
        ("setting.passed_over", "PERENNIAL_WORKER_PORT", None, 0),
    ]
