"""The real firmware's uplink on the rig, in virtual time, against every kind of broker."""

import json
from itertools import pairwise

import pytest
from station_rig import S
from uplink_rig import Run, gateway, overlay, quiet

from reedgate_sim.sealed import MODES

END_S = 120  # of turbidity_upset: closed at about 23 s, open again at about 90 s
MARK = "RELAY_5"  # in the overlay below: one pulse for each scan
COUNTING = """
import board
from machine import Pin
for pin in board.OUTPUTS:
    Pin(pin, Pin.OUT, value=board.OFF)
from station.drivers import pins
write = pins.Outputs.write
def counted(self, levels):
    write(self, levels)
    Pin(board.TERMINALS["RELAY_5"], Pin.OUT, value=1)
pins.Outputs.write = counted
"""


def decided(outputs):
    return [output for output in outputs if output[1] != MARK]


def scans(outputs):
    return [at_us for at_us, terminal, level in outputs if terminal == MARK and level]


@pytest.fixture(scope="module")
def healthy():
    """One run with a good broker, that several tests look at."""
    with Run() as run:
        run.to(END_S)
        assert run.rig.resets == []
        yield run


def test_the_station_says_who_it_is_first_and_once(healthy):
    told = [message.topic.rpartition("/")[2] for message in healthy.broker.messages]
    assert told[:2] == ["birth", "online"]
    assert told.count("birth") == 1
    birth = json.loads(healthy.told("birth")[0][1])
    assert birth["board"] == "HOST"
    assert birth["reset_cause"] == "power_on"
    assert birth["gates"] == ["main", "around"]
    assert healthy.told("online") == [(healthy.told("online")[0][0], b"1")]


def test_what_a_broker_keeps_is_retained_and_what_happened_is_not(healthy):
    kinds = {
        message.topic.rpartition("/")[2]: (message.retain, message.qos)
        for message in healthy.broker.messages
    }
    assert kinds == {
        "birth": (True, 1),
        "online": (True, 1),
        "live": (True, 0),
        "journal": (False, 1),
    }


def test_live_comes_each_second_and_is_counted(healthy):
    lives = healthy.told("live")
    assert len(lives) >= END_S - 2
    gaps_us = [after[0] - before[0] for before, after in pairwise(lives)]
    assert max(gaps_us) < 1.2 * S
    numbers = [json.loads(payload)["n"] for _, payload in lives]
    assert numbers == list(range(1, len(lives) + 1))


def test_transitions_come_once_and_in_order_and_tell_the_story(healthy):
    rows = healthy.transitions()
    assert healthy.broker.doubled == 0
    assert {row["boot"] for row in rows} == {1}
    main = [(row["what"], row["rule"], row["target"]) for row in rows if row["gate"] == "main"]
    assert main[0] == ("start", "start", "hold")
    assert ("ruling", "quality", "closed") in main
    assert main[-1][1:] == ("automatic", "open")
    closing = next(row for row in rows if row["rule"] == "quality" and row["gate"] == "main")
    assert closing["cause"] == "quality: turbidity_ntu"
    at_us = next(at for at, terminal, level in healthy.outputs if (terminal, level) == CLOSE)
    assert closing["uptime_ms"] == at_us // 1000


CLOSE = ("RELAY_2", 1)


def test_the_broker_saw_nothing_that_the_protocol_forbids(healthy):
    assert healthy.broker.violations == []
    assert healthy.broker.connects == 1
    assert healthy.broker.open_connections == 1


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "ok"])
def test_every_scan_and_decision_is_the_same_whatever_the_broker_does(mode, tmp_path, monkeypatch):
    overlay(tmp_path, monkeypatch, boot=COUNTING)
    seen = []
    for each in ("ok", mode):
        with Run(broker=gateway(1, each)) as run:
            run.to(99.9)
            seen.append((scans(run.outputs), decided(run.outputs)))
            assert run.rig.resets == []
            assert run.broker.violations == []
    assert len(seen[0][0]) == 500  # of the 200 ms scan
    assert seen[0] == seen[1]
    assert CLOSE in {output[1:] for output in seen[0][1]}


def test_so_it_is_where_the_mode_changes_again_and_again(tmp_path, monkeypatch):
    overlay(tmp_path, monkeypatch, boot=COUNTING)
    seen = []
    for changing in (False, True):
        with Run() as run:
            if changing:
                for number in range(24):
                    mode = MODES[number * 5 % len(MODES)]
                    run.at(2 + 4.3 * number, lambda mode=mode, run=run: run.set_mode(mode))
                    run.at(4 + 8.9 * number, run.broker.drop)
            run.to(100)
            seen.append((scans(run.outputs), decided(run.outputs)))
            assert run.rig.resets == []
            assert run.broker.violations == []
            assert run.broker.open_connections <= 1
    assert seen[0] == seen[1]


def by_number(rows):
    """{(boot, n): row}; a row that came twice must be the same one."""
    found = {}
    for row in rows:
        key = row["boot"], row["n"]
        assert found.setdefault(key, row) == row
    return found


