"""Rules that are refused, each with the sentence that a person reads."""

import pytest

from perennial.queues.calendar.rules import InvalidRule, parse_rule

BEGINNING = "A rule begins with FREQ: DAILY, WEEKLY, MONTHLY or YEARLY, as in FREQ=WEEKLY;BYDAY=MO,TH."
ONCE = "A queue runs at most once a day, at the time of day of its nextScheduledTime"
PARTS = "a rule has the parts FREQ, INTERVAL, BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS, WKST."
SEMICOLONS = "A rule has one semicolon between two parts, and none at its end."
DAYS = (
    "BYDAY has weekdays (MO, TU, WE, TH, FR, SA, SU), with a number for the first, second or last: 1MO, 2MO, -1MO; not "
)
MONTH_DAYS = "BYMONTHDAY has days from 1 to 31, or from -31 to -1 counted from the month's end; not "
POSITIONS = "BYSETPOS has positions from 1 to 366, or from -366 to -1 counted from the end; not "
CRON = (
    "This is cron, and a rule is an RRULE: write FREQ=WEEKLY;BYDAY=MO, for example, with the time of day in "
    "nextScheduledTime."
)
EXCLUDED = "The dates on which a queue does not run are its excludedDates, not EXDATE."

SENTENCES = {
    # Its form.
    "": BEGINNING,
    " \n": BEGINNING,
    "RRULE:": SEMICOLONS,
    "BYDAY=MO": BEGINNING,
    "0 9 * * 1": CRON,
    "0 9 * * MON-FRI": CRON,
    "*/5 9-17 1,15 * ?": CRON,
    " 30 8 1 JAN * \n": CRON,
    "0 0 9 ? * MON#1 2027": CRON,
    "0 12 L * *": CRON,
    "@daily": CRON,
    "@weekly": CRON,
    "cron(0 9 ? * MON *)": CRON,
    "9 times a week or so": "A rule is written without spaces, as FREQ=WEEKLY;BYDAY=MO,TH is.",
    "every day": "A rule is written without spaces, as FREQ=WEEKLY;BYDAY=MO,TH is.",
    "FREQ=WEEKLY;BYDAY=MO, TH": "A rule is written without spaces, as FREQ=WEEKLY;BYDAY=MO,TH is.",
    "FREQ=DAILY\nFREQ=WEEKLY": "A rule is one line, as FREQ=WEEKLY;BYDAY=MO,TH is.",
    "FREQ=DAILY;": SEMICOLONS,
    "FREQ=DAILY;;INTERVAL=2": SEMICOLONS,
    "FREQ=DAILY;INTERVAL=2;interval=3": "A rule has each part once; INTERVAL stands there twice.",
    "FREQ=DAILY;INTERVAL": "INTERVAL has no value: write INTERVAL=2, for example.",
    "FREQ=WEEKLY;BYDAY=": "BYDAY has no value: write BYDAY=MO,TH, for example.",
    "FREQ=DAILY;BYMONTHDAY=1".ljust(513, "1"): "A rule has at most 512 characters, not 513.",
    # What belongs elsewhere, or nowhere.
    "FREQ=DAILY;COUNT=3": "How many times a queue runs is its maxExecutions, not COUNT.",
    "FREQ=DAILY;UNTIL=20270324T090000Z": "When a queue ends is its endsAt, not UNTIL.",
    "FREQ=DAILY;BYHOUR=9": f"{ONCE}, not of BYHOUR.",
    "FREQ=DAILY;BYMINUTE=30": f"{ONCE}, not of BYMINUTE.",
    "FREQ=DAILY;BYSECOND=0": f"{ONCE}, not of BYSECOND.",
    "FREQ=HOURLY": f"{ONCE}: FREQ is DAILY, WEEKLY, MONTHLY or YEARLY, not HOURLY.",
    "FREQ=MINUTELY": f"{ONCE}: FREQ is DAILY, WEEKLY, MONTHLY or YEARLY, not MINUTELY.",
    "FREQ=SECONDLY": f"{ONCE}: FREQ is DAILY, WEEKLY, MONTHLY or YEARLY, not SECONDLY.",
    "FREQ=YEARLY;BYWEEKNO=20": (
        "BYWEEKNO is not supported: name the days by BYMONTH and BYDAY, or the weeks by INTERVAL."
    ),
    "FREQ=YEARLY;BYYEARDAY=100": "BYYEARDAY is not supported: name the day by BYMONTH and BYMONTHDAY.",
    "DTSTART:20270324T090000Z\nRRULE:FREQ=DAILY": "When a queue begins is its nextScheduledTime, not DTSTART.",
    "DTSTART;TZID=Europe/Berlin:20270324T090000\nRRULE:FREQ=DAILY": (
        "When a queue begins is its nextScheduledTime, not DTSTART."
    ),
    "FREQ=DAILY;DTSTART=20270324": "When a queue begins is its nextScheduledTime, not DTSTART.",
    "FREQ=DAILY;TZID=Europe/Berlin": "The time zone of a queue is its timezone, not TZID.",
    "RRULE:FREQ=DAILY\nEXDATE:20270324": EXCLUDED,
    "FREQ=DAILY;EXDATE=20270324": EXCLUDED,
    "FREQ=DAILY\nEXRULE:FREQ=YEARLY": (
        "EXRULE is not supported: the dates on which a queue does not run are its excludedDates."
    ),
    "FREQ=DAILY\nRDATE:20270324": "RDATE is not supported: a queue runs by one rule, and runQueueNow adds a run.",
    "FREQ=DAILY;RSCALE=HEBREW": f"'RSCALE=HEBREW' is not supported: {PARTS}",
    "FREQ:DAILY": f"'FREQ:DAILY' is not supported: {PARTS}",
    "FREQ=DAILY;" + "X" * 50: f"'{'X' * 40}…' is not supported: {PARTS}",
    # Values.
    "FREQ=FORTNIGHTLY": "FREQ is DAILY, WEEKLY, MONTHLY or YEARLY, not 'FORTNIGHTLY'.",
    "FREQ=DAILY;INTERVAL=0": "INTERVAL is a whole number from 1 to 1,000; not '0'.",
    "FREQ=DAILY;INTERVAL=1001": "INTERVAL is a whole number from 1 to 1,000; not '1001'.",
    "FREQ=DAILY;INTERVAL=-1": "INTERVAL is a whole number from 1 to 1,000; not '-1'.",
    "FREQ=DAILY;INTERVAL=1.5": "INTERVAL is a whole number from 1 to 1,000; not '1.5'.",
    "FREQ=DAILY;INTERVAL=٣": "INTERVAL is a whole number from 1 to 1,000; not '٣'.",
    "FREQ=YEARLY;INTERVAL=101": "A queue runs again within 100 years: with FREQ=YEARLY, INTERVAL is 100 at most.",
    "FREQ=WEEKLY;BYDAY=MON": f"{DAYS}'MON'.",
    "FREQ=WEEKLY;BYDAY=MO,": f"{DAYS}''.",
    "FREQ=MONTHLY;BYDAY=0MO": f"{DAYS}'0MO'.",
    "FREQ=MONTHLY;BYDAY=6MO": "A month has each weekday 5 times at most: the numbers in BYDAY are -5 to 5.",
    "FREQ=YEARLY;BYMONTH=3;BYDAY=-6MO": "A month has each weekday 5 times at most: the numbers in BYDAY are -5 to 5.",
    "FREQ=YEARLY;BYDAY=54MO": "A year has each weekday 53 times at most: the numbers in BYDAY are -53 to 53.",
    "FREQ=MONTHLY;BYMONTHDAY=0": f"{MONTH_DAYS}'0'.",
    "FREQ=MONTHLY;BYMONTHDAY=32": f"{MONTH_DAYS}'32'.",
    "FREQ=MONTHLY;BYMONTHDAY=1,-32": f"{MONTH_DAYS}'-32'.",
    "FREQ=YEARLY;BYMONTH=13": "BYMONTH has months from 1 to 12; not '13'.",
    "FREQ=YEARLY;BYMONTH=0": "BYMONTH has months from 1 to 12; not '0'.",
    "FREQ=YEARLY;BYMONTH=-1": "BYMONTH has months from 1 to 12; not '-1'.",
    "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0": f"{POSITIONS}'0'.",
    "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-367": f"{POSITIONS}'-367'.",
    "FREQ=WEEKLY;WKST=1": "WKST is the weekday on which weeks begin, one of MO, TU, WE, TH, FR, SA, SU; not '1'.",
    # Parts that do not go together.
    "FREQ=WEEKLY;BYDAY=1MO": (
        "With FREQ=WEEKLY, BYDAY has weekdays without numbers: the first Monday is of MONTHLY rules."
    ),
    "FREQ=DAILY;BYDAY=-1MO": (
        "With FREQ=DAILY, BYDAY has weekdays without numbers: the first Monday is of MONTHLY rules."
    ),
    "FREQ=WEEKLY;BYMONTHDAY=3": (
        "With FREQ=WEEKLY days are named by BYDAY; BYMONTHDAY is for DAILY, MONTHLY and YEARLY."
    ),
    "FREQ=MONTHLY;BYSETPOS=1": "BYSETPOS picks among the days that BYDAY, BYMONTHDAY or BYMONTH name: add one of them.",
    # What no day satisfies: the sentence names those parts that do not go together, and no others.
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30": "No day satisfies BYMONTH=2 and BYMONTHDAY=30: change one of them.",
    "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31": "No day satisfies BYMONTH=4 and BYMONTHDAY=31: change one of them.",
    "FREQ=MONTHLY;INTERVAL=12;BYMONTH=2,4;BYMONTHDAY=31": (
        "No day satisfies BYMONTH=2,4 and BYMONTHDAY=31: change one of them."
    ),
    "FREQ=DAILY;INTERVAL=1000;BYDAY=MO;BYMONTH=2;BYMONTHDAY=-30": (
        "No day satisfies BYMONTH=2 and BYMONTHDAY=-30: change one of them."
    ),
    "FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=8": "No day satisfies BYMONTHDAY=8 and BYDAY=1MO: change one of them.",
    "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1": "No day satisfies BYMONTHDAY=1 and BYDAY=5MO: change one of them.",
    "FREQ=MONTHLY;BYMONTH=3;BYDAY=5MO,-5TU;BYMONTHDAY=15;BYSETPOS=1": (
        "No day satisfies BYMONTHDAY=15 and BYDAY=5MO,-5TU: change one of them."
    ),
    "FREQ=YEARLY;BYDAY=2MO;BYMONTHDAY=31": "No day satisfies BYMONTHDAY=31 and BYDAY=2MO: change one of them.",
    # With BYMONTH the numbers in BYDAY count within the month, and without it within the year.
    "FREQ=YEARLY;BYMONTH=3;BYDAY=5MO;BYMONTHDAY=8": (
        "No day satisfies BYMONTH=3 and BYMONTHDAY=8 and BYDAY=5MO: change one of them."
    ),
    "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=29,30;BYDAY=-2MO": (
        "No day satisfies BYMONTHDAY=29,30 and BYDAY=-2MO: change one of them."
    ),
    "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=23;BYDAY=-2MO": (
        "No day satisfies BYMONTH=2 and BYMONTHDAY=23 and BYDAY=-2MO: change one of them."
    ),
    # Positions that no day, week, month or year has.
    "FREQ=DAILY;BYDAY=MO;BYSETPOS=2": (
        "BYSETPOS=2 picks no day: in no day do the other parts name so many. Change it, or them."
    ),
    "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=3": (
        "BYSETPOS=3 picks no day: in no week do the other parts name so many. Change it, or them."
    ),
    "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6,-7": (
        "BYSETPOS=-7,6 picks no day: in no month do the other parts name so many. Change it, or them."
    ),
    "FREQ=MONTHLY;BYMONTH=1;BYSETPOS=2": (
        "BYSETPOS=2 picks no day: in no month do the other parts name so many. Change it, or them."
    ),
    "FREQ=YEARLY;BYDAY=MO;BYSETPOS=54": (
        "BYSETPOS=54 picks no day: in no year do the other parts name so many. Change it, or them."
    ),
}


@pytest.mark.parametrize(("text", "sentence"), SENTENCES.items())
def test_a_rule_is_refused_with_a_sentence_that_says_what_would_be_right(text: str, sentence: str) -> None:
    with pytest.raises(InvalidRule) as refused:
        parse_rule(text)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
        "FREQ=YEARLY;BYDAY=53MO;BYMONTHDAY=30",
        "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=366",
        "FREQ=MONTHLY;BYDAY=SU;BYMONTH=2;BYSETPOS=5",
        "FREQ=WEEKLY;BYMONTH=1;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=7",
    ],
)
def test_a_rule_of_rare_days_is_not_refused(text: str) -> None:
    parse_rule(text)
