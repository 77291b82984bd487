"""Benchmark P's documents of recurrence: steering, what comes next, and the ledger's explanations."""

import json
from datetime import UTC, datetime, timedelta

from bench.points_documents import CREATE_QUEUE, POST, POST_ID, Document, known
from bench.points_seed import MANY_QUEUES, USER_OF_MANY

STEERED = "00000000-0000-0000-0000-000000000008"
ONE_OF_MANY = "10000000-0000-0000-0000-000000000001"  # every day in Berlin
FIRST, SECOND, BETWEEN = "2099-01-01T00:00:00Z", "2099-01-08T00:00:00Z", "2099-01-09T00:00:00Z"
NOW = datetime.now(UTC)
SOON, LATER, LATEST = [(NOW + timedelta(days=days)).isoformat() for days in (365, 180, 540)]

UPCOMING = f"""scheduledTime localTime movedFrom skipped post {{ {POST} }} obstacles {{ code platform message }}
    queue {{ id name status interval rule timezone nextLocalTime }}"""
OF_ALL = "query ($from: DateTime, $until: DateTime!) { upcoming(first: 25, from: $from, until: $until) "
RUN_NOW = """mutation ($input: RunQueueNowInput!) { runQueueNow(input: $input) {
    queue { id executionCount } execution { id scheduledTime explanation } } }"""
PAUSE_ALL = f"""mutation {{
    pauseAllQueues(input: {{reason: "Not today.", until: "{SECOND}", holdScheduled: true}}) {{
        count warnings {{ code }} }}
    resumeAllQueues(input: {{from: NEXT_SLOT}}) {{ count warnings {{ code }} }} }}"""


def _steering() -> str:
    """Skips an occurrence, moves the next, and restores both, so that each round has the same to do."""
    steps = (
        ("skipOccurrence", FIRST, ""),
        ("moveOccurrence", SECOND, f', to: "{BETWEEN}"'),
        ("restoreOccurrence", FIRST, ""),
        ("restoreOccurrence", SECOND, ""),
    )
    fields = (
        f's{number}: {name}(input: {{queueId: "{STEERED}", scheduledTime: "{time}"{more}}}) {{ queue {{ id }} }}'
        for number, (name, time, more) in enumerate(steps)
    )
    return f"mutation {{ {' '.join(fields)} }}"


def _run_now(number: int) -> str:
    given = {"id": ONE_OF_MANY, "idempotencyKey": str(number)}
    return json.dumps({"query": RUN_NOW, "variables": {"input": given}})


OF_MANY = f"of {MANY_QUEUES:,} queues"

RECURRENCE = (
    known("an occurrence skipped, another moved, both restored", _steering()),
    known(
        "a new queue by a rule in a time zone",
        CREATE_QUEUE,
        input={
            "originalPostId": POST_ID,
            "rule": "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "timezone": "Europe/Berlin",
            "nextScheduledTime": "2099-01-30T08:00:00Z",
        },
    ),
    Document("a queue run at once", _run_now, user=USER_OF_MANY),
    known(f"{MANY_QUEUES:,} queues paused together, and resumed", PAUSE_ALL, user=USER_OF_MANY),
    known(
        "the next 100 occurrences of a queue, everything below",
        f'{{ queue(id: "{ONE_OF_MANY}") {{ upcoming(first: 100) {{ {UPCOMING} }} }} }}',
        user=USER_OF_MANY,
    ),
    known(f"what comes next {OF_MANY}", f"{OF_ALL} {{ nodes {{ scheduledTime }} }} }}", until=SOON, user=USER_OF_MANY),
    known(
        f"what comes next {OF_MANY}, everything below",
        f"{OF_ALL} {{ nodes {{ {UPCOMING} }} }} }}",
        until=SOON,
        user=USER_OF_MANY,
    ),
    known(
        f"what comes in half a year {OF_MANY}",
        f"{OF_ALL} {{ nodes {{ scheduledTime }} }} }}",
        **{"from": LATER, "until": LATEST},
        user=USER_OF_MANY,
    ),
    known(f"what comes next {OF_MANY}, counted", f"{OF_ALL} {{ totalCount }} }}", until=SOON, user=USER_OF_MANY),
    known(
        "100 queues with the explanations of 10 executions each",
        "{ queues(first: 100) { nodes { executions(first: 10) { nodes { explanation } } } } }",
    ),
)
