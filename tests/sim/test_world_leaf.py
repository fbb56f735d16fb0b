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


# Dead band, speed, jams at a place, torque.

DEAD_US = 200 * MS


def loose(position_us=0, *faults):
    """A motor with play: the first 0.2 s of its run after a reversal move nothing."""
    return Leaf(TRAVEL_US, RELAY_US, position_us, faults=list(faults), dead_band_us=DEAD_US)


def drive(leaf, coil, from_us, until_us=None):
    leaf.drive(coil, 1, from_us)
    if until_us is not None:
        leaf.drive(coil, 0, until_us)


def test_a_full_stroke_takes_its_travel_time_whatever_the_play():
    leaf = loose()
    drive(leaf, "open", 0)
    assert at(leaf, RELAY_US + DEAD_US - 1) == (0, 0, 1)
    assert at(leaf, RELAY_US + DEAD_US) == (0, 0, 0)  # it leaves its switch when it moves
    assert at(leaf, RELAY_US + TRAVEL_US - 1)[1] == 0
    assert at(leaf, RELAY_US + TRAVEL_US) == (1000, 1, 0)


def test_a_reversal_first_runs_through_the_dead_band():
    leaf = loose()
    drive(leaf, "open", 0, 4 * S)
    leaf.advance(5 * S)
    there = leaf.permille_at(5 * S)
    assert there == pytest.approx(1000 * (4 * S - DEAD_US) / (TRAVEL_US - DEAD_US))
    drive(leaf, "close", 5 * S)
    leaf.advance(5 * S + RELAY_US + DEAD_US)
    assert leaf.permille_at(5 * S + RELAY_US + DEAD_US) == there
    leaf.advance(6 * S)
    assert leaf.permille_at(6 * S) < there
    assert at(leaf, 20 * S) == (0, 0, 1)
    again = loose()
    drive(again, "open", 0, 4 * S)
    drive(again, "open", 5 * S)  # the same way: no play to run through
    again.advance(5 * S + RELAY_US + S)
    assert again.permille_at(5 * S + RELAY_US + S) == pytest.approx(
        1000 * (5 * S - DEAD_US) / (TRAVEL_US - DEAD_US)
    )


