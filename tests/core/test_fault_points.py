"""Points at which a process can be told to die: by name and count, and by nobody whose posts could reach the world."""

import signal

import pytest
from support.environment import PRODUCTION
from support.processes import forked

from perennial.core.errors import SettingsError
from perennial.core.fault_points import FaultPoint, parse

VARIABLES = ("PERENNIAL_X_API_URL", "PERENNIAL_LINKEDIN_API_URL", "PERENNIAL_LINKEDIN_OAUTH_URL")
SANDBOX = {
    "PERENNIAL_X_API_URL": "http://127.0.0.1:8001/sandbox/x",
    "PERENNIAL_LINKEDIN_API_URL": "http://localhost:8001/sandbox/linkedin",
    "PERENNIAL_LINKEDIN_OAUTH_URL": "http://[::1]:8001/sandbox/linkedin/oauth/v2",
}
ARMED = {"PERENNIAL_FAULT_POINT": "tick.claimed"}


@pytest.fixture
def refusal(load):
    def refusal(*variables: dict[str, str]) -> str:
        with pytest.raises(SettingsError, match="PERENNIAL_FAULT_POINT") as refused:
            load(*variables)
        return str(refused.value)

    return refusal


@pytest.mark.parametrize("point", FaultPoint)
def test_a_point_is_armed_for_its_first_pass_or_a_later_one(point):
    assert parse(point.value) == (point, 1)
    assert parse(f"{point}:3") == (point, 3)


@pytest.mark.parametrize("value", ["tick", "tick.claimed:0", "tick.claimed:-1", "tick.claimed:x", "TICK.CLAIMED", ":1"])
def test_an_unknown_point_or_a_count_that_cannot_be_is_refused_by_the_names_that_can(load, refusal, value):
    message = refusal(SANDBOX, {"PERENNIAL_FAULT_POINT": value})
    assert all(point.value in message for point in FaultPoint)
    assert load({"PERENNIAL_FAULT_POINT": ""}).fault_point is None


@pytest.mark.parametrize("value", ["tick.claimed", "publication.answered:2"])
def test_a_point_is_accepted_where_every_platform_is_on_loopback(load, value):
    armed = {"PERENNIAL_FAULT_POINT": value}
    assert load(SANDBOX, armed).fault_point == value
    assert load(PRODUCTION).fault_point == value


def test_the_embedded_modes_own_platforms_are_the_sandbox(load):
    assert load(ARMED).fault_point == "tick.claimed"


def test_in_production_the_addresses_are_the_real_platforms_unless_they_are_set(refusal):
    assert "on loopback" in refusal(PRODUCTION, ARMED)


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("mode", [PRODUCTION, {}], ids=["production", "embedded"])
@pytest.mark.parametrize(
    "url",
    ["https://platform.example", "http://127.0.0.1.example", "http://127.0.0.1@platform.example", "http://192.0.2.7"],
)
def test_one_platform_beyond_loopback_is_enough_to_refuse(refusal, variable, mode, url):
    assert "on loopback" in refusal(mode, SANDBOX, ARMED, {variable: url})


@pytest.mark.parametrize("variable", VARIABLES)
def test_in_production_one_address_that_is_not_set_is_enough_to_refuse(refusal, variable):
    others = {name: url for name, url in SANDBOX.items() if name != variable}
    assert "on loopback" in refusal(PRODUCTION, others, ARMED)


@pytest.mark.parametrize("variable", VARIABLES)
def test_an_address_that_is_none_is_named_beside_the_point(refusal, variable):
    assert f"{variable} is not" in refusal(SANDBOX, ARMED, {variable: "http://[::1"})


def test_without_a_point_any_platform_may_be_meant(load):
    assert load(PRODUCTION).fault_point is None


PASSES = """
import sys
from perennial.core import fault_points
from perennial.core.fault_points import FaultPoint, reach
fault_points.arm(sys.argv[1] or None)
for number in range(1, 4):
    reach(FaultPoint.TICK_WRITTEN)
    reach(FaultPoint.TICK_CLAIMED)
    print("passed", number, flush=True)
"""


@pytest.mark.parametrize(
    ("armed", "exit_code", "passed"),
    [
        ("tick.claimed", -signal.SIGKILL, []),
        ("tick.claimed:1", -signal.SIGKILL, []),
        ("tick.claimed:2", -signal.SIGKILL, ["passed 1"]),
        ("tick.claimed:4", 0, ["passed 1", "passed 2", "passed 3"]),
        ("refresh.answered", 0, ["passed 1", "passed 2", "passed 3"]),
        ("", 0, ["passed 1", "passed 2", "passed 3"]),
    ],
)
def test_the_process_is_killed_at_that_pass_and_at_no_other(armed, exit_code, passed):
    ended = forked("-c", PASSES, armed)
    assert (ended.returncode, ended.stdout.splitlines(), ended.stderr) == (exit_code, passed, "")


ON_THE_WIRE = """
import asyncio, sys
from perennial.core import fault_points

async def main(armed, where):
    fault_points.arm(armed or None)
    fault_points.ON_THE_WIRE_SECONDS = 0.02
    with fault_points.on_the_wire():
        if where == "inside":
            await asyncio.wait_for(asyncio.Event().wait(), 60 if "wire" in armed else 0.1)
    await asyncio.wait_for(asyncio.Event().wait(), 0.1)

try:
    asyncio.run(main(*sys.argv[1:]))
except TimeoutError:
    sys.exit("survived")
"""


@pytest.mark.parametrize(
    ("armed", "where", "survives"),
    [
        ("publication.on_the_wire", "inside", False),
        ("publication.on_the_wire", "after", True),
        ("publication.answered", "inside", True),
        ("", "inside", True),
    ],
)
def test_the_process_is_killed_while_a_request_is_out_and_not_after_it(armed, where, survives):
    ended = forked("-c", ON_THE_WIRE, armed, where)
    expected = (1, "survived\n") if survives else (-signal.SIGKILL, "")
    assert (ended.returncode, ended.stderr) == expected
