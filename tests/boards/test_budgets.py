"""Reaction budgets by hand: every term of every bound, and the bus."""

import json

import pytest
from site_files import checked, edited

from reedgate_boards.site.budgets import budgets, total_ms
from reedgate_boards.site.bus_time import BusTime
from reedgate_boards.site.check_report import as_json


def _budgets(folder, *edits):
    site, findings = checked(folder, edited(*edits))
    assert findings.errors == []
    return budgets(site, "inlet")


# 9600 baud, 10 bits: 1.0417 ms a byte. Request 8 bytes, two silences of 3.5, reply 5 + 2 * count.
_FRAME_Y511 = 82  # (8 + 7 + 15) * 1.0417 = 31.25, and 50 turnaround
_FRAME_Y504 = 84  # (8 + 7 + 17) * 1.0417 = 33.3, and 50
_FRAME_KELLER = 55  # (8 + 7 + 9) * 1.0417 = 25, and 30
_MUTE_Y = 709  # request 8.33, time-out 300, guard 400
_MUTE_KELLER = 609  # request 8.33, time-out 200, guard 400


def test_the_terms_of_a_trip(tmp_path):
    trip = _budgets(tmp_path).trips[0]
    at_the_output = {"scan": 200, "stall": 10, "dead_time": 600, "relay": 10}
    assert (trip.gate, trip.trip, trip.point) == ("main", "turbid", "turbidity_ntu")
    assert trip.to_relay_clean == {
        "confirm": 30_000,
        "poll": 1000,
        "frame": _FRAME_Y511,
        **at_the_output,
    }
    worst_round_ms = _MUTE_Y + _MUTE_Y + _MUTE_KELLER
    assert trip.to_relay_fault == {
        "polls": 3 * worst_round_ms,
        "confirm": 60_000,  # lost_hold_s is longer than delay_s here
        "bus_wait": _MUTE_Y + _MUTE_KELLER,
        "frame": _FRAME_Y511,
        **at_the_output,
    }
    assert trip.to_closed == {
        "to_relay_fault": total_ms(trip.to_relay_fault),
        "travel": 36_000,
        "retries": 2 * (3000 + 2 * 600 + 36_000),
    }
    assert trip.probe_response_ms == 4000


_LOAD = """
[stations.inlet.gates.main.load]
area_m2 = 10000
max_m_d = 0.3
stage = "stage_mm"
crest_mm = 200
table = [[0, 0], [100, 50.25], [200, 120.5]]
"""


def test_what_passes_until_it_is_closed_goes_at_the_highest_rated_flow(tmp_path):
    site, findings = checked(tmp_path, edited() + _LOAD)
    assert findings.errors == []
    trip = budgets(site, "inlet").trips[0]
    exact = 120.5 / 1000 * total_ms(trip.to_closed) / 1000
    assert trip.let_through_m3 == pytest.approx(exact + 0.05, abs=0.05)
    assert trip.let_through_m3 >= exact
    key = "inlet.main.turbid"
    assert as_json(site, findings)["let_through_m3"][key] == trip.let_through_m3


def test_a_gate_without_a_rating_lets_through_nobody_knows_what(tmp_path):
    assert _budgets(tmp_path).trips[0].let_through_m3 is None


def test_confirming_polls_count_when_they_last_longer_than_the_delay(tmp_path):
    edits = [
        ("delay_s = 30", "delay_s = 0"),
        ("polls = 2, of = 3", "polls = 3, of = 4"),
        ("poll_s = 1\n", "poll_s = 20\n"),
        ("max_age_s = 3", "max_age_s = 40"),
    ]
    text = edited(*edits).replace("max_age_s = 5", "max_age_s = 40")
    site, findings = checked(tmp_path, text)
    assert findings.errors == []
    trip = budgets(site, "inlet").trips[0]
    assert trip.to_relay_clean["confirm"] == 2 * 20_000
    assert trip.to_relay_fault["polls"] == 4 * 20_000  # a round fits between two polls


def test_the_quickest_reaction_is_as_the_design_promises(tmp_path):
    """Clean bus, k 1 of 1, no delay, 1 s polling, gate at rest: 1.3 s plus the board's stall."""
    quick = _budgets(
        tmp_path, ("polls = 2, of = 3, delay_s = 30", "polls = 1, of = 1, delay_s = 0")
    ).trips[0]
    terms = dict(quick.to_relay_clean)
    terms.pop("dead_time")
    stall_ms = terms.pop("stall")
    assert stall_ms == 10
    assert total_ms(terms) == 1292


