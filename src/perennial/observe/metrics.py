"""What is counted and measured for /metrics. Every name is here, in one registry of our own.

Labels take few values: what callers make up (an operation's name) has a bounded number of them. Those who know count
once for each batch.
"""

import collections
from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics

from perennial.core.states import ExecutionOutcome, Platform, PublicationStatus

REGISTRY = CollectorRegistry()

OPERATIONS_MAX = 100
OPERATION_LENGTH_MAX = 64
OTHER = "other"

# Of a publication that was claimed: it goes out, or waits for another try.
_SETTLED = ("published", "failed", "unconfirmed", "scheduled")

disable_created_metrics()  # type: ignore[no-untyped-call]
ProcessCollector(namespace="perennial", registry=REGISTRY)

_EXECUTIONS = Counter(
    "perennial_executions", "Occurrences of queues that were written into the ledger.", ["outcome"], registry=REGISTRY
)
_PUBLICATIONS = Counter(
    "perennial_publications",
    "Publications by what was written of them: scheduled is one that is to be tried again.",
    ["platform", "status"],
    registry=REGISTRY,
)
_LATENESS = Histogram(
    "perennial_publish_lateness_seconds",
    "From the time a publication was due, at first or for another try, to the start of its request.",
    ["platform"],
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600, 86400),
    registry=REGISTRY,
)
TICK_SECONDS = Histogram(
    "perennial_tick_duration_seconds",
    "How long a run of process_due_queues took, those with nothing due included.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
    registry=REGISTRY,
)
REQUESTS = Counter(
    "perennial_http_requests",
    "Requests to /graphql over HTTP: ok, the code of their first error, or the status where nothing was executed.",
    ["operation", "outcome"],
    registry=REGISTRY,
)
REQUEST_SECONDS = Histogram(
    "perennial_http_request_duration_seconds",
    "How long requests to /graphql over HTTP took, without subscriptions.",
    ["operation"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
SOCKETS = Gauge("perennial_sockets", "WebSockets that are open.", registry=REGISTRY)
SOCKET_OPERATIONS = Counter(
    "perennial_socket_operations",
    "Operations over WebSockets that have ended: ok, or the code of their first error.",
    ["operation", "outcome"],
    registry=REGISTRY,
)

# Series that exist from the start: a rate needs a zero to rise from.
_executions = {outcome.value: _EXECUTIONS.labels(outcome.value) for outcome in ExecutionOutcome}
_publications = {
    (platform, PublicationStatus(status)): _PUBLICATIONS.labels(platform.value, status)
    for platform in Platform
    for status in _SETTLED
}
_lateness = {platform: _LATENESS.labels(platform.value) for platform in Platform}
_operations: set[str] = set()


def count_executions(outcomes: Iterable[ExecutionOutcome]) -> collections.Counter[str]:
    """Counts ledger rows that are committed; returns how many there are of each outcome."""
    numbers = collections.Counter(outcome.value for outcome in outcomes)
    for outcome, number in numbers.items():
        _executions[outcome].inc(number)
    return numbers


def count_publications(numbers: Mapping[tuple[Platform, PublicationStatus], int]) -> None:
    """Counts what was written of publications, and is committed."""
    for key, number in numbers.items():
        _publications[key].inc(number)


def observe_lateness(departed: Iterable[tuple[Platform, float]]) -> None:
    """Requests that go out now, each so many seconds after its time."""
    for platform, seconds in departed:
        _lateness[platform].observe(seconds)


def operation_label(name: str, *, may_be_new: bool) -> str:
    """The name, as long as there are not too many: a label for each name that callers can make up would fill us."""
    if name not in _operations:
        if not may_be_new or len(_operations) >= OPERATIONS_MAX or len(name) > OPERATION_LENGTH_MAX:
            return OTHER
        _operations.add(name)
    return name
