"""Contacts, hands, alarms and `healthy` in the campaign's oracle, on accounts made by hand."""

import struct

import pytest
from campaign_helpers import (
    AT_CLOSED,
    AT_OPEN,
    CLOSE,
    ESTOP,
    NAMES,
    OPEN,
    RESET,
    closes,
    energised,
    properties,
    quiet,
    switched,
    us,
)

from reedgate_contract import codes, records
from reedgate_sim.campaign.account import Life
from reedgate_sim.campaign.oracle import judge
from reedgate_sim.confirmer import Event

EMERGENCY, LOCAL, TO_OPEN, TO_CLOSE, MAINS, HEALTHY = (
    "DI_8",
    "DI_4",
    "DI_5",
    "DI_6",
    "DI_10",
    "RELAY_5",
)
END_S = 300


def attended(gate="open"):
    """A quiet station with contacts, a selector with its buttons, known mains and `healthy`."""
    wired = {
        "terminals.healthy": HEALTHY,
        "terminals.mains_ok": MAINS,
        "gates.main.on_power_loss": "closes_battery",
        "gates.main.terminals.emergency_close": EMERGENCY,
        "gates.main.terminals.local": LOCAL,
        "gates.main.terminals.local_open": TO_OPEN,
        "gates.main.terminals.local_close": TO_CLOSE,
    }
    account = quiet(wired, gate)
    account.inputs |= {EMERGENCY: [(0, 1)], MAINS: [(0, 1)]}
    account.inputs |= {each: [(0, 0)] for each in (LOCAL, TO_OPEN, TO_CLOSE)}
    account.names = NAMES
    return account


def well(account, *unwell):
    """`healthy` is on but in these spans of seconds."""
    since_s = 0.4
    for from_s, until_s in unwell:
        energised(account, HEALTHY, since_s, from_s)
        since_s = until_s
    energised(account, HEALTHY, since_s, END_S + 1)
    return account


def tells(account, at_s, alarms):
    what = (4, 0, codes.RULE_AUTOMATIC, codes.TARGET_HOLD, 0, 0, 0, 0, 0, 0, 0, alarms)
    payload = struct.pack(records.GATE, 0, *what)[2:]
    account.events.append(Event(records.KIND_GATE, 1, 1, round(at_s * 1000), payload, b""))


def pressed(account, terminal, from_s, until_s, acts=1):
    switched(account, terminal, from_s, acts)
    switched(account, terminal, until_s, 1 - acts)


def test_an_attended_station_that_is_quiet_breaks_nothing():
    assert properties(well(attended())) == set()


# contacts of rule 5, and the mains


@pytest.mark.parametrize("terminal", [EMERGENCY, MAINS])
@pytest.mark.parametrize(("took_s", "broken"), [(0.5, set()), (2.0, {"C3 t1"})])
def test_a_contact_has_to_close_the_gate_at_once(terminal, took_s, broken):
    account = well(attended())
    pressed(account, terminal, 50, 80, acts=0)
    closes(account, 50 + took_s)
    assert properties(account) == broken


def reopened(reset_s):
    account = well(attended())
    pressed(account, EMERGENCY, 50, 60, acts=0)
    closes(account, 50.2)
    pressed(account, RESET, reset_s, reset_s + 1)
    switched(account, AT_CLOSED, 100.01, 0)
    energised(account, OPEN, 100, 108)
    return account


@pytest.mark.parametrize(("reset_s", "broken"), [(55, {"C2 S4"}), (70, set()), (110, {"C2 S4"})])
def test_what_a_contact_latched_opens_only_after_a_reset_behind_its_release(reset_s, broken):
    assert properties(reopened(reset_s)) == broken


def test_what_a_contact_latched_outlives_a_restart():
    account = reopened(110)
    account.lives = [Life(0, us(80), us(80), safe=True), Life(us(82), safe=True)]
    account.outputs = [each for each in account.outputs if each[1] != HEALTHY]
    well(account, (80, 83))
    assert properties(account) == {"C2 S4"}


# hands


def in_local(from_s=40, until_s=200, gate="closed"):
    account = well(attended(gate))
    pressed(account, LOCAL, from_s, until_s)
    return account


