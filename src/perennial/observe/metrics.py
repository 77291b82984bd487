"""The counters, gauges and histograms of /metrics, in a registry of our own.

Labels have few values: a label that callers choose (an operation's name) has a bounded number of them. Workers count
once for each batch.
"""

import collections
import platform as machine
from collections.abc import Iterable, Mapping
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics

from perennial.core.publication_codes import OUTCOME_UNKNOWN, PUBLICATION_CODES
from perennial.core.states import ExecutionOutcome, Platform, PublicationStatus

REGISTRY = CollectorRegistry()

OPERATIONS_MAX = 100
OPERATION_LENGTH_MAX = 64
OTHER = "other"

# The statuses that are recorded for a claimed publication: it has a result, or is scheduled for another attempt.
_RECORDED_STATUSES = ("published", "failed", "unconfirmed", "scheduled")

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
_ERRORS = Counter(
    "perennial_publication_errors",
    "Of these, those that are not published, by the code of their error.",
    ["platform", "status", "code"],
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
_PRUNED = Counter(
    "perennial_pruned", "Rows that were deleted because they were too old to be kept.", ["kind"], registry=REGISTRY
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
_CONNECTIONS_DROPPED = Counter(
    "perennial_connections_dropped",
    "Connections that were refused or closed, by the bound that cost them.",
    ["bound"],
    registry=REGISTRY,
)

_BUILD = Gauge(
    "perennial_build_info", "1: what this process is built of.", ["version", "python", "system"], registry=REGISTRY
)
_BUILD.labels(version("perennial"), machine.python_version(), machine.system()).set(1)

# These series exist from the start: a rate needs a zero to rise from.
_executions = {outcome.value: _EXECUTIONS.labels(outcome.value) for outcome in ExecutionOutcome}
_publications = {
    (platform, PublicationStatus(status)): _PUBLICATIONS.labels(platform.value, status)
    for platform in Platform
    for status in _RECORDED_STATUSES
}
_errors = {
    (platform, PublicationStatus(status), code): _ERRORS.labels(platform.value, status, code)
    for platform in Platform
    for status in ("failed", "unconfirmed", "scheduled")
    for code in (*PUBLICATION_CODES, OTHER)
    if status != "unconfirmed" or code == OUTCOME_UNKNOWN
}
_pruned = {kind: _PRUNED.labels(kind) for kind in ("clones", "publications", "executions")}
_lateness = {platform: _LATENESS.labels(platform.value) for platform in Platform}
CONNECTIONS_DROPPED = {
    bound: _CONNECTIONS_DROPPED.labels(bound)
    for bound in ("connections", "address", "head", "head_bytes", "body", "reader", "unread")
}
_operations: set[str] = set()


def count_executions(outcomes: Iterable[ExecutionOutcome]) -> collections.Counter[str]:
    """Counts committed ledger rows; returns how many there are of each outcome."""
    counts = collections.Counter(outcome.value for outcome in outcomes)
    for outcome, count in counts.items():
        _executions[outcome].inc(count)
    return counts


def count_publications(counts: Mapping[tuple[Platform, PublicationStatus, str | None], int]) -> None:
    """Counts publications whose new status is committed, by the code of their error, None if there is none."""
    for (platform, status, code), count in counts.items():
        _publications[platform, status].inc(count)
        if code is not None:
            key = (platform, status, code)
            (_errors.get(key) or _ERRORS.labels(platform.value, status.value, OTHER)).inc(count)


def count_pruned(counts: Mapping[str, int]) -> None:
    """Counts rows whose deletion is committed: clones, publications, executions."""
    for kind, count in counts.items():
        _pruned[kind].inc(count)


def observe_lateness(delays: Iterable[tuple[Platform, float]]) -> None:
    """Observes the delays of requests to platforms that start now, in seconds after their due time."""
    for platform, seconds in delays:
        _lateness[platform].observe(seconds)


def operation_label(name: str, *, may_be_new: bool) -> str:
    """The name, or OTHER if it is new and there are too many: callers choose names, and each label takes memory."""
    if name not in _operations:
        if not may_be_new or len(_operations) >= OPERATIONS_MAX or len(name) > OPERATION_LENGTH_MAX:
            return OTHER
        _operations.add(name)
    return name
