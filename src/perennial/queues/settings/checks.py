"""What an owner may ask of a queue: the ranges of its settings. Each function raises InvalidInput beyond them."""

import unicodedata
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, NamedTuple

from perennial.core.errors import InvalidInput
from perennial.core.states import MissedRuns
from perennial.core.texts import is_invisible
from perennial.queues.recurrence.columns import INTERVAL_DAYS_MAX, INTERVAL_DAYS_MIN, dates_text

MAX_EXECUTIONS_LIMIT = 1_000_000_000
QUEUE_NAME_LENGTH_MAX = 100
EXCLUDED_DATES_MAX = 366
WITHIN_MINUTES_MAX = 525_600


class MissedRunsGiven(NamedTuple):
    """What an owner says about missed occurrences: the policy, and how late the latest may be with RUN_IF_WITHIN."""

    policy: MissedRuns
    within_minutes: int | None = None


# Columns that cannot be null, with their fields.
_NEEDED = {"next_scheduled_time": "nextScheduledTime", "on_duplicate": "onDuplicate"}


def checked_columns(given: Mapping[str, Any], execution_count: int) -> dict[str, Any]:
    """The columns for these settings, each of which is checked by itself; `execution_count` is that of the queue.

    `excluded_dates` are dates or None, and `missed_runs` is MissedRunsGiven or None, which is the default.
    """
    columns = dict(given)
    for column, field in _NEEDED.items():
        if column in given and given[column] is None:
            raise InvalidInput(field, "This field cannot be null. Leave it out to keep its value.")
    if (interval := given.get("interval")) is not None:
        _check_interval(interval)
    if "max_executions" in given:
        _check_max_executions(given["max_executions"], execution_count)
    if (name := given.get("name")) is not None:
        check_line("name", name, QUEUE_NAME_LENGTH_MAX)
    if "excluded_dates" in given:
        columns["excluded_dates"] = _excluded_dates(given["excluded_dates"] or ())
    if "missed_runs" in given:
        policy, minutes = given["missed_runs"] or MissedRunsGiven(MissedRuns.RUN_LATEST)
        _check_within(policy, minutes)
        columns |= {"missed_runs": policy, "missed_within_minutes": minutes}
    return columns


def check_line(field: str, text: str, length_max: int) -> None:
    """Checks a text that is shown on one line."""
    if not 1 <= len(text) <= length_max:
        raise InvalidInput(field, f"The text must have from 1 to {length_max} characters.")
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text):
        raise InvalidInput(field, "The text is one line: no control characters, and no halves of surrogate pairs.")
    if is_invisible(text):
        raise InvalidInput(field, "The text needs a character that can be seen.")


def _check_interval(interval: int) -> None:
    if not INTERVAL_DAYS_MIN <= interval <= INTERVAL_DAYS_MAX:
        raise InvalidInput("interval", f"The interval must be from {INTERVAL_DAYS_MIN} to {INTERVAL_DAYS_MAX:,} days.")


def _check_max_executions(max_executions: int | None, execution_count: int) -> None:
    if max_executions is None:
        return
    if not 1 <= max_executions <= MAX_EXECUTIONS_LIMIT:
        raise InvalidInput(
            "maxExecutions", f"The maximum must be from 1 to {MAX_EXECUTIONS_LIMIT:,}, or null for no end."
        )
    if max_executions <= execution_count:
        raise InvalidInput(
            "maxExecutions", f"The queue's executionCount is {execution_count:,}, so the maximum must be higher."
        )


def _excluded_dates(dates: Collection[date]) -> str | None:
    """The dates as the column has them."""
    if len(set(dates)) > EXCLUDED_DATES_MAX:
        raise InvalidInput("excludedDates", f"A queue has at most {EXCLUDED_DATES_MAX} excluded dates.")
    return dates_text(dates)


def _check_within(policy: MissedRuns, minutes: int | None) -> None:
    if policy != MissedRuns.RUN_IF_WITHIN:
        if minutes is not None:
            raise InvalidInput("missedRuns.withinMinutes", "Only RUN_IF_WITHIN takes minutes: leave them out.")
        return
    if minutes is None or not 1 <= minutes <= WITHIN_MINUTES_MAX:
        raise InvalidInput(
            "missedRuns.withinMinutes",
            f"RUN_IF_WITHIN needs the minutes by which the latest may be late, from 1 to {WITHIN_MINUTES_MAX:,}.",
        )
