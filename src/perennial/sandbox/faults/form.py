"""Reads the body of POST /faults: a fault, settings, or both."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from perennial.sandbox._settings import PLATFORMS, RateLimit
from perennial.sandbox.faults.faults import OPERATIONS, Fault

FAULT_KEYS = frozenset(field.name for field in fields(Fault))
SETTING_KEYS = frozenset({"duplicate_window_seconds", "rate_limit"})
SECONDS_MAX = 10 * 365 * 86_400
FRAMING_HEADERS = frozenset({"content-length", "transfer-encoding", "connection"})


class BadForm(Exception):
    """A body that is not valid: `key` is the key at fault, and the message says what is wrong with it."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f'"{key}" {reason}')
        self.key = key


@dataclass(frozen=True)
class FaultForm:
    """The changes that the body asks for. `settings` has only the keys that were given."""

    fault: Fault | None
    settings: Mapping[str, Any]


def read_form(body: Mapping[str, Any]) -> FaultForm:
    """Reads and checks the whole body. Raises BadForm."""
    for key in body:
        if key not in FAULT_KEYS | SETTING_KEYS:
            raise BadForm(key, "is not one of " + ", ".join(sorted(FAULT_KEYS | SETTING_KEYS)))
    settings = {key: _READERS[key](key, body[key]) for key in sorted(SETTING_KEYS & body.keys())}
    given = {key: _READERS[key](key, body[key]) for key in sorted(FAULT_KEYS & body.keys())}
    return FaultForm(_fault(given) if given else None, settings)


def _fault(given: Mapping[str, Any]) -> Fault:
    if "platform" not in given:
        raise BadForm("platform", "is missing: a fault belongs to X or LINKEDIN")
    fault = Fault(**given)
    if fault.close and fault.status:
        raise BadForm("close", "drops the connection without an answer, so there can be no status")
    if not (fault.status or fault.close or fault.rubbish or fault.delay_seconds):
        raise BadForm("status", 'is missing: without it, "close", "rubbish" or "delay_seconds", nothing would fail')
    return fault


def _one_of(*names: str) -> Callable[[str, Any], str]:
    def read(key: str, value: Any) -> str:
        if value not in names or not isinstance(value, str):
            raise BadForm(key, "must be one of " + ", ".join(names))
        return value

    return read


def _status(key: str, value: Any) -> int | None:
    if value is None or (_is_whole(value) and value == 0):
        return None
    if not (_is_whole(value) and 200 <= value <= 599):
        raise BadForm(key, "must be a status from 200 to 599, or null")
    return int(value)


def _times(key: str, value: Any) -> int:
    if not (_is_whole(value) and 1 <= value <= 1_000_000_000):
        raise BadForm(key, "must be a whole number of at least 1")
    return int(value)


def _seconds(key: str, value: Any) -> float:
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    if not (numeric and 0 <= value <= SECONDS_MAX):
        raise BadForm(key, "must be a number of seconds, 0 or more")
    return int(value) if isinstance(value, int) else float(value)


def _flag(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadForm(key, "must be true or false")
    return value


def _text(key: str, value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and value):
        raise BadForm(key, "must be a string that is not empty, or null")
    return value


def _headers(key: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise BadForm(key, "must be an object of strings")
    for name, text in value.items():
        if not re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", name, re.ASCII) or name.lower() in FRAMING_HEADERS:
            raise BadForm(key, "has a name that cannot be set")
        if not isinstance(text, str) or not re.fullmatch(r"(?:[!-~](?:[ -~]*[!-~])?)?", text):
            raise BadForm(key, "has a value that is not one line of ASCII")
    return value


def _rate_limit(key: str, value: Any) -> RateLimit | int | None:
    if isinstance(value, dict) and set(value) == set(PLATFORMS):
        return {name: _limit(key, value[name]) for name in PLATFORMS}
    return _limit(key, value)


def _limit(key: str, value: Any) -> int | None:
    if value is not None and not (_is_whole(value) and 0 <= value <= 1_000_000_000):
        raise BadForm(key, "must be a whole number, null for no limit, or an object with X and LINKEDIN")
    return value if value is None else int(value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_READERS: Mapping[str, Callable[[str, Any], Any]] = {
    "platform": _one_of(*PLATFORMS),
    "operation": _one_of(*OPERATIONS),
    "status": _status,
    "times": _times,
    "delay_seconds": _seconds,
    "after_accepting": _flag,
    "close": _flag,
    "rubbish": _flag,
    "user": _text,
    "token": _text,
    "headers": _headers,
    "body": lambda _, value: value,
    "duplicate_window_seconds": _seconds,
    "rate_limit": _rate_limit,
}
