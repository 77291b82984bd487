"""What /metrics says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import httpx2

SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
LABEL = re.compile(r'(\w+)="([^"]*)"')
LOOPBACK = {"Host": "127.0.0.1"}


@dataclass(frozen=True)
class Scrape:
    """One answer of /metrics, by name and labels."""

    samples: Mapping[tuple[str, frozenset[tuple[str, str]]], float]

    def value(self, name: str, **labels: str) -> float | None:
        """The sample `perennial_<name>` with just these labels; None where there is none."""
        return self.samples.get((f"perennial_{name}", frozenset(labels.items())))

    def labels(self, name: str, label: str) -> set[str]:
        """The values that a label has in the samples of that name."""
        return {dict(labels)[label] for one, labels in self.samples if one == f"perennial_{name}"}


async def scrape(http: httpx2.AsyncClient) -> Scrape:
    """Asks for /metrics as Prometheus on the same machine does."""
    answer = await http.get("/metrics", headers=LOOPBACK)
    assert answer.status_code == 200, answer.text
    return read(answer.text)


def read(text: str) -> Scrape:
    """The samples of a page. Prometheus' own parser takes a quarter of a second; one test holds the two together."""
    found = SAMPLE.findall(text)
    return Scrape({(name, frozenset(LABEL.findall(labels))): float(value) for name, labels, value in found})
