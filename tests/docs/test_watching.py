"""The dashboard and the alerts name what a running server and a running worker have, and Prometheus takes them."""

import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import yaml
from docs.test_links import anchors
from support.http import client_of
from support.metrics import LOOPBACK, Scrape, read, scrape
from support.pages.promql import names_in
from support.processes import free_port, running
from support.production.stage import Stage
from support.production.staging import staged
from support.sockets import PROTOCOL, hear, let_in, say
from support.stores.catalogs import new_postgres
from support.story import eventually
from websockets.asyncio.client import connect

from perennial.embedded._identity import EmbeddedIdentity

ROOT = Path(__file__).parents[2]
ALERTS, ALERTS_TEST = ROOT / "deploy/prometheus/alerts.yml", ROOT / "deploy/prometheus/alerts_test.yml"
DASHBOARD = json.loads((ROOT / "deploy/grafana/perennial.json").read_text())
RULES = [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
VARIABLES = [one for one in DASHBOARD["templating"]["list"] if one["type"] == "query"]
EXPRESSIONS = {
    **{f"alert {rule['alert']}": rule["expr"] for rule in RULES},
    **{f"panel {panel['title']} {one['refId']}": one["expr"] for panel in PANELS for one in panel["targets"]},
}
NAMED = EXPRESSIONS | {f"variable {one['name']}": one["query"]["query"] for one in VARIABLES}
OF_PROMETHEUS = {"instance", "job"}  # the labels of a target
# Values that only requests bring: operations and their outcomes.
AS_THEY_COME = {"perennial_http_requests_total", "perennial_socket_operations_total"}
NO_PROMTOOL = "there is no promtool"


def promtool(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    if not shutil.which("promtool"):
        pytest.skip(NO_PROMTOOL)
    return subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
async def scraped(
    tmp_path_factory: pytest.TempPathFactory,
    postgres_url: str,
    through_pooler: Callable[[str], str],
    migrated_template: str,
    identity: EmbeddedIdentity,
) -> AsyncIterator[dict[str, Scrape]]:
    """What /metrics of a server and of a worker says that have just begun."""
    folder, port = tmp_path_factory.mktemp("watching"), free_port()
    url = await new_postgres(postgres_url, f"watching_{uuid4().hex[:8]}", migrated_template)
    async with staged(folder, url, identity, through_pooler(url)) as stage:
        await stage.server()
        more = {"PERENNIAL_WORKER_PORT": str(port)}
        with running("worker.py", log=folder / "worker.log", **stage.environment, **more):
            async with client_of(f"http://127.0.0.1:{port}") as worker:
                await eventually(lambda: answers(worker), "the worker answers")
                await ask_twice(stage)
                yield {"server": await scrape(stage.http), "worker": await scrape(worker)}


async def ask_twice(stage: Stage) -> None:
    """An operation over HTTP and one over a WebSocket: some series begin with the first."""
    query, root = {"query": "{ __typename }"}, str(stage.http.base_url).replace("http", "ws", 1)
    await stage.http.post("/graphql", json=query)
    async with connect(f"{root.rstrip('/')}/graphql", subprotocols=[PROTOCOL], proxy=None) as ws:
        await let_in(ws, stage.user("alice"))
        await say(ws, type="subscribe", id="1", payload=query)
        assert [(await hear(ws))["type"] for _ in range(2)] == ["next", "complete"]


async def answers(http: Any) -> bool:
    try:
        answer = await http.get("/metrics", headers=LOOPBACK)
    except httpx2.TransportError:
        return False
    return "redis_worker" in answer.text and read(answer.text).value("up", part="worker") == 1


def wrong_names(scraped: dict[str, Scrape], expression: str) -> set[object]:
    """What an expression names that neither the server nor the worker has."""
    names = names_in(expression)
    samples = [sample for page in scraped.values() for sample in page.samples]
    found: dict[str, dict[str, set[str]]] = {}
    for name, labels in samples:
        values = found.setdefault(name, {})
        for label, value in labels:
            values.setdefault(label, set()).add(value)
    wrong: set[object] = names.metrics - found.keys() if names.metrics else {"no metric"}
    wrong |= names.grouped - OF_PROMETHEUS - {label for name in names.metrics & found.keys() for label in found[name]}
    for metric, label, value in names.matched:
        values = found.get(metric, {})
        if label not in OF_PROMETHEUS and (
            label not in values or (value not in values[label] and metric not in AS_THEY_COME)
        ):
            wrong.add((metric, label, value))
    return wrong


async def test_every_name_is_one_of_ours(scraped: dict[str, Scrape]) -> None:
    wrong = {where: names for where, expression in NAMED.items() if (names := wrong_names(scraped, expression))}
    assert wrong == {}
    assert len(NAMED) > 50
    for expression in (
        "sum(perennial_publicatons_total)",
        'sum(perennial_publications_total{state="failed"})',
        'sum(perennial_publications_total{status="fails"})',
        "sum by (owner) (perennial_publications_total)",
        "max(up)",
    ):
        assert wrong_names(scraped, expression), expression


async def test_server_and_worker_show_their_pools_and_what_they_are_built_of(scraped: dict[str, Scrape]) -> None:
    assert scraped["server"].labels("pool_waiting", "pool") == {"database", "redis"}
    assert scraped["worker"].labels("pool_waiting", "pool") == {"database", "redis", "redis_worker"}
    for page in scraped.values():
        assert page.value("pool_connections_max", pool="database") == 10
        assert page.labels("build_info", "version") == {version("perennial")}


def test_promtool_takes_the_alerts_and_each_fires_when_it_should_and_only_then() -> None:
    checked = promtool("check", "rules", ALERTS)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    tested = promtool("test", "rules", ALERTS_TEST)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_promtool_parses_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    given = [expression for name, expression in EXPRESSIONS.items() if name.startswith("panel")]
    plain = [one.replace("$__rate_interval", "5m").replace("$instance", ".*") for one in given]
    assert not [one for one in plain if "$" in one]
    rules = [{"record": f"panel:number_{number}", "expr": one} for number, one in enumerate(plain)]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    checked = promtool("check", "rules", file)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_there_is_for_each_alert_what_fires_it_and_what_does_not() -> None:
    tests = [one["alert_rule_test"][0] for one in yaml.safe_load(ALERTS_TEST.read_text())["tests"]]
    for fires in (True, False):
        assert {one["alertname"] for one in tests if bool(one["exp_alerts"]) is fires} == {
            rule["alert"] for rule in RULES
        }


def test_five_alerts_wake_somebody() -> None:
    severities = [rule["labels"]["severity"] for rule in RULES]
    assert severities.count("page") == 5
    assert set(severities) == {"page", "ticket"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_it_is_and_where_it_stands_what_to_do(rule: Any) -> None:
    said = rule["annotations"]
    assert set(said) == {"summary", "description", "runbook_url"}
    assert all(said.values())
    page, _, anchor = said["runbook_url"].partition("#")
    assert anchor in anchors(ROOT / page)


def test_the_page_explains_every_alert_and_no_other() -> None:
    section = (ROOT / "docs/operations.md").read_text().partition("\n## Watching\n")[2].partition("\n## ")[0]
    explained = re.findall(r"^### (\w+)$", section, re.MULTILINE)
    assert explained == [rule["alert"] for rule in RULES]


def test_the_dashboard_can_be_imported() -> None:
    assert DASHBOARD["schemaVersion"] >= 36
    assert (DASHBOARD["title"], DASHBOARD["uid"]) == ("Perennial", "perennial")
    assert "id" not in DASHBOARD, "it is the number of one that Grafana has already"
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    datasource = DASHBOARD["templating"]["list"][0]
    assert (datasource["name"], datasource["type"], datasource["query"]) == ("datasource", "datasource", "prometheus")
    assert [one["datasource"] for one in VARIABLES] == [DATASOURCE] * len(VARIABLES)
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(DASHBOARD)))
    assert used <= {one["name"] for one in DASHBOARD["templating"]["list"]} | {"__rate_interval", "__all"}


def test_no_panel_lies_on_another() -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, (panel["title"], taken[x, y])
                taken[x, y] = panel["title"]


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_a_panel_says_what_it_shows(panel: Any) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["datasource"] == DATASOURCE
    assert panel["targets"]
    assert [one["refId"] for one in panel["targets"]] == [chr(ord("A") + n) for n in range(len(panel["targets"]))]
    for target in panel["targets"]:
        assert target["datasource"] == DATASOURCE
        assert target["expr"]
        assert target["legendFormat"]
