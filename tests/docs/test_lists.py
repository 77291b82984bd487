"""The lists in the documents are whole: error codes, limits, metrics, fault points."""

import re
from pathlib import Path

from support.pages.refusals import ROWS

from perennial.api.health import _gauges
from perennial.core import errors
from perennial.core.errors import ErrorCode, UserError, WarningCode
from perennial.core.fault_points import FaultPoint
from perennial.core.publication_codes import PUBLICATION_CODES
from perennial.observe.metrics import REGISTRY
from perennial.queues.ledger.explanation import REASONS
from perennial.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"


def first_cells(page: str, heading: str) -> set[str]:
    """What stands in `code` in the first column of the table below a heading."""
    section = re.split(r"^##+ ", (DOCS / page).read_text().partition(f"# {heading}\n")[2], flags=re.MULTILINE)[0]
    cells = re.findall(r"^\| ([^|]*) \|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_every_code_of_the_closed_list_is_explained_and_no_other():
    found = [one for one in vars(errors).values() if isinstance(one, type)]
    classes = [one for one in found if issubclass(one, UserError)]
    assert first_cells("errors.md", "Codes") == set(ErrorCode)
    assert {one.code for one in classes} | {ErrorCode.BAD_REQUEST, ErrorCode.INTERNAL_SERVER_ERROR} == set(ErrorCode)


def test_every_limit_on_requests_has_a_row():
    section = (DOCS / "protocol.md").read_text().partition("## Limits\n")[2].partition("\n## ")[0]
    documented = set(re.findall(r"\| `(PERENNIAL_\w+)`", section))
    limits = {name for name in Settings.model_fields if name.endswith("_max")} | {"points_per_minute"}
    not_on_requests = {"platform_requests_max", "account_requests_max"}
    assert documented == {f"PERENNIAL_{name.upper()}" for name in limits - not_on_requests}


def test_every_quota_has_a_row():
    kinds = {"posts": "POSTS", "queues": "QUEUES", "subscriptions": "SUBSCRIPTIONS", "sockets": "SOCKETS"}
    section = (DOCS / "protocol.md").read_text().partition("### Quotas\n")[2].partition("\n### ")[0]
    rows = dict(re.findall(r"^\|.*\(`(\w+)`\).*\| `(PERENNIAL_\w+)`", section, re.MULTILINE))
    assert rows == {kind: f"PERENNIAL_{name}_MAX" for kind, name in kinds.items()}


def test_every_metric_has_a_row():
    counted = {f"{one.name}_total" if one.type == "counter" else one.name for one in REGISTRY.collect()}
    read = {f"perennial_{name}" for name in _gauges._HELP}
    documented = first_cells("operations.md", "Metrics")
    of_the_process = {name for name in counted if name.startswith("perennial_process_")}
    assert counted - of_the_process | read <= documented
    assert documented <= counted | read | {
        "perennial_process_…",
        "perennial_up",
        "perennial_alarms",
        "perennial_alarms_overdue_seconds",
        "perennial_platform_tripped",
        "perennial_refreshes_tripped",
        "perennial_accounts_to_reconnect",
    }


def test_every_code_that_an_answer_of_a_platform_leads_to_is_explained():
    assert len(ROWS) >= 40
    of_publications = {row.told[1] for row in ROWS if len(row.told) == 2}
    assert of_publications <= first_cells("errors.md", "What a publication or an occurrence says")
    assert {row.told[0] for row in ROWS if len(row.told) == 1} <= first_cells("errors.md", "Codes")


def test_every_code_of_a_publication_is_explained_and_counted_and_no_other():
    section = (DOCS / "errors.md").read_text().partition("| `errorCode` | meaning |")[2].partition("\n\n")[0]
    explained = {
        name
        for cell in re.findall(r"^\| ([^|]*) \|", section, re.MULTILINE)
        for name in re.findall(r"`([A-Z_]+)`", cell)
    }
    assert explained == set(PUBLICATION_CODES)


def test_every_warning_is_explained_and_no_other():
    assert first_cells("errors.md", "Warnings") - {"code"} == set(WarningCode.__members__)


def test_every_fault_point_has_a_row():
    table = (DOCS / "reliability.md").read_text().partition("## A worker killed")[2].partition("\n## ")[0]
    assert re.findall(r"^\|[^|]*\| `([\w.]+)` \|", table, re.MULTILINE) == list(FaultPoint)


def test_every_reason_of_the_ledger_is_explained_there_and_in_words():
    table = (DOCS / "errors.md").read_text().partition("| `reason` | meaning |")[2].partition("\n\n")[0]
    cells = re.findall(r"^\| ([^|]*) \|", table, re.MULTILINE)
    assert {name for cell in cells for name in re.findall(r"`([A-Z_]+)`", cell)} == set(REASONS)
