"""Settings of a queue that cannot be: each is refused with its field and a sentence that says what would be right."""

from collections.abc import Callable
from typing import Any

import pytest
from support.api import PAUSE_ALL_QUEUES, PAUSE_QUEUE, User
from support.clock import FakeClock

from perennial.queues.calendar.rules import parse_rule
from perennial.queues.calendar.zones import find_zone

from .conftest import BERLIN, CREATE, RESUME, UPDATE, Made

RULE = {"interval": None, "rule": "FREQ=WEEKLY;BYDAY=MO"}
DAILY = {"interval": None, "rule": "FREQ=DAILY"}
COUNTED_FROM_THE_LAST = (
    "With AFTER_EXECUTION the next occurrence is counted from the moment of the last: such a queue has an interval, "
    "and neither a rule nor a time zone."
)
ONE_LINE = "The text is one line: no control characters, and no halves of surrogate pairs."
MINUTES = "RUN_IF_WITHIN needs the minutes by which the latest may be late, from 1 to 525,600."
NO_MINUTES = "Only RUN_IF_WITHIN takes minutes: leave them out."
DATES = [f"{year}-{month:02}-{day:02}" for year in (2027, 2028) for month in range(1, 13) for day in range(1, 17)]
NONE_FOLLOWS = "After 2028-02-29 the rule has no day for 100 years: it is an occurrence that does not recur."
WRONG_RULES = [
    "FREQ=DAILY;COUNT=3",
    "FREQ=DAILY;UNTIL=20280101",
    "FREQ=DAILY;BYHOUR=9",
    "FREQ=HOURLY",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=DAILY;INTERVAL=1001",
    "FREQ=DAILY;" + 502 * "X",
    "",
]


def said_by(read: Callable[[str], object], text: str) -> str:
    """The sentence with which a zone or a rule is refused."""
    with pytest.raises(ValueError, match=r".+") as refused:
        read(text)
    return str(refused.value)


