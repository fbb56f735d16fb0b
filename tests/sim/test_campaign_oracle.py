"""C1 to C3 of the campaign's oracle on accounts made by hand: each can break, a good one holds."""

import pytest
from campaign_helpers import (
    AT_CLOSED,
    AT_OPEN,
    CLOSE,
    ESTOP,
    FLOOD,
    OPEN,
    OUT,
    RESET,
    closes,
    energised,
    jam,
    properties,
    quiet,
    spoil,
    switched,
    us,
)

from reedgate_sim.campaign.account import Life
from reedgate_sim.campaign.oracle import judge

BAD_FROM_S = 50


def test_a_quiet_run_breaks_nothing():
    assert properties(quiet()) == set()


# C1


def test_whatever_comes_before_the_outputs_are_off_is_seen():
    account = quiet()
    account.lives[0].unsafe = "a request on the bus"
    assert properties(account) == {"C1"}


# C2


def test_both_relays_are_seen():
    account = quiet()
    energised(account, OPEN, 50, 52)
    energised(account, CLOSE, 51, 53)
    assert "C2 S1" in properties(account)


@pytest.mark.parametrize(("rest_s", "broken"), [(0.49, True), (0.5, False)])
def test_a_dead_time_that_is_too_short_is_seen(rest_s, broken):
    account = quiet()
    switched(account, AT_OPEN, 50, 0)
    energised(account, CLOSE, 50, 52)
    energised(account, OPEN, 52 + rest_s, 54)
    assert ("C2 S1" in properties(account)) == broken


@pytest.mark.parametrize(("until_s", "broken"), [(58.15, False), (58.4, True)])
def test_a_drive_that_goes_on_into_its_switch_is_seen(until_s, broken):
    account = quiet()
    energised(account, CLOSE, 50, until_s)
    switched(account, AT_CLOSED, 58, 1)
    assert ("C2 S2" in properties(account)) == broken


def test_a_drive_that_starts_into_its_switch_is_seen():
    account = quiet(gate="closed")
    energised(account, CLOSE, 50, 50.2)
    assert properties(account) == {"C2 S2"}


def test_a_drive_beyond_its_time_out_is_seen():
    account = quiet()
    energised(account, CLOSE, 50, 62.5)
    assert properties(account) == {"C2 S2"}


@pytest.mark.parametrize(("times", "broken"), [(3, False), (4, True)])
def test_a_drive_in_a_latched_direction_is_seen(times, broken):
    account = quiet()
    jam(account, times)
    assert properties(account) == ({"C2 S2"} if broken else set())


@pytest.mark.parametrize(("cut_s", "broken"), [(79.2, True), (77.5, False)])
def test_jams_count_over_a_restart_once_they_can_have_been_kept(cut_s, broken):
    account = quiet()
    jam(account, 4)
    account.lives = [Life(0, us(cut_s), us(cut_s), safe=True), Life(us(79.5), safe=True)]
    assert ("C2 S2" in properties(account)) == broken


def test_a_reset_gives_the_direction_back():
    account = quiet()
    jam(account, 4)
    switched(account, RESET, 94.5, 1)
    assert properties(account) == set()


def test_an_emergency_stop_that_does_not_stop_is_seen():
    account = quiet()
    energised(account, CLOSE, 50, 56)
    switched(account, ESTOP, 52, 0)
    assert properties(account) == {"C2 S3"}


@pytest.mark.parametrize(("reset_s", "broken"), [(None, True), (60, False)])
def test_a_drive_after_an_emergency_stop_needs_a_reset(reset_s, broken):
    account = quiet()
    energised(account, OUT, 65, 70)
    switched(account, ESTOP, 52, 0)
    switched(account, ESTOP, 55, 1)
    if reset_s is not None:
        switched(account, RESET, reset_s, 1)
    assert properties(account) == ({"C2 S3"} if broken else set())


def test_a_restart_is_no_reset():
    account = quiet()
    switched(account, ESTOP, 40, 0)
    switched(account, ESTOP, 55, 1)
    account.lives = [Life(0, us(58), us(58), safe=True), Life(us(60), safe=True)]
    energised(account, OUT, 65, 70)
    assert properties(account) == {"C2 S3"}


def stopped_while_bad(reset_s, for_s=1.0):
    """Bad water at 50 s, after an emergency stop that was released at 40 s; nothing closes."""
    account = bad_water()
    switched(account, ESTOP, 20, 0)
    switched(account, ESTOP, 40, 1)
    switched(account, RESET, reset_s, 1)
    switched(account, RESET, reset_s + for_s, 0)
    return account


