"""What the campaign's tests share: an account of a quiet run, to be spoilt in one place."""

import struct

from reedgate_boards.site.board_facts import load_board
from reedgate_boards.site.budgets import budgets
from reedgate_contract import codes, records
from reedgate_sim.campaign.account import Account, Life, Poll
from reedgate_sim.campaign.oracle import judge
from reedgate_sim.campaign.site import STATION, site_with
from reedgate_sim.confirmer import Event

S = 1_000_000
END_S = 300
GOOD = {"turbidity_ntu": 3.0, "conductivity_us_cm": 1185.0, "do_mg_l": 6.3, "stage_mm": 1200.0}
OPEN, CLOSE, OUT = "RELAY_1", "RELAY_2", "RELAY_3"
NAMES = {"gates": ["main", "around"], "points": {"turbidity_ntu": {}}, "floods": {"main": ["r"]}}
AT_OPEN, AT_CLOSED = "DI_1", "DI_2"
FLOOD, ESTOP, RESET = "DI_11", "DI_7", "DI_9"


def us(seconds):
    return round(seconds * S)


def quiet(changes=None, gate="open"):
    """A station with everything well, its inlet open or closed, that does nothing."""
    site = site_with(changes or {})
    station = site.stations[STATION]
    account = Account(station, load_board(station.board), budgets(site, STATION), 5000)
    account.end_us = us(END_S)
    account.lives = [Life(0, safe=True)]
    is_open = gate == "open"
    account.inputs = {
        FLOOD: [(0, 1)],
        ESTOP: [(0, 1)],
        RESET: [(0, 0)],
        AT_OPEN: [(0, int(is_open))],
        AT_CLOSED: [(0, int(not is_open))],
        "DI_12": [(0, 1)],
    }
    for point, value in GOOD.items():
        account.polls[point] = [Poll(us(at), value, True, True) for at in range(1, END_S)]
    account.beyond = {("main", trip): [] for trip in station.gates["main"].trips}
    place = ("main", "river_high", "stage_mm")
    account.high, account.not_low = {place: []}, {place: []}
    account.all_told = True
    return account


def energised(account, terminal, from_s, until_s):
    account.outputs += [(us(from_s), terminal, 1), (us(until_s), terminal, 0)]
    account.outputs.sort()


def switched(account, terminal, at_s, level):
    account.inputs[terminal].append((us(at_s), level))
    account.inputs[terminal].sort()


def closes(account, from_s, took_s=8.0):
    """The inlet closes as it should."""
    energised(account, CLOSE, from_s, from_s + took_s + 0.1)
    switched(account, AT_OPEN, from_s + 0.01, 0)
    switched(account, AT_CLOSED, from_s + took_s, 1)


def spoil(account, point, from_s, until_s, **changes):
    """Other polls in a span of time."""
    account.polls[point] = [
        Poll(**{**vars(each), **changes}) if us(from_s) <= each.at_us < us(until_s) else each
        for each in account.polls[point]
    ]


def properties(account):
    return {each.property for each in judge(account).violations}


def gate_event(at_s, fault=codes.CAUSE_NONE, rule=codes.RULE_AUTOMATIC):
    what = (1, 0, rule, codes.TARGET_CLOSED, 0, 0, 0, 0, fault, 0, 0, 0)
    payload = struct.pack(records.GATE, 0, *what)[2:]
    return Event(records.KIND_GATE, 1, 1, round(at_s * 1000), payload, b"")


def jam(account, times, every_s=15.0):
    """Closings that end by their time-out; the switch of the open gate stays made."""
    for index in range(times):
        begin_s = 50 + index * every_s
        energised(account, CLOSE, begin_s, begin_s + 12.0)
    account.gate_faults["main"] = [(us(50), us(290))]
    account.names = NAMES
    account.events = [gate_event(62.2, codes.CAUSE_JAM_CLOSING)]