# What is given beside the post, in place of an interval of 7 days and Monday, 22 March 2027, 09:00 in Berlin.
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"rule": "FREQ=DAILY"}, "rule", "A queue has an interval or a rule: leave out one of them."),
    ({"interval": None}, "interval", "A queue needs an interval, in days, or a rule."),
    *(({"timezone": zone}, "timezone", said_by(find_zone, zone)) for zone in ("Europe/Berlim", "", "+01:00")),
    *((RULE | {"rule": rule}, "rule", said_by(parse_rule, rule)) for rule in WRONG_RULES),
    (
        RULE | {"rule": "FREQ=YEARLY;INTERVAL=99", "nextScheduledTime": "2028-02-29T08:00:00Z"},
        "rule",
        NONE_FOLLOWS,
    ),
    (
        RULE | {"nextScheduledTime": "2027-03-24T09:00:00+01:00"},
        "nextScheduledTime",
        "2027-03-24T09:00:00 in Europe/Berlin is no occurrence of the rule; the nearest are 2027-03-22T08:00:00.000Z "
        "(2027-03-22T09:00:00) and 2027-03-29T07:00:00.000Z (2027-03-29T09:00:00).",
    ),
    (
        RULE | {"timezone": None, "nextScheduledTime": "2027-03-02T12:00:00Z"},
        "nextScheduledTime",
        "2027-03-02T12:00:00 in UTC is no occurrence of the rule; the nearest are 2027-03-08T12:00:00.000Z "
        "(2027-03-08T12:00:00) and 2027-03-15T12:00:00.000Z (2027-03-15T12:00:00).",
    ),
    (
        DAILY | {"nextScheduledTime": "2027-10-31T02:30:00+01:00"},
        "nextScheduledTime",
        "The clocks of Europe/Berlin show 2027-10-31T02:30:00 twice, and a queue runs the first time, which is "
        "2027-10-31T00:30:00.000Z.",
    ),
    (
        {"endsAt": "2027-03-22T08:59:59+01:00"},
        "endsAt",
        "The queue's endsAt, 2027-03-22T07:59:59.000Z, is before its next occurrence, 2027-03-22T08:00:00.000Z: choose "
        "an end of 2027-03-22T08:00:00.000Z or later.",
    ),
    ({"interval": 3_651}, "interval", "The interval must be from 1 to 3,650 days."),
    ({"maxExecutions": 0}, "maxExecutions", "The maximum must be from 1 to 1,000,000,000, or null for no end."),
    ({"excludedDates": DATES}, "excludedDates", "A queue has at most 366 excluded dates."),
    ({"name": ""}, "name", "The text must have from 1 to 100 characters."),
    ({"name": 101 * "x"}, "name", "The text must have from 1 to 100 characters."),
    ({"name": "two\nlines"}, "name", ONE_LINE),
    ({"name": "half \ud83c"}, "name", ONE_LINE),
    ({"name": " \u2003 "}, "name", "The text needs a character that can be seen."),
    ({"missedRuns": {"policy": "RUN_IF_WITHIN"}}, "missedRuns.withinMinutes", MINUTES),
    ({"missedRuns": {"policy": "RUN_IF_WITHIN", "withinMinutes": 0}}, "missedRuns.withinMinutes", MINUTES),
    ({"missedRuns": {"policy": "RUN_IF_WITHIN", "withinMinutes": 525_601}}, "missedRuns.withinMinutes", MINUTES),
    ({"missedRuns": {"policy": "SKIP", "withinMinutes": 5}}, "missedRuns.withinMinutes", NO_MINUTES),
    ({"missedRuns": {"policy": "RUN_LATEST", "withinMinutes": 5}}, "missedRuns.withinMinutes", NO_MINUTES),
]
# Of another form than the schema has; the sentence is that of the scalar.
MALFORMED = [
    ({"excludedDates": ["24.12.2027"]}, "excludedDates"),
    ({"excludedDates": ["2027-02-30"]}, "excludedDates"),
    ({"excludedDates": ["2027-12-24T00:00:00Z"]}, "excludedDates"),
    ({"endsAt": "2027-12-24"}, "endsAt"),
    ({"missedRuns": {"policy": "NEVER"}}, "missedRuns"),
    ({"onDuplicate": None}, "onDuplicate"),
    ({"rule": 7}, "rule"),
]
BLANK = [" ", " \u2003 ", "\u200b", "\u200d \ufe0f", "\u3164", "\u2800", "\u00ad", "\u202e"]
SEEN = [".", "\u200b.\u200b", "🌱", "\u3164a", "❤\ufe0f"]
ONLY_WHEN_NEW = {"A queue needs an interval, in days, or a rule."}


async def test_a_setting_that_cannot_be_is_refused_for_a_new_queue(alice: User, made: Made) -> None:
    good = {"originalPostId": await made.post(), "interval": 7, **BERLIN}
    for given, field, message in REFUSED:
        refusal = await alice.refused(CREATE, input=good | given)
        assert (refusal.code, refusal.field, refusal.message) == ("BAD_USER_INPUT", field, message), given
    assert (await alice.do("{ queues { nodes { id } } }"))["nodes"] == []


async def test_a_setting_that_cannot_be_is_refused_for_an_old_queue_and_changes_nothing(
    alice: User, made: Made
) -> None:
    queue = await made.queue(interval=7, **BERLIN)
    for given, field, message in REFUSED:
        if message in ONLY_WHEN_NEW:
            continue
        whole = {"interval": 7, **BERLIN, **given}
        refusal = await alice.refused(UPDATE, input={"id": queue["id"], **whole})
        assert (refusal.code, refusal.field, refusal.message) == ("BAD_USER_INPUT", field, message), given
        assert await made.changed(queue) == queue


@pytest.mark.one_dialect
async def test_a_name_and_a_reason_have_a_character_that_can_be_seen(alice: User, made: Made) -> None:
    queue = await made.queue(interval=7, **BERLIN)
    places = [
        ("name", CREATE, {"originalPostId": await made.post(), "interval": 7, **BERLIN}),
        ("name", UPDATE, {"id": queue["id"]}),
        ("reason", PAUSE_QUEUE, {"id": queue["id"]}),
        ("reason", PAUSE_ALL_QUEUES, {}),
    ]
    for field, mutation, given in places:
        for text in BLANK:
            refusal = await alice.refused(mutation, input={**given, field: text})
            expected = ("BAD_USER_INPUT", field, "The text needs a character that can be seen.")
            assert (refusal.code, refusal.field, refusal.message) == expected, ascii(text)
        assert await made.changed(queue) == queue
    for field, mutation, given in places:
        for text in SEEN:
            await alice.do(mutation, input={**given, field: text})


