"""Latches of trips, full ponds and wipes in the campaign's oracle, on accounts made by hand."""

import pytest
from campaign_helpers import (
    AT_CLOSED,
    AT_OPEN,
    CLOSE,
    OPEN,
    RESET,
    closes,
    energised,
    properties,
    quiet,
    spoil,
    switched,
    us,
)

from reedgate_sim.campaign.oracle import judge

QUICK = {
    "gates.main.travel_s": 2,
    "gates.main.travel_timeout_s": 4,
    "gates.main.min_closed_s": 0,
    "gates.main.reopen_hold_s": 1,
    "gates.main.trips.turbid.confirm": {"polls": 1, "of": 1, "delay_s": 0},
    "gates.main.trips.turbid.lost_hold_s": 2,
}
EVERY_S, LASTS_S = 60, 30


def waves(times, **more):
    """Bad water, each time for longer than any budget; the gate closes and opens by itself."""
    account = quiet(QUICK | more)
    account.inputs[AT_CLOSED], account.inputs[AT_OPEN] = [(0, 0)], [(0, 1)]
    for index in range(times):
        begin_s = 40 + index * EVERY_S
        end_s = begin_s + LASTS_S
        account.beyond["main", "turbid"].append((us(begin_s), us(end_s)))
        spoil(account, "turbidity_ntu", begin_s, end_s, value=60.0)
        energised(account, CLOSE, begin_s + 1, begin_s + 3.1)
        switched(account, AT_OPEN, begin_s + 1.01, 0)
        switched(account, AT_CLOSED, begin_s + 3, 1)
        energised(account, OPEN, end_s + 15, end_s + 17.1)
        switched(account, AT_CLOSED, end_s + 15.01, 0)
        switched(account, AT_OPEN, end_s + 17, 1)
    return account


@pytest.mark.parametrize(("times", "broken"), [(2, set()), (3, {"C2 S4"})])
def test_the_third_trip_of_a_cause_needs_a_reset(times, broken):
    assert properties(waves(times)) == broken


def test_a_reset_behind_the_third_trip_will_do():
    account = waves(3)
    switched(account, RESET, 200, 1)
    switched(account, RESET, 201, 0)
    assert properties(account) == set()


def test_a_trip_that_only_a_reset_clears_needs_one_the_first_time():
    only = {"gates.main.trips.turbid.clears": "reset_only"}
    only["gates.main.trips.turbid.clear_hold_s"] = None
    account = waves(1, **only)
    assert properties(account) == {"C2 S4"}
    switched(account, RESET, 75, 1)
    assert properties(account) == set()


# rule 7


def filled():
    full = {"point": "stage_mm", "above": 2100, "deadband": 50}
    account = quiet({"gates.main.pond": {"full": full}})
    account.full["main"] = [(us(50), us(90))]
    spoil(account, "stage_mm", 50, 90, value=2200.0)
    return account


@pytest.mark.parametrize(("took_s", "broken"), [(4, set()), (12, {"C3 t1"})])
def test_a_full_pond_has_to_close_the_gate(took_s, broken):
    account = filled()
    closes(account, 50 + took_s)
    assert properties(account) == broken


@pytest.mark.parametrize(("opens_s", "broken"), [(85, {"C2 S4"}), (95, set())])
def test_nothing_opens_while_the_pond_is_full(opens_s, broken):
    account = filled()
    closes(account, 51)
    switched(account, AT_CLOSED, opens_s + 0.01, 0)
    energised(account, OPEN, opens_s, opens_s + 8)
    assert properties(account) == broken


# several conditions at once


@pytest.mark.parametrize(("both", "broken"), [(True, set()), (False, {"C2 S5"})])
def test_of_several_conditions_one_closes_nothing(both, broken):
    conditions = [
        {"point": "do_mg_l", "below": 2.9, "deadband": 0.3},
        {"point": "conductivity_us_cm", "above": 1500, "deadband": 100},
    ]
    trip = {"all": conditions, "side": "upstream", "flow_past": "bypass"}
    trip |= {"clears": "reset_only", "basis": {"site": "sewage"}}
    account = quiet({"gates.main.trips.raw_sewage": trip})
    account.beyond["main", "raw_sewage"] = []
    spoil(account, "conductivity_us_cm", 80, 110, value=1650.0)
    if both:
        spoil(account, "do_mg_l", 80, 110, value=2.7)
    closes(account, 90)
    assert properties(account) == broken


# wipes


def wiping(at_s=100):
    account = quiet({"sensors.turbidity.wipe_every_s": 300})
    account.wipes["turbidity"] = [us(at_s)]
    return account


def test_a_wipe_of_a_probe_in_good_water_is_allowed():
    assert properties(wiping()) == set()


@pytest.mark.parametrize("changes", [{"value": 60.0}, {"good": False}, {"answered": False}])
def test_a_wipe_begins_only_from_good_readings_inside_the_limit(changes):
    account = wiping()
    spoil(account, "turbidity_ntu", 99, 100, **changes)
    assert "C2 S9" in properties(account)


@pytest.mark.parametrize(("opens_s", "broken"), [(99, False), (105, True), (115, False)])
def test_nothing_begins_to_open_while_a_probe_wipes_itself(opens_s, broken):
    account = wiping()
    account.inputs[AT_OPEN], account.inputs[AT_CLOSED] = [(0, 0)], [(0, 1)]
    switched(account, AT_CLOSED, opens_s + 0.01, 0)
    energised(account, OPEN, opens_s, opens_s + 8)
    assert ("C2 S4" in properties(account)) == broken


def test_bad_water_in_a_wipe_has_the_longer_budget():
    account = wiping(at_s=49)
    account.beyond["main", "turbid"] = [(us(50), us(290))]
    budget = next(each for each in account.budgets.trips if each.trip == "turbid")
    closes(account, 50 + sum(budget.to_relay_fault.values()) / 1000 - 0.1)
    assert properties(account) == set()
    assert judge(account).reactions.judged == 1