@pytest.mark.parametrize(
    ("reset_s", "for_s", "excuse"),
    [
        (39.0, 0.5, "emergency_stop"),
        (39.95, 1.0, "reset_unclear"),  # in the very scan of the release
        (40.15, 1.0, "reset_unclear"),
        (42.0, 0.15, "reset_unclear"),  # between two scans
        (42.0, 1.0, ""),
    ],
)
def test_only_a_clear_reset_surely_ends_an_emergency_stop(reset_s, for_s, excuse):
    account = stopped_while_bad(reset_s, for_s)
    verdict = judge(account)
    assert {each.property for each in verdict.violations} == (set() if excuse else {"C3 t1"})
    assert verdict.reactions.excused == ({excuse: 1} if excuse else {})
    energised(account, OUT, 45, 46)
    assert ("C2 S3" in properties(account)) == (excuse == "emergency_stop")


@pytest.mark.parametrize("cut_s", [41, 43])
def test_a_reset_while_nobody_runs_or_that_was_not_kept_is_unclear(cut_s):
    account = stopped_while_bad(42)
    account.lives = [Life(0, us(cut_s), us(cut_s), safe=True), Life(us(cut_s + 0.5), safe=True)]
    assert judge(account).reactions.excused["reset_unclear"] > 0


def opening(at_s, **spoilt):
    account = quiet(gate="closed")
    switched(account, AT_CLOSED, at_s + 0.01, 0)
    energised(account, OPEN, at_s, at_s + 8)
    for point, (from_s, until_s, changes) in spoilt.items():
        spoil(account, point, from_s, until_s, **changes)
    return account


def test_an_opening_on_good_water_is_allowed():
    assert properties(opening(100)) == set()


@pytest.mark.parametrize(
    ("from_s", "until_s", "changes", "broken"),
    [
        (80, 95, {"value": 8.5}, True),  # within the limit, not by its deadband
        (70, 89, {"value": 60.0}, False),  # longer ago than the hold
        (70, 95, {"good": False}, True),
        (93, 101, {"answered": False}, True),  # nothing for longer than max_age_s
        (96, 101, {"answered": False}, False),
        (80, 95, {"value": 60.0, "answered": None}, False),  # may not have come through
    ],
)
def test_an_opening_needs_every_permissive_for_its_hold(from_s, until_s, changes, broken):
    account = opening(100, turbidity_ntu=(from_s, until_s, changes))
    assert ("C2 S4" in properties(account)) == broken


def test_a_flood_may_open_on_bad_water():
    account = opening(100, turbidity_ntu=(50, 200, {"value": 60.0}))
    switched(account, FLOOD, 97, 0)
    assert "C2 S4" not in properties(account)


def test_a_back_off_may_open():
    account = quiet()
    switched(account, AT_OPEN, 48, 0)
    spoil(account, "turbidity_ntu", 40, 290, value=60.0)
    jam(account, 1)
    energised(account, OPEN, 62.6, 65.6)
    assert "C2 S4" not in properties(account)
    energised(account, OPEN, 80, 83)
    assert "C2 S4" in properties(account)


@pytest.mark.parametrize(("bad_until_s", "broken"), [(55, False), (290, True)])
def test_a_back_off_may_go_on_as_an_opening_that_is_permitted(bad_until_s, broken):
    account = quiet()
    switched(account, AT_OPEN, 48, 0)
    spoil(account, "turbidity_ntu", 40, bad_until_s, value=60.0)
    jam(account, 1)
    energised(account, OPEN, 62.6, 70.6)
    assert ("C2 S4" in properties(account)) == broken


def test_too_many_openings_are_seen():
    account = quiet({"gates.main.openings_per_hour": 1, "gates.main.min_closed_s": 0}, "closed")
    for at_s in (100, 200):
        switched(account, AT_CLOSED, at_s + 0.01, 0)
        energised(account, OPEN, at_s, at_s + 8)
        switched(account, AT_CLOSED, at_s + 50, 1)
    assert properties(account) == {"C2 S4"}


@pytest.mark.parametrize(("cut_s", "broken"), [(103, True), (101, False)])
def test_openings_count_over_a_restart_once_they_can_have_been_kept(cut_s, broken):
    account = quiet({"gates.main.openings_per_hour": 1, "gates.main.min_closed_s": 0}, "closed")
    account.lives = [Life(0, us(cut_s), us(cut_s), safe=True), Life(us(cut_s + 1), safe=True)]
    energised(account, OPEN, 100, cut_s)
    energised(account, OPEN, 200, 208)
    switched(account, AT_CLOSED, 200.01, 0)
    assert ("C2 S4" in properties(account)) == broken