def test_a_branch_stops_the_leaf_where_it_lies_and_lets_it_go_the_other_way():
    leaf = motor(TRAVEL_US, GateFault("jam_closing", permille=300))
    drive(leaf, "close", 0, 20 * S)
    assert at(leaf, 20 * S) == (300, 0, 0)
    drive(leaf, "open", 21 * S)
    assert at(leaf, 40 * S) == (1000, 1, 0)
    other = motor(0, GateFault("jam_opening", permille=600))
    drive(other, "open", 0)
    assert at(other, 20 * S) == (600, 0, 0)
    below = motor(TRAVEL_US // 10, GateFault("jam_closing", permille=300))
    drive(below, "close", 0)
    assert at(below, 20 * S) == (100, 0, 0)  # already past it: it cannot move at all


def test_a_stalled_motor_opens_its_torque_switch_until_it_is_let_go():
    leaf = motor(TRAVEL_US, GateFault("jam_closing", permille=500))
    drive(leaf, "close", 0)
    stall_us = RELAY_US + TRAVEL_US // 2
    assert leaf.torque() == 1
    leaf.advance(stall_us)
    assert leaf.next_change_us() == stall_us + leaf.torque_us
    leaf.advance(stall_us + leaf.torque_us - 1)
    assert leaf.torque() == 1
    leaf.advance(stall_us + leaf.torque_us)
    assert leaf.torque() == 0
    leaf.drive("close", 0, 10 * S)
    leaf.advance(10 * S + RELAY_US)
    assert leaf.torque() == 1


def test_a_motor_at_its_end_is_stopped_by_its_own_contact_and_strains_nothing():
    leaf = motor(TRAVEL_US, GateFault("at_closed_broken"))
    drive(leaf, "close", 0)
    assert at(leaf, 60 * S) == (0, 0, 0)
    assert leaf.torque() == 1


def test_a_broken_torque_wire_reads_as_overload():
    leaf = motor(0, GateFault("torque_broken", 5 * S, 6 * S))
    seen = []
    for second in (4, 5, 6):
        leaf.advance(second * S)
        seen.append(leaf.torque())
    assert seen == [1, 0, 1]


def test_a_late_switch_makes_late_and_releases_at_once():
    leaf = motor(TRAVEL_US, GateFault("at_closed_late", late_us=2 * S))
    drive(leaf, "close", 0)
    arrival_us = RELAY_US + TRAVEL_US
    assert at(leaf, arrival_us) == (0, 0, 0)
    assert leaf.next_change_us() == arrival_us + 2 * S
    assert at(leaf, arrival_us + 2 * S - 1) == (0, 0, 0)
    assert at(leaf, arrival_us + 2 * S) == (0, 0, 1)
    leaf.drive("close", 0, 19 * S)
    drive(leaf, "open", 20 * S)
    assert at(leaf, 20 * S + RELAY_US)[2] == 0
    resting = motor(0, GateFault("at_closed_late", late_us=2 * S))
    assert at(resting, 0) == (0, 0, 1)  # it has long been made


def test_a_slow_motor_takes_longer_and_asking_often_changes_nothing():
    once, often = (motor(0, GateFault("slow", 4 * S, permille=333)) for _ in range(2))
    for leaf in (once, often):
        drive(leaf, "open", 0)
    for now_us in range(0, 16 * S, 98_765):
        often.advance(now_us)
    for leaf in (once, often):
        leaf.advance(16 * S)
    assert once.position_us == often.position_us
    assert once.position_us == 4 * S - RELAY_US + 12 * S * 333 // 1000
    assert once.next_change_us() == often.next_change_us()
    end_us = once.next_change_us()
    assert at(once, end_us - 1)[1] == 0
    assert at(once, end_us) == (1000, 1, 0)


# Supply and hands.


def test_without_mains_a_motor_stands_and_a_spring_returns():
    leaf, bypass = motor(), spring()
    drive(leaf, "open", 0)
    drive(bypass, "out", 0)
    for one in (leaf, bypass):
        one.mains(False, 6 * S)
    assert at(leaf, 30 * S)[0] == round(1000 * (6 * S - RELAY_US) / TRAVEL_US)
    assert at(bypass, 30 * S) == (1000, 1, 0)
    for one in (leaf, bypass):
        one.mains(True, 30 * S)
    assert at(leaf, 60 * S) == (1000, 1, 0)
    assert at(bypass, 60 * S)[0] == 0


def test_a_battery_gives_so_many_strokes_and_the_mains_do_not_use_it_up():
    leaf = Leaf(TRAVEL_US, RELAY_US, battery_us=3 * TRAVEL_US // 2)
    drive(leaf, "open", 0)
    leaf.mains(False, 4 * S + RELAY_US)
    assert at(leaf, 20 * S) == (1000, 1, 0)
    leaf.drive("open", 0, 20 * S)
    drive(leaf, "close", 21 * S)
    assert at(leaf, 40 * S) == (0, 0, 1)  # half a stroke and one: it just lasted
    leaf.drive("close", 0, 40 * S)
    drive(leaf, "open", 41 * S)
    assert at(leaf, 60 * S) == (0, 0, 1)
    leaf.mains(True, 60 * S)
    assert at(leaf, 80 * S) == (1000, 1, 0)


def test_a_battery_ends_in_the_middle_of_a_stroke_when_it_ends():
    leaf = Leaf(TRAVEL_US, RELAY_US, TRAVEL_US, battery_us=2 * S)
    leaf.mains(False, 0)
    drive(leaf, "close", 0)
    assert at(leaf, 30 * S) == (750, 0, 0)
    assert leaf.next_change_us() == NEVER_US


def test_an_emergency_stop_stops_a_motor_on_battery_too():
    leaf = Leaf(TRAVEL_US, RELAY_US, TRAVEL_US, battery_us=TRAVEL_US)
    leaf.mains(False, 0)
    leaf.power(False, 0)
    drive(leaf, "close", 0)
    assert at(leaf, 30 * S) == (1000, 1, 0)


def test_a_breaker_that_is_off_stops_the_motor_and_a_spring_returns():
    leaf, bypass = motor(0, GateFault("no_power", 2 * S, 9 * S)), spring()
    bypass.add_fault(GateFault("no_power", 6 * S))
    drive(leaf, "open", 0)
    drive(bypass, "out", 0)
    assert at(leaf, 8 * S)[0] == round(1000 * (2 * S - RELAY_US) / TRAVEL_US)
    assert leaf.torque() == 1
    assert at(leaf, 30 * S) == (1000, 1, 0)
    assert at(bypass, 5 * S + RELAY_US)[0] == 0
    assert at(bypass, 30 * S) == (1000, 1, 0)


def test_hands_drive_beside_the_relays_and_against_them_nothing_moves():
    leaf = motor(TRAVEL_US)
    leaf.hands(False, True, S)
    assert at(leaf, 3 * S) == (750, 0, 0)
    leaf.hands(True, True, 3 * S)
    assert at(leaf, 5 * S) == (750, 0, 0)
    leaf.hands(False, False, 5 * S)
    drive(leaf, "close", 5 * S)
    leaf.hands(True, False, 6 * S)  # the station closes, the hand opens
    stood = at(leaf, 6 * S)
    assert at(leaf, 9 * S) == stood
    leaf.hands(False, False, 9 * S)
    assert at(leaf, 20 * S) == (0, 0, 1)


def test_a_leak_is_no_movement_of_the_leaf():
    leaf = motor(0, GateFault("leak", 2 * S, 4 * S, permille=80))
    seen = []
    for second in (1, 3, 5):
        leaf.advance(second * S)
        seen.append((leaf.leak_permille(), leaf.permille_at(second * S), leaf.switch("at_closed")))
    assert seen == [(0, 0, 1), (80, 0, 1), (0, 0, 1)]
