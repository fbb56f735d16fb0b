"""Gate leaves: when relays, switches and jams act, to the microsecond."""

import pytest
from world_helpers import MS, S

from reedgate_sim.world.leaf import CLOSING, NEVER_US, OPENING, STILL, GateFault, Leaf

TRAVEL_US, RELAY_US = 8 * S, 10 * MS


def motor(position_us=0, *faults):
    return Leaf(TRAVEL_US, RELAY_US, position_us, faults=list(faults))


def spring(opens=True):
    if opens:
        return Leaf(5 * S, RELAY_US, 5 * S, OPENING)
    return Leaf(5 * S, RELAY_US, 0, CLOSING)


def at(leaf, now_us):
    leaf.advance(now_us)
    return round(leaf.permille_at(now_us)), leaf.switch("at_open"), leaf.switch("at_closed")


def test_a_stroke_from_closed_to_open():
    leaf = motor()
    assert at(leaf, S) == (0, 0, 1)
    assert leaf.next_change_us() == NEVER_US
    leaf.drive("open", 1, S)
    assert leaf.next_change_us() == S + RELAY_US
    assert at(leaf, S + RELAY_US - 1) == (0, 0, 1)
    assert leaf.contact("open") == 0
    assert at(leaf, S + RELAY_US) == (0, 0, 0)  # it leaves its switch as it starts
    assert leaf.contact("open") == 1
    assert leaf.next_change_us() == S + RELAY_US + TRAVEL_US
    assert at(leaf, S + RELAY_US + TRAVEL_US // 4) == (250, 0, 0)
    assert at(leaf, S + RELAY_US + TRAVEL_US - 1)[1] == 0
    assert at(leaf, S + RELAY_US + TRAVEL_US) == (1000, 1, 0)
    assert leaf.direction == STILL  # stopped by its switch, whatever the relay says
    assert leaf.next_change_us() == NEVER_US


def test_a_released_relay_stops_the_leaf_where_it_is():
    leaf = motor()
    leaf.drive("open", 1, 0)
    leaf.drive("open", 0, 2 * S)
    assert at(leaf, 10 * S) == (250, 0, 0)


def test_reversing():
    leaf = motor(TRAVEL_US)
    leaf.drive("close", 1, 0)
    leaf.drive("close", 0, 4 * S)
    leaf.drive("open", 1, 5 * S)
    assert at(leaf, 6 * S + RELAY_US) == (625, 0, 0)


def test_both_relays_at_once_move_nothing():
    leaf = motor(4 * S)
    leaf.drive("open", 1, 0)
    leaf.drive("close", 1, 0)
    assert at(leaf, 60 * S) == (500, 0, 0)


def test_an_emergency_stop_stops_a_motor_and_lets_a_spring_go():
    leaf, bypass = motor(), spring()
    leaf.drive("open", 1, 0)
    bypass.drive("out", 1, 0)
    assert at(bypass, 20 * S) == (0, 0, 1)
    for one in (leaf, bypass):
        one.power(False, 20 * S)
    assert at(bypass, 22 * S) == (400, 0, 0)
    leaf.power(True, 30 * S)
    assert at(leaf, 40 * S) == (1000, 1, 0)
    halfway = motor()
    halfway.drive("open", 1, 0)
    halfway.power(False, 4 * S + RELAY_US)
    assert at(halfway, 60 * S) == (500, 0, 0)


@pytest.mark.parametrize(("opens", "rest", "held"), [(True, 1000, 0), (False, 0, 1000)])
def test_a_spring_goes_home_without_current(opens, rest, held):
    leaf = spring(opens)
    assert at(leaf, S)[0] == rest
    leaf.drive("out", 1, S)
    assert at(leaf, 10 * S)[0] == held
    leaf.drive("out", 0, 10 * S)
    assert leaf.next_change_us() == 10 * S + RELAY_US
    assert at(leaf, 15 * S + RELAY_US)[0] == rest


def test_a_repeated_level_changes_nothing():
    leaf = motor()
    leaf.drive("open", 1, 0)
    leaf.drive("open", 1, 5 * MS)
    leaf.advance(RELAY_US)
    assert leaf.next_change_us() == RELAY_US + TRAVEL_US
    assert at(leaf, 2 * S + RELAY_US)[0] == 250


def test_a_jam_holds_one_direction_for_its_window():
    leaf = motor(TRAVEL_US, GateFault("jam_closing", 2 * S, 6 * S))
    leaf.drive("close", 1, 0)
    assert at(leaf, 2 * S)[0] == at(leaf, 5 * S)[0] == 751
    assert leaf.direction == STILL
    assert leaf.next_change_us() == 6 * S
    leaf.drive("close", 0, 5 * S)
    leaf.drive("open", 1, 5 * S)
    assert at(leaf, 5 * S + RELAY_US + 800 * MS)[0] == 851
    leaf.drive("open", 0, 7 * S)
    leaf.drive("close", 1, 7 * S)
    assert at(leaf, 20 * S) == (0, 0, 1)


@pytest.mark.parametrize(
    ("kind", "during", "after"),
    [
        ("at_open_stuck", (500, 1, 0), (500, 0, 0)),
        ("at_closed_stuck", (500, 0, 1), (500, 0, 0)),
    ],
)
def test_a_stuck_switch_is_made_wherever_the_leaf_is(kind, during, after):
    leaf = motor(4 * S, GateFault(kind, S, 2 * S))
    assert at(leaf, S - 1) == after
    assert at(leaf, S) == during
    assert at(leaf, 2 * S) == after


@pytest.mark.parametrize("name", ["at_open", "at_closed"])
def test_a_broken_switch_never_makes(name):
    leaf = motor(TRAVEL_US if name == "at_open" else 0)
    assert leaf.switch(name) == 1
    leaf.add_fault(GateFault(f"{name}_broken"))
    assert leaf.switch(name) == 0


def test_how_often_it_is_advanced_changes_nothing():
    once, often = motor(), motor()
    for leaf in (once, often):
        leaf.drive("open", 1, 3)
    for now in range(0, 3 * S, 12_345):
        often.advance(now)
    once.drive("open", 0, 3 * S + 1)
    often.drive("open", 0, 3 * S + 1)
    once.advance(9 * S)
    often.advance(9 * S)
    assert once.position_us == often.position_us == 3 * S - 2


def test_a_fault_must_be_known():
    with pytest.raises(ValueError, match="unknown kind 'bored'"):
        GateFault("bored")