def test_a_broker_that_starts_anew_costs_nothing_and_doubles_nothing(healthy):
    with Run() as run:
        for at_s in (5, 15, 35, 60):  # nothing is in flight at these instants
            run.at(at_s, run.broker.drop)
        run.to(END_S)
        assert run.transitions() == healthy_rows(healthy, run)
        told = [payload for _, payload in run.told("online")]
        assert told == [b"1"] + [b"0", b"1"] * 4
        assert len(run.told("birth")) == run.broker.connects == 5
        assert run.rig.resets == []


def healthy_rows(healthy, run):
    """What the good run told; the two stations differ in nothing but their broker's latency."""
    assert run.outputs == healthy.outputs
    return healthy.transitions()


@pytest.mark.parametrize("mode", ["silent", "black_hole", "stops_reading", "refuse", "mute"])
def test_what_happens_during_an_outage_is_told_after_it(healthy, mode):
    with Run() as run:
        run.at(20, lambda: run.set_mode(mode))
        run.at(20, run.broker.drop if mode in ("refuse", "mute") else lambda: None)
        run.at(60, lambda: run.set_mode("ok"))
        run.to(END_S)
        rows = by_number(run.transitions())
        assert list(rows.values()) == healthy_rows(healthy, run)
        assert run.told("live")[-1][0] > (END_S - 2) * S
        assert run.broker.violations == []
        assert run.rig.resets == []


@pytest.mark.parametrize("offset_ms", range(0, 60, 4))
def test_a_loss_while_a_transition_is_in_flight_loses_none(healthy, offset_ms):
    with Run() as run:
        run.at(23.2 + offset_ms / 1000, run.broker.drop)
        run.to(60)
        rows = by_number(run.transitions())
        last = max(n for _, n in rows)
        assert [row for row in healthy.transitions() if row["n"] <= last] == list(rows.values())


def test_a_broker_that_forgets_what_is_in_flight_is_left_and_told_again(healthy):
    with Run() as run:
        run.at(23.1, lambda: run.set_mode("silent"))  # the close is told and not acknowledged
        run.at(24.0, lambda: run.set_mode("ok"))  # pings are answered again; the PUBACK is lost
        run.to(END_S)
        rows = by_number(run.transitions())
        assert list(rows.values()) == healthy_rows(healthy, run)
        assert run.broker.connects == 2


def pulses(count):
    """A flood each 40 s, each with half a dozen transitions."""
    return "".join(
        f'\n[[contact]]\ninput = "flood"\nfrom_s = {5 + 40 * n}\nuntil_s = {10 + 40 * n}\n'
        for n in range(count)
    )


def test_a_burst_after_an_outage_does_not_fill_the_heap(tmp_path):
    text = pulses(6)
    for latency_us in ((100, 200), (1_000, 20_000), (100_000, 400_000)):
        broker = gateway(1, "refuse", _latency_us=latency_us)
        with Run(quiet(tmp_path, text), broker=broker) as run:
            run.at(250, lambda run=run: run.set_mode("ok"))
            run.to(320)
            assert run.rig.resets == []
            assert run.rig.console == ""
            assert len(run.transitions()) >= 16


def test_all_probes_dead_and_no_broker_is_no_reason_for_a_reset(tmp_path):
    faults = "".join(
        f'\n[[fault]]\nsensor = "{name}"\nkind = "dead"\nfrom_s = 2\n'
        for name in ("turbidity", "oxygen", "conductivity", "level")
    )
    with Run(quiet(tmp_path, faults), broker=gateway(1, "black_hole")) as run:
        run.to(300)
        assert run.rig.resets == []
        assert run.rig.console == ""


@pytest.mark.parametrize("seed", [1, 7])
def test_two_runs_of_one_seed_are_the_same_run(seed):
    runs = []
    for _ in range(2):
        with Run(broker=gateway(seed), seed=seed) as run:
            for at_s, mode in ((10, "silent"), (40, "ok"), (60, "stops_reading"), (90, "ok")):
                run.at(at_s, lambda mode=mode, run=run: run.set_mode(mode))
            run.to(END_S)
            runs.append((run.outputs[:], run.broker.messages[:]))
    assert runs[0] == runs[1]
    assert len(runs[0][1]) > 50


def test_another_seed_is_another_run():
    messages = []
    for seed in (1, 2):
        with Run(broker=gateway(seed), seed=seed) as run:
            run.to(5)
            messages.append(run.broker.messages)
    assert messages[0] != messages[1]


def test_the_wrap_of_the_ticks_changes_nothing(healthy):
    with Run(first_tick_ms=2**30 - 30_000) as run:  # the upset is under way when they wrap
        run.to(END_S)
        assert run.outputs == healthy.outputs
        assert run.transitions() == healthy.transitions()
        assert run.broker.messages == healthy.broker.messages
        assert run.rig.resets == []


def test_a_power_cut_is_seen_by_the_last_will_and_a_new_boot():
    with Run() as run:
        run.at(10, run.rig.power_off)
        run.at(12, run.rig.power_on)
        run.to(20)
        assert [payload for _, payload in run.told("online")] == [b"1", b"0", b"1"]
        births = [json.loads(payload) for _, payload in run.told("birth")]
        assert [birth["reset_cause"] for birth in births] == ["power_on", "power_on"]
        assert births[0]["boot"] != births[1]["boot"]
        assert (births[0]["epoch"], births[0]["boot_n"]) == (births[1]["epoch"], 1)
        assert births[1]["boot_n"] == 2
        assert {row["boot"] for row in run.transitions()} == {1, 2}
