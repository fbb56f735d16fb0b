"""C4 to C6 of the campaign's oracle on accounts made by hand: the record, the watchdog, alarms."""

import pytest
from campaign_helpers import (
    AT_CLOSED,
    NAMES,
    OUT,
    energised,
    gate_event,
    jam,
    properties,
    quiet,
    spoil,
    switched,
    us,
)

from reedgate_contract import codes
from reedgate_sim.campaign.account import Life


@pytest.mark.parametrize(("gap_s", "broken"), [(2, set()), (9, {"C3"})])
def test_a_probe_that_answers_and_is_not_asked_is_seen(gap_s, broken):
    account = quiet()
    polls = account.polls["turbidity_ntu"]
    account.polls["turbidity_ntu"] = [
        each for each in polls if not us(50) < each.at_us < us(50 + gap_s)
    ]
    assert properties(account) == broken
    spoil(account, "turbidity_ntu", 50, 51, answered=False)
    assert properties(account) == set()


def test_a_record_that_is_lost_is_seen():
    account = quiet()
    account.record = ["record 7 of stream 1 was flushed and is lost"]
    assert properties(account) == {"C4"}


def test_a_reset_that_nothing_caused_is_seen():
    account = quiet()
    account.resets = [(us(50), "watchdog")]
    assert properties(account) == {"C5"}


@pytest.mark.parametrize(("reset_s", "broken"), [(50.9, set()), (51.2, {"C5"})])
def test_a_hang_has_to_end_within_the_watchdogs_bound(reset_s, broken):
    account = quiet()
    energised(account, OUT, 20, reset_s)
    account.hangs = [us(50)]
    account.lives = [Life(0, us(reset_s), us(50), safe=True), Life(us(reset_s), safe=True)]
    assert properties(account) == broken


@pytest.mark.parametrize(
    ("event", "broken"),
    [
        (gate_event(50), set()),
        (gate_event(50, codes.CAUSE_JAM_CLOSING), {"C6"}),
        (gate_event(50, rule=codes.RULE_ESTOP), {"C6"}),
        (gate_event(50, rule=codes.RULE_FLOOD), {"C6"}),
    ],
)
def test_a_fault_that_was_not_there_must_not_be_recorded(event, broken):
    account = quiet()
    account.names = NAMES
    account.events = [event]
    assert properties(account) == broken


def test_a_jam_has_to_be_recorded():
    account = quiet()
    jam(account, 1)
    assert properties(account) == set()
    account.events = []
    assert properties(account) == {"C6"}


def test_both_switches_have_to_be_recorded():
    account = quiet()
    account.names = NAMES
    switched(account, AT_CLOSED, 50, 1)
    account.gate_faults["main"] = [(us(50), us(290))]
    assert properties(account) == {"C6"}
    account.events = [gate_event(50.2, codes.CAUSE_SWITCHES)]
    assert properties(account) == set()
