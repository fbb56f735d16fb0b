"""Orders from afar, and closings for nothing, in the campaign's oracle, on accounts by hand."""

import struct

import pytest
from campaign_helpers import (
    AT_CLOSED,
    FLOOD,
    OPEN,
    closes,
    energised,
    properties,
    quiet,
    spoil,
    switched,
    us,
)

from reedgate_contract import envelope, records
from reedgate_sim.campaign.account import VALID, Life, Order
from reedgate_sim.confirmer import Event

NUMBER = 7


def ordered(action, at_s, hold_s=30, form=VALID, gate="open", told_s=None):
    """An order, and the station's record that it has taken it; told_s: of its uptime, 0: none."""
    account = quiet(gate=gate)
    account.orders = [Order(us(at_s), "main", action, hold_s, form, NUMBER)]
    if told_s != 0:
        tells(account, told_s or at_s + 0.1, action)
    return account


def tells(account, at_s, action, number=NUMBER):
    (code,) = (code for code, name in envelope.ACTION_NAMES.items() if name == action)
    payload = struct.pack(records.COMMAND, 0, 0, code, 30, number, 1)[2:]
    account.events.append(Event(records.KIND_COMMAND, 1, 1, round(at_s * 1000), payload, b""))


@pytest.mark.parametrize(("took_s", "broken"), [(0.5, set()), (3.0, {"C3 t1"})])
def test_an_order_to_close_that_was_taken_has_to_close(took_s, broken):
    account = ordered("close", 50)
    closes(account, 50.1 + took_s)
    assert properties(account) == broken


def test_one_that_was_not_taken_need_not():
    assert properties(ordered("close", 50, told_s=0)) == set()


@pytest.mark.parametrize("form", ["forged", "late", "ahead", "replayed", "other boot"])
def test_one_without_a_right_must_not_be_taken(form):
    assert properties(ordered("open", 50, form=form)) == {"C2 S8"}
    assert properties(ordered("open", 50, form=form, told_s=0)) == set()


def test_one_is_taken_once_and_as_it_is():
    account = ordered("open", 50)
    assert properties(account) == set()
    tells(account, 60, "open")
    assert properties(account) == {"C2 S8"}
    account = ordered("open", 50, told_s=0)
    tells(account, 50.1, "release")
    assert properties(account) == {"C2 S8"}
    tells(account, 51, "open", number=99)
    assert properties(account) == {"C2 S8"}


def opened(at_s, hold_s=30, action="close"):
    """Ordered at 50 s in front of a closed gate; it opens in good water."""
    account = ordered(action, 50, hold_s, gate="closed")
    switched(account, AT_CLOSED, at_s + 0.01, 0)
    energised(account, OPEN, at_s, at_s + 8)
    return account


@pytest.mark.parametrize(
    ("at_s", "broken"),
    [(60, True), (85, True), (89.9, True), (91, False)],  # it stands for 30 s, the hold is 10 s
)
def test_an_order_to_close_stands_for_its_time_and_the_hold_comes_after_it(at_s, broken):
    assert ("C2 S4" in properties(opened(at_s))) == broken


def test_another_order_ends_it_and_the_hold_starts_anew():
    account = opened(75)
    account.orders.append(Order(us(60), "main", "release", 0, VALID, 8))
    assert properties(account) == set()
    account.orders[1] = Order(us(60), "main", "reset", 0, VALID, 8)
    assert properties(account) == {"C2 S4"}


@pytest.mark.parametrize(("hold_s", "broken"), [(30, set()), (0xFFFF, {"C2 S4"})])
def test_only_one_until_released_outlives_a_restart(hold_s, broken):
    account = opened(150, hold_s)
    account.lives = [Life(0, us(70), us(70), safe=True), Life(us(72), safe=True)]
    assert properties(account) == broken


def test_a_flood_overrules_an_order():
    account = opened(75)
    switched(account, FLOOD, 72, 0)
    assert "C2 S4" not in properties(account)


# closings


def test_a_gate_that_closes_for_nothing_is_seen():
    account = quiet()
    closes(account, 150)
    assert properties(account) == {"C2 S5"}


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda account: spoil(account, "do_mg_l", 140, 141, value=1.0),
        lambda account: spoil(account, "do_mg_l", 140, 141, answered=None),
        lambda account: account.bus_faults.append((us(120), us(121))),
        lambda account: account.gate_faults.update(main=[(us(20), us(21))]),
        lambda account: account.orders.append(Order(us(140), "main", "close", 30, VALID, 1)),
        lambda account: switched(account, FLOOD, 100, 0),
    ],
)
def test_a_reason_within_a_minute_is_enough(spoilt):
    account = quiet()
    closes(account, 150)
    spoilt(account)
    assert "C2 S5" not in properties(account)


def test_an_order_without_a_right_is_no_reason():
    account = ordered("close", 149, form="forged", told_s=0)
    closes(account, 150)
    assert properties(account) == {"C2 S5"}