@pytest.mark.one_dialect
async def test_what_has_another_form_is_refused_by_name(alice: User, made: Made) -> None:
    good = {"originalPostId": await made.post(), "interval": 7, **BERLIN}
    for given, field in MALFORMED:
        refusal = await alice.refused(CREATE, input=good | given)
        assert (refusal.code, (refusal.field or "").split(".")[0]) == ("BAD_USER_INPUT", field), given


@pytest.mark.one_dialect
async def test_366_dates_are_not_too_many_and_each_counts_once(made: Made) -> None:
    dates = DATES[:366]
    assert len((await made.queue(interval=7, excludedDates=dates * 2, **BERLIN))["excludedDates"]) == 366


@pytest.mark.parametrize("given", [{"timezone": "Europe/Berlin"}, RULE, RULE | {"timezone": "Europe/Berlin"}])
async def test_what_is_counted_from_the_last_run_has_neither_a_rule_nor_a_zone(
    alice: User, clock: FakeClock, made: Made, given: dict[str, Any]
) -> None:
    plain = {"interval": 7, "nextScheduledTime": "2027-03-22T08:00:00Z", "cadence": "AFTER_EXECUTION"}
    refusal = await alice.refused(CREATE, input={"originalPostId": await made.post(), **plain, **given})
    assert (refusal.code, refusal.field, refusal.message) == ("BAD_USER_INPUT", "cadence", COUNTED_FROM_THE_LAST)
    queue = await made.queue(**plain)
    refusal = await alice.refused(UPDATE, input={"id": queue["id"], **given})
    field = "rule" if "rule" in given else "timezone"
    assert (refusal.code, refusal.field, refusal.message) == ("BAD_USER_INPUT", field, COUNTED_FROM_THE_LAST)


@pytest.mark.parametrize(
    ("has", "given"),
    [
        ({"interval": 7}, {"interval": None}),
        ({"rule": "FREQ=DAILY"}, {"rule": None}),
        ({"rule": "FREQ=DAILY"}, {"rule": None, "interval": None}),
    ],
)
async def test_a_queue_keeps_an_interval_or_a_rule(
    alice: User, made: Made, has: dict[str, Any], given: dict[str, Any]
) -> None:
    queue = await made.queue(**has, **BERLIN)
    refusal = await alice.refused(UPDATE, input={"id": queue["id"], **given})
    message = "A queue needs an interval or a rule: give the other, or leave this one out."
    assert (refusal.code, refusal.field, refusal.message) == ("BAD_USER_INPUT", next(iter(has)), message)


async def test_an_end_that_is_past_is_refused_also_where_nothing_lies_ahead(
    alice: User, clock: FakeClock, made: Made
) -> None:
    queue = await made.queue(interval=7, nextScheduledTime="2027-03-02T12:00:00Z")
    clock.advance(days=3)
    refusal = await alice.refused(UPDATE, input={"id": queue["id"], "endsAt": "2027-03-03T12:00:00Z"})
    assert (refusal.field, refusal.message) == ("endsAt", "The end must be in the future.")


async def test_a_time_after_which_the_rule_has_none_is_refused_where_it_is_given(alice: User, made: Made) -> None:
    """A century after it is no leap year."""
    queue = await made.queue(rule="FREQ=YEARLY;INTERVAL=99", nextScheduledTime="2028-02-28T08:00:00Z")
    time = {"nextScheduledTime": "2028-02-29T08:00:00Z"}
    changed = await alice.refused(UPDATE, input={"id": queue["id"], **time})
    assert (changed.code, changed.field, changed.message) == ("BAD_USER_INPUT", "nextScheduledTime", NONE_FOLLOWS)
    await alice.do(PAUSE_QUEUE, id=queue["id"])
    assert await alice.refused(RESUME, input={"id": queue["id"], **time}) == changed