def test_floods_have_neither_confirmation_nor_delay(tmp_path):
    point, contact = _budgets(tmp_path).floods
    output = {"scan": 200, "stall": 10, "dead_time": 600, "relay": 10}
    assert (point.flood, point.cause, contact.cause) == ("river_high", "stage_mm", "DI_11")
    assert point.to_relay == {"poll": 1000, "frame": _FRAME_KELLER, **output}
    assert contact.to_relay == {"debounce": 2000, **output}


def test_a_motor_that_needs_no_dead_time_stands_for_a_scan_all_the_same(tmp_path):
    edit = ('drive = "two_relay"', 'drive = "two_relay"\nreverse_dead_ms = 0')
    assert _budgets(tmp_path, edit).trips[0].to_relay_clean["dead_time"] == 200


def test_a_spring_has_no_dead_time_and_no_retries(tmp_path):
    trip = _budgets(
        tmp_path,
        (
            'drive = "two_relay"',
            'drive = "spring_return"\nspring = "closed"\nfixed_way = "weir at 2.40 m"',
        ),
        ('open = "RELAY_1", close = "RELAY_2", at_open', 'out = "RELAY_1", at_open'),
        ('on_power_loss = "stays"', 'on_power_loss = "closes_spring"'),
    ).trips[0]
    assert trip.to_relay_clean["dead_time"] == 0
    assert trip.to_closed == {
        "to_relay_fault": total_ms(trip.to_relay_fault),
        "travel": 36_000,
    }


def test_the_bus(tmp_path):
    assert _budgets(tmp_path).buses == [
        BusTime(
            bus="field",
            load=pytest.approx((_FRAME_Y511 + _FRAME_Y504 + _FRAME_KELLER) / 1000),
            cycle_ms=_FRAME_Y511 + _FRAME_Y504 + _FRAME_KELLER,
            worst_cycle_ms=_MUTE_Y + _MUTE_Y + _MUTE_KELLER,
            probe_ms=(20 * 2027 + 3 * 1000) + 1000 + 2027,
        )
    ]


def test_a_fast_bus_keeps_the_fixed_silence(tmp_path):
    """Above 19200 baud the silence is 1.75 ms: 17 bytes at 115200 last 1.48 ms."""
    level = 'level = { bus = "field"'
    fast = (
        '[stations.inlet.buses.fast]\nport = "RS485_2"\nbaud = 115200\nparity = "none"\n'
        "poll_s = 1\n[stations.inlet.sensors]"
    )
    reckoned = _budgets(
        tmp_path, ("[stations.inlet.sensors]", fast), (level, level.replace("field", "fast"))
    )
    assert reckoned.buses[1].cycle_ms == 35  # 1.48 + 30 + 2 * 1.75 = 34.98


def test_a_bus_on_which_one_speaks_faster(tmp_path):
    """The port changes over: before each frame the longer silence, 3.65 ms of 9600 baud."""
    level = 'profile = "keller-series-30", '
    (bus,) = _budgets(tmp_path, (level, f"{level}baud = 115200, ")).buses
    fast = 37  # (8 + 9) * 0.0868 = 1.48, 30 turnaround, silences of 1.75 and 3.65
    assert bus.cycle_ms == _FRAME_Y511 + _FRAME_Y504 + fast
    slower = 3  # before 8.33 + 300 + 400 of the two, rounded up
    assert bus.worst_cycle_ms == (_MUTE_Y + slower) * 2 + 605  # 3.65 + 0.69 + 200 + 400


def test_json_keys_that_scripts_rely_on(tmp_path):
    site, findings = checked(tmp_path, edited())
    report = json.loads(json.dumps(as_json(site, findings)))
    assert report["ok"] is True
    assert report["errors"] == []
    assert report["budgets_ms"]["inlet.main.turbid"] == {
        "to_relay_clean": 31_902,
        "to_relay_fault": 3 * 2027 + 60_000 + 1318 + 82 + 820,
        "to_closed": 3 * 2027 + 60_000 + 1318 + 82 + 820 + 116_400,
    }
    assert report["budgets_ms"]["inlet.main.river_high.DI_11"] == {"to_relay": 2820}
    (bus,) = report["bus"]
    assert (bus["load"], bus["worst_cycle_ms"]) == (0.221, 2027)