@pytest.mark.parametrize(("let_go_s", "broken"), [(58, set()), (54, {"C2 S5"})])
def test_a_drive_in_local_ends_with_its_button(let_go_s, broken):
    account = in_local()
    pressed(account, TO_OPEN, 50, let_go_s)
    switched(account, AT_CLOSED, 50.2, 0)
    energised(account, OPEN, 50.1, 58)
    assert properties(account) == broken


def test_a_drive_in_local_without_any_button_is_seen():
    account = in_local(gate="open")
    closes(account, 60)
    assert properties(account) == {"C2 S5"}


def test_both_buttons_are_a_stop():
    account = in_local()
    pressed(account, TO_OPEN, 50, 60)
    pressed(account, TO_CLOSE, 52, 60)
    switched(account, AT_CLOSED, 50.2, 0)
    energised(account, OPEN, 50.1, 55)
    assert properties(account) == {"C2 S5"}


def test_a_button_that_does_nothing_is_seen():
    account = in_local()
    pressed(account, TO_OPEN, 50, 60)
    assert properties(account) == {"C2 S5"}
    account.gate_faults["main"] = [(us(10), us(20))]
    assert properties(account) == set()


def test_a_button_opens_on_any_water_but_only_in_local():
    account = in_local(from_s=60)
    pressed(account, TO_OPEN, 50, 58)
    account.polls["turbidity_ntu"] = []
    switched(account, AT_CLOSED, 50.2, 0)
    energised(account, OPEN, 50.1, 58)
    assert "C2 S4" in properties(account)
    switched(account, LOCAL, 45, 1)
    assert "C2 S4" not in properties(account)


# what is told


def stopped(unwell, alarms):
    """An emergency stop, and behind it the emergency-close button: the gate is held open."""
    account = well(attended(), *unwell)
    switched(account, ESTOP, 40, 0)
    pressed(account, EMERGENCY, 50, 60, acts=0)
    if alarms:
        tells(account, 50.2, alarms)
    return account


@pytest.mark.parametrize(
    ("unwell", "alarms", "broken"),
    [
        ([(50.1, 301)], codes.ALARM_UNMET, set()),
        ([], codes.ALARM_UNMET, {"C6"}),
        ([(50.1, 301)], 0, {"C6"}),
        ([(51.0, 301)], codes.ALARM_UNMET, {"C6"}),
    ],
)
def test_a_demand_that_is_not_met_is_told_in_that_scan(unwell, alarms, broken):
    assert properties(stopped(unwell, alarms)) == broken


@pytest.mark.parametrize(("alarms", "broken"), [(codes.ALARM_LOCAL_DEMAND, set()), (0, {"C6"})])
def test_local_with_a_demand_is_told(alarms, broken):
    account = well(attended(), (50.3, 195.0))
    pressed(account, LOCAL, 40, 200)
    pressed(account, EMERGENCY, 50, 60, acts=0)
    pressed(account, RESET, 195, 196)
    tells(account, 50.2, alarms)
    assert properties(account) == broken


def test_a_gate_that_is_where_it_is_demanded_is_no_alarm():
    account = well(attended("closed"))
    switched(account, ESTOP, 40, 0)
    pressed(account, EMERGENCY, 50, 60, acts=0)
    assert properties(account) == set()


def test_healthy_that_is_off_without_a_cause_is_seen():
    assert properties(well(attended(), (100, 101))) == {"C6"}


@pytest.mark.parametrize(
    "alarms", [codes.ALARM_UNMET, codes.ALARM_LOCAL_DEMAND, codes.ALARM_MAINS_LOST]
)
def test_an_alarm_without_a_cause_is_seen(alarms):
    account = well(attended())
    tells(account, 100, alarms)
    assert properties(account) == {"C6"}


def test_a_travel_that_ended_by_its_time_out_is_told():
    account = well(attended())
    account.gate_faults["main"] = [(us(40), us(290))]
    switched(account, EMERGENCY, 50, 0)
    energised(account, CLOSE, 50.1, 62.1)
    switched(account, AT_OPEN, 50.2, 0)
    found = [each for each in judge(account).violations if "demand_not_met" in each.detail]
    assert {each.property for each in found} == {"C6"}
