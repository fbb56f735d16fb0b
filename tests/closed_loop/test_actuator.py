"""A modbus_actuator in the closed loop: the whole firmware, its second bus, and a drive on it."""

import pytest
from station_rig import DESK
from uplink_rig import Run

from reedgate_boards.site.compiler import compile_station
from reedgate_boards.site.source import read_source
from reedgate_sim.changes import changed_site
from reedgate_sim.replay.transitions import decided_again, transitions_of
from reedgate_sim.world.faults import Fault

PORT, UNIT_ID = "RS485_2", 5
CHANGES = {
    "terminals": {"healthy": "RELAY_5"},
    "gates": {
        "main": {
            "drive": "modbus_actuator",
            "reverse_dead_ms": None,
            "terminals": {"open": None, "close": None, "at_open": None, "at_closed": None},
            "actuator": {
                "port": PORT,
                "unit_id": UNIT_ID,
                "profile": "registers-3",
                "baud": 19200,
                "parity": "even",
                "silence_s": 5,
                "comms_loss": "closed",
            },
        }
    },
}
SITE = changed_site(read_source(DESK), {"stations": {"inlet": CHANGES}})
BAD_FROM_15 = """
[[step]]
what = "turbidity_ntu"
from_s = 15
to = 60
until_s = 50
"""


@pytest.fixture
def run(tmp_path):
    path = tmp_path / "bad.toml"
    head = 'format = 1\nname = { zh = "试", en = "test" }\nduration_s = 200\n'
    path.write_text(head + BAD_FROM_15, encoding="utf-8")
    with Run(path, site=SITE) as run:
        yield run


def leaf(run):
    return run.plant.truth().gates["main"]


def told(run, key):
    return [event[key] for event in run.transitions() if event["gate"] == "main"]


def test_bad_water_closes_it_over_its_bus_and_good_water_opens_it(run):
    run.to(15)
    assert leaf(run).opening_permille == 1000
    run.to(45)
    assert leaf(run).opening_permille == 0
    assert told(run, "rule")[-1] == "quality"
    assert told(run, "position")[-1] == "closed"
    run.to(110)
    assert leaf(run).opening_permille == 1000
    assert told(run, "rule")[-1] == "automatic"
    found, alone = transitions_of(run.broker.events())
    assert (len(found) > 5, alone) == (True, 0)
    blob = compile_station(SITE, "inlet")
    for again in decided_again(blob, found):
        assert again.differences == ()
    relays = {terminal for _, terminal, level in run.outputs if level}
    assert relays == {"RELAY_3", "RELAY_5"}  # the bypass, and healthy


def test_a_silent_drive_is_a_fault_opens_the_bypass_and_is_told_to_close_all_the_same(run):
    run.to(5)
    run.plant.buses[PORT].add_fault(Fault("dead", UNIT_ID, from_us=run.rig.now_us))
    run.to(20)  # its answers are lost; it hears
    assert told(run, "fault")[-1] == "silent"
    assert told(run, "cause")[-1] == "silent"
    assert "demand_not_met" in told(run, "alarms")[-1]
    healthy = [level for _, terminal, level in run.outputs if terminal == "RELAY_5"]
    assert healthy[-1] == 0
    run.to(30)
    assert leaf(run).opening_permille == 0
    assert run.plant.truth().gates["around"].at_open


def test_behind_an_adapter_that_echoes_nothing_is_believed(run):
    """What it writes comes back, and that is what the drive would answer."""
    run.to(5)
    run.plant.buses[PORT].add_fault(Fault("echo", UNIT_ID, from_us=run.rig.now_us))
    run.plant.buses[PORT].add_fault(Fault("dead", UNIT_ID, from_us=run.rig.now_us))
    run.to(20)
    assert told(run, "fault")[-1] == "silent"
    assert told(run, "position")[-1] == "unknown"
    assert "demand_not_met" in told(run, "alarms")[-1]
    healthy = [level for _, terminal, level in run.outputs if terminal == "RELAY_5"]
    assert healthy[-1] == 0