# C3


def bad_water(until_s=290.0):
    account = quiet()
    account.beyond["main", "turbid"] = [(us(BAD_FROM_S), us(until_s))]
    return account


def relay_s(account, bound="to_relay_clean"):
    budget = next(each for each in account.budgets.trips if each.trip == "turbid")
    return sum(getattr(budget, bound).values()) / 1000


def test_a_gate_that_does_not_close_is_seen():
    assert properties(bad_water()) == {"C3 t1"}


@pytest.mark.parametrize(
    ("bound", "faults"), [("to_relay_clean", []), ("to_relay_fault", [(us(40), us(45))])]
)
@pytest.mark.parametrize(("more_s", "broken"), [(-0.02, set()), (0.02, {"C3 t1"})])
def test_the_close_command_is_held_against_its_budget(bound, faults, more_s, broken):
    account = bad_water()
    account.bus_faults = faults
    took_s = relay_s(account, bound) - 0.01 + more_s  # its relay takes 10 ms
    closes(account, BAD_FROM_S + took_s)
    assert properties(account) == broken
    if not broken:
        worst_ms = (round(took_s * 1000) + 10, round(relay_s(account, "to_relay_fault") * 1000))
        assert judge(account).reactions.worst == worst_ms


def test_a_number_that_no_probe_can_give_has_the_longer_budget():
    account = bad_water()
    spoil(account, "turbidity_ntu", 50, 290, good=False)
    closes(account, BAD_FROM_S + relay_s(account, "to_relay_fault") - 0.05)
    assert properties(account) == set()


def test_a_gate_that_is_late_on_its_way_is_seen():
    account = bad_water()
    energised(account, CLOSE, 55, 66)
    switched(account, AT_OPEN, 55.01, 0)
    assert properties(account) == {"C3 t2"}


@pytest.mark.parametrize(
    ("premise", "spoilt"),
    [
        ("did_not_stay", lambda a: a.beyond.update({("main", "turbid"): [(us(50), us(51))]})),
        ("emergency_stop", lambda a: switched(a, ESTOP, 49, 0)),
        ("flood", lambda a: switched(a, FLOOD, 51, 0)),
        ("drive_fault", lambda a: a.gate_faults.update({"main": [(us(10), us(11))]})),
        ("power_or_reset", lambda a: setattr(a.lives[0], "ran_until_us", us(52))),
        ("end_of_run", lambda a: setattr(a, "end_us", us(53))),
    ],
)
def test_a_missing_premise_is_counted_by_its_reason(premise, spoilt):
    account = bad_water()
    spoilt(account)
    verdict = judge(account)
    assert "C3 t1" not in {each.property for each in verdict.violations}
    assert verdict.reactions.excused[premise] == 1


def test_after_a_start_the_grace_passes_first():
    account = bad_water()
    account.lives = [Life(0, us(51), us(51), safe=True), Life(us(60), safe=True)]
    closes(account, 60 + 5 + relay_s(account))
    assert properties(account) == set()


@pytest.mark.parametrize(("lives_s", "broken"), [((0, 20, 60), True), ((0, 57, 60), False)])
def test_the_second_restart_within_an_hour_has_no_grace(lives_s, broken):
    account = quiet()
    account.beyond["main", "turbid"] = [(us(59), us(290))]
    ends_s = [each - 1 for each in lives_s[1:]]
    account.lives = [
        Life(us(begin), us(end), us(end), safe=True)
        for begin, end in zip(lives_s, [*ends_s, 1000], strict=True)
    ]
    closes(account, 60 + 5 + relay_s(account))
    assert ("C3 t1" in properties(account)) == broken


def test_a_probe_that_is_lost_has_to_close_the_gate():
    account = quiet()
    spoil(account, "do_mg_l", 50, 290, answered=False)
    assert properties(account) == {"C3 t1"}


@pytest.mark.parametrize(("opens_s", "broken"), [(52.3, set()), (53.0, {"C3 t1"})])
def test_a_flood_contact_has_to_open_the_gate(opens_s, broken):
    account = quiet(gate="closed")
    switched(account, FLOOD, 50, 0)
    energised(account, OPEN, opens_s, opens_s + 8)
    assert properties(account) == broken
