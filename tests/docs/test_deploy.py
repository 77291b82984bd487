"""The compose file, the unit and the manifest say what the code has: its commands, settings, ports and paths."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from perennial.__main__ import COMMANDS
from perennial.settings import Settings

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy/perennial@.service"
OBJECTS = list(yaml.safe_load_all((ROOT / "deploy/kubernetes.yaml").read_text()))
PODS = {
    one["metadata"]["name"]: one["spec"]["template"]["spec"] for one in OBJECTS if "template" in one.get("spec", {})
}
CONTAINERS = {name: pod["containers"][0] for name, pod in PODS.items()}
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SETTINGS = {str(field.validation_alias or f"PERENNIAL_{name.upper()}") for name, field in Settings.model_fields.items()}
REQUIRED = {"DATABASE_URL", "REDIS_URL", "PERENNIAL_ISSUER", "PERENNIAL_TOKEN_KEYS"}
# A worker needs 10 s to end, a server 3.
STOP_SECONDS = 15
NO_SYSTEMD = "there is no systemd-analyze"


def image() -> dict[str, str]:
    """The variables that the Dockerfile sets."""
    return dict(re.findall(r"(\w+)=(\S+)", (ROOT / "Dockerfile").read_text().partition("ENV ")[2].partition("\n\n")[0]))


def variables(text: str) -> set[str]:
    return set(re.findall(r"\b(?:PERENNIAL_[A-Z_]+|DATABASE_URL|REDIS_URL)\b", text))


@pytest.mark.parametrize(
    "file", ["docker-compose.yml", "deploy/perennial@.service", "deploy/kubernetes.yaml", "Dockerfile"]
)
def test_every_variable_is_a_setting(file):
    assert variables((ROOT / file).read_text()) <= SETTINGS


def test_what_is_required_is_given_or_asked_for():
    assert variables(UNIT.read_text()) >= REQUIRED
    assert variables((ROOT / "deploy/kubernetes.yaml").read_text()) >= REQUIRED
    assert set(COMPOSE["x-perennial"]["environment"]) >= REQUIRED


def test_every_command_is_one_of_ours():
    ours = [one["command"] for one in CONTAINERS.values()]
    ours += [one["command"].split() for one in COMPOSE["services"].values() if "perennial" in str(one.get("command"))]
    assert {word for _program, word in ours} == {"migrate", "server", "worker"} <= set(COMMANDS)
    assert {program for program, _word in ours} == {"perennial"}


def test_a_probe_asks_a_path_that_is_there_at_a_port_that_somebody_listens_on():
    listening = {"perennial-server": 8000, "perennial-worker": int(image()["PERENNIAL_WORKER_PORT"])}
    assert Settings.model_fields["port"].default == listening["perennial-server"]
    for name, port in listening.items():
        (opened,) = CONTAINERS[name]["ports"]
        assert opened["containerPort"] == port
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            asked = CONTAINERS[name][probe]["httpGet"]
            assert asked["port"] == opened["name"]
            assert asked["path"] in ("/healthz", "/readyz")


def test_no_server_is_restarted_or_left_out_because_something_else_is_down():
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert CONTAINERS["perennial-server"][probe]["httpGet"]["path"] == "/healthz"
    assert CONTAINERS["perennial-worker"]["livenessProbe"]["httpGet"]["path"] == "/healthz"


@pytest.mark.parametrize("name", PODS)
def test_a_pod_runs_with_as_little_as_it_needs(name: str) -> None:
    pod, container = PODS[name], CONTAINERS[name]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["runAsUser"] > 0, "the image's user is a name, which Kubernetes cannot judge"
    assert not pod["automountServiceAccountToken"]
    assert not pod["enableServiceLinks"], "a Service named perennial would set PERENNIAL_PORT"
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_whoever_selects_finds_something():
    def labels(one: Any) -> set[Any]:
        return set(one.items())

    carried = [
        labels(one["spec"]["template"]["metadata"]["labels"]) for one in OBJECTS if "template" in one.get("spec", {})
    ]
    for one in OBJECTS:
        selector = one.get("spec", {}).get("selector")
        if selector:
            assert any(labels(selector.get("matchLabels", selector)) <= found for found in carried), one["metadata"]


def test_what_the_pages_commands_name_is_in_the_manifest():
    page = (ROOT / "docs/production.md").read_text() + (ROOT / "deploy/kubernetes.yaml").read_text()
    named = {tuple(one) for one in re.findall(r"\b(job|deployment)/(perennial-\w+)", page)}
    there = {(one["kind"].lower(), one["metadata"]["name"]) for one in OBJECTS}
    assert {kind for kind, _ in named} == {"job", "deployment"}
    assert named <= there
    assert {one for one in there if one[0] == "deployment"} <= named, "whoever reads the settings is restarted"


def test_nobody_is_killed_before_it_could_end():
    assert all(pod.get("terminationGracePeriodSeconds", 30) >= STOP_SECONDS for pod in PODS.values())
    assert COMPOSE["x-perennial"]["stop_grace_period"] == f"{STOP_SECONDS}s"
    assert f"TimeoutStopSec={STOP_SECONDS}\n" in UNIT.read_text()


def test_systemd_takes_the_unit_without_a_complaint(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip(NO_SYSTEMD)
    copy = tmp_path / "perennial@server.service"
    copy.write_text(UNIT.read_text().replace("/opt/perennial/bin/perennial", sys.executable))
    done = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, check=False)
    assert (done.stdout + done.stderr, done.returncode) == ("", 0)
