"""S11 in the campaign's oracle, on accounts made by hand: the water keeps a way."""

import pytest
from campaign_helpers import (
    AT_CLOSED,
    AT_OPEN,
    ESTOP,
    OPEN,
    OUT,
    closes,
    energised,
    properties,
    quiet,
    switched,
    us,
)

END_S = 301


def closing(shut_until_s):
    """The bypass, of a spring that opens it, is held shut until then; the inlet closes at 50 s."""
    account = quiet()
    account.bus_faults = [(us(45), us(46))]  # why it closes is not the question
    energised(account, OUT, 1, shut_until_s)
    closes(account, 50)
    return account


@pytest.mark.parametrize(
    ("shut_until_s", "broken"), [(50.05, False), (50.3, True), (55, True), (END_S, True)]
)
def test_the_bypass_opens_in_the_scan_in_which_its_inlet_closes(shut_until_s, broken):
    assert properties(closing(shut_until_s)) == ({"C2 S11"} if broken else set())


@pytest.mark.parametrize(
    "excuse",
    [
        lambda account: account.gate_faults.update(around=[(us(10), us(20))]),
        lambda account: switched(account, ESTOP, 49, 0),
    ],
)
def test_a_fault_or_an_emergency_stop_is_another_matter(excuse):
    account = closing(55)
    excuse(account)
    assert "C2 S11" not in properties(account)


def opening(shut_from_s):
    """The inlet opens at 100 s and is open at 108 s."""
    account = quiet(gate="closed")
    switched(account, AT_CLOSED, 100.01, 0)
    switched(account, AT_OPEN, 108, 1)
    energised(account, OPEN, 100, 108.1)
    energised(account, OUT, shut_from_s, END_S)
    return account


@pytest.mark.parametrize(
    ("shut_from_s", "broken"), [(108.2, False), (108.05, True), (104, True), (98, True)]
)
def test_the_bypass_closes_only_behind_an_open_inlet_at_rest(shut_from_s, broken):
    assert properties(opening(shut_from_s)) == ({"C2 S11"} if broken else set())


def test_both_closed_for_longer_than_a_travel_is_seen():
    account = quiet(gate="closed")
    energised(account, OUT, 0.1, 20)  # before a station can have seen anything
    assert properties(account) == {"C2 S11"}
    account = quiet(gate="closed")
    energised(account, OUT, 0.1, 14)
    assert properties(account) == set()
