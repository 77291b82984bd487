"""How this process uses its pools of connections: each pool is a `MeteredPool`, and /metrics reads all that live."""

import time
import weakref
from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from prometheus_client import Histogram, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from perennial.observe.metrics import REGISTRY

_WAITS = Histogram(
    "perennial_pool_wait_seconds",
    "How long callers waited until they had a connection of the pool, or gave up; connecting is included.",
    ["pool"],
    buckets=(0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
_LIVE: "weakref.WeakSet[MeteredPool]" = weakref.WeakSet()


class PoolUse(NamedTuple):
    """The connections of a pool now: in use and idle; and how many there may be, None if there is no bound."""

    in_use: int
    idle: int
    bound: int | None


class MeteredPool:
    """A pool whose use /metrics shows, from `meter_as` until it is gone."""

    callers_waiting = 0

    def meter_as(self, name: str) -> None:
        """Shows the pool under this name. Pools of one name are added up."""
        self._waits = _WAITS.labels(name)
        self.pool_name = name
        _LIVE.add(self)

    @abstractmethod
    def use(self) -> PoolUse:
        """How the pool is used now."""

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Counts the caller as waiting during the block, in which it gets a connection, and observes how long."""
        started = time.perf_counter()
        self.callers_waiting += 1
        try:
            yield
        finally:
            self.callers_waiting -= 1
            self._waits.observe(time.perf_counter() - started)


class _Pools(Collector):
    """Reads the live pools at each scrape."""

    def collect(self) -> Iterable[Metric]:
        """The gauges of the pools; without samples where there is no pool."""
        states: dict[tuple[str, str], int] = defaultdict(int)
        bounds: dict[str, int] = defaultdict(int)
        waiting: dict[str, int] = defaultdict(int)
        for pool in list(_LIVE):
            use, name = pool.use(), pool.pool_name
            states[name, "in_use"] += use.in_use
            states[name, "idle"] += use.idle
            waiting[name] += pool.callers_waiting
            if use.bound is not None:
                bounds[name] += use.bound
        yield _family("connections", "Open connections of a pool.", ["pool", "state"], states)
        yield _family("connections_max", "How many connections a pool may open.", ["pool"], bounds)
        yield _family("waiting", "Callers that wait for a connection of a pool.", ["pool"], waiting)


def _family(name: str, description: str, labels: list[str], values: Any) -> Metric:
    family = GaugeMetricFamily(f"perennial_pool_{name}", description, labels=labels)
    for key, value in values.items():
        family.add_metric([key] if isinstance(key, str) else list(key), value)
    return family


REGISTRY.register(_Pools())
