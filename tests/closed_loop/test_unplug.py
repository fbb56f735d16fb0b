"""Pull the plug of this and that: the real firmware on the VM, the plant, and what they must do.

Judged on the plant's contacts and switches and on the site's printed budgets, in virtual time.
"""

import json
import random

import pytest
from station_rig import QUIET, SITE, S
from uplink_rig import Run

from reedgate_boards.site.budgets import budgets, total_ms
from reedgate_sim.rigs.vm import POWER_ON

FAULT_S = 20.0
CLOSE, BYPASS = "RELAY_2", "RELAY_3"
BUDGET = next(each for each in budgets(SITE, "inlet").trips if each.trip == "turbid")
TO_RELAY_FAULT_S = total_ms(BUDGET.to_relay_fault) / 1000
TO_CLOSED_S = total_ms(BUDGET.to_closed) / 1000
GRACE_S = float(SITE.stations["inlet"].start_grace_s)


@pytest.fixture
def quiet(tmp_path):
    """Good water that nothing disturbs."""
    path = tmp_path / "quiet.toml"
    path.write_text(QUIET, encoding="utf-8")
    return path


def closes(run, since_s):
    """Instants, in s, at which the close relay was energised."""
    return [
        at / S
        for at, terminal, level in run.outputs
        if terminal == CLOSE and level and at >= since_s * S
    ]


def lives(run, since_s):
    return [json.loads(payload) for at, payload in run.told("live") if at >= since_s * S]


FAULTS = [
    ("dead", {}),
    ("bad_crc", {}),
    ("wrong_unit", {}),
    ("exception", {"code": 6}),
    ("truncated", {"count": 2}),
    ("stale", {"delay_ms": 350.0}),
    ("stale", {"delay_ms": 650.0}),
    ("value", {"value": float("nan")}),
    ("value", {"value": float("inf")}),
    ("value", {"value": float("-inf")}),
    ("value", {"value": -9999.0}),
    ("value", {"value": 7999.0}),
]


@pytest.mark.parametrize(("kind", "details"), FAULTS)
def test_a_turbidity_that_cannot_be_believed_closes_the_gate(quiet, kind, details):
    with Run(quiet) as run:
        run.plant.add_fault("turbidity", kind, from_us=round(FAULT_S * S), **details)
        run.to(FAULT_S)
        assert closes(run, 0) == []
        run.to(FAULT_S + TO_CLOSED_S)
        close_s = closes(run, FAULT_S)[0]
        assert close_s - FAULT_S <= TO_RELAY_FAULT_S
        assert run.plant.truth().gates["main"].at_closed
        assert run.plant.truth().gates["around"].at_open
        ruling = [event for event in run.transitions() if event["gate"] == "main"][-1]
        assert ruling["rule"] == "unknown"
        assert ruling["cause"] == "lost: turbidity_ntu"
        after = [live["points"]["turbidity_ntu"] for live in lives(run, FAULT_S + 2)]
        assert all(reading["value"] is None for reading in after)  # never zero, never the last one
        assert all(reading["status"] != "good" for reading in after)
        assert run.rig.resets == []


def test_the_gate_opens_again_when_the_probe_is_back(quiet):
    with Run(quiet) as run:
        run.plant.add_fault("turbidity", "dead", from_us=20 * S, until_us=45 * S)
        run.to(45)
        assert run.plant.truth().gates["main"].at_closed
        run.to(80)
        assert run.plant.truth().gates["main"].at_open
        assert run.transitions()[-1]["first_out"] == "none"  # unknown water sets no latch


@pytest.mark.parametrize("kind", ["split", "noise_before", "noise_after"])
def test_a_disturbed_line_gives_true_values_or_none(quiet, kind):
    with Run(quiet) as run:
        run.plant.add_fault("turbidity", kind, from_us=0, delay_ms=3.0, count=3)
        run.to(40)
        told = [live["points"]["turbidity_ntu"]["value"] for live in lives(run, 3)]
        assert len(told) > 30
        assert all(value is None or 2.5 < value < 3.5 for value in told)


@pytest.mark.parametrize("sensor", ["oxygen", "conductivity"])
def test_each_measurement_of_a_trip_counts(quiet, sensor):
    with Run(quiet) as run:
        run.plant.add_fault(sensor, "dead", from_us=20 * S)
        run.to(20 + TO_RELAY_FAULT_S + 3)
        assert closes(run, 20)


def test_a_lost_level_alone_closes_nothing(quiet):
    """A lost stage neither starts nor ends a flood, and no trip depends on it."""
    with Run(quiet) as run:
        run.plant.add_fault("level", "dead", from_us=20 * S)
        run.to(60)
        assert closes(run, 0) == []
        assert run.plant.truth().gates["main"].at_open


def test_a_jammed_gate_is_retried_then_given_up_and_the_bypass_is_open(quiet):
    with Run("turbidity_upset") as run:
        run.plant.add_gate_fault("main", "jam_closing")
        run.to(100)
        starts = closes(run, 0)
        assert len(starts) == 3  # once, and two retries
        truth = run.plant.truth().gates
        assert not truth["main"].at_closed
        assert truth["around"].at_open
        main = [event for event in run.transitions() if event["gate"] == "main"][-1]
        assert main["fault"] == "jam_closing"


def test_power_cuts_at_fifty_instants(quiet):
    """Never up with an output on; with the turbidity dead, closed after the grace."""
    chance = random.Random(7)
    for cut in range(50):
        cut_s = chance.uniform(0.06, 40)
        dark_s = chance.uniform(0.0, 2.0)
        with Run("turbidity_upset", seed=cut) as run:
            run.to(cut_s)
            run.rig.power_off()
            off_us = run.rig.now_us
            run.plant.add_fault("turbidity", "dead", from_us=off_us)
            run.to(cut_s + dark_s)
            assert all(not level for _, _, level in levels_at(run, run.rig.now_us))
            run.rig.power_on()
            on_us = run.rig.now_us
            run.to(cut_s + dark_s + GRACE_S + TO_CLOSED_S)
            first_five = [level for at, _, level in run.outputs if at >= on_us][:5]
            assert first_five == [0] * 5  # boot.py, before anything else
            assert run.plant.truth().gates["main"].at_closed, cut
            assert run.plant.truth().gates["around"].at_open, cut
            assert run.rig.resets == []


def test_unknown_water_closes_at_once_after_a_second_restart_within_an_hour(quiet):
    waited_s = []
    with Run(quiet) as run:
        run.to(20)
        run.plant.add_fault("turbidity", "dead", from_us=20 * S)
        for _ in range(2):
            run.rig.power_off()
            run.rig.power_on()
            on_s = run.rig.now_us / S
            run.to(on_s + GRACE_S - 1)
            closed_s = closes(run, on_s)
            if not closed_s:
                run.to(on_s + GRACE_S + 1)
                closed_s = closes(run, on_s)
            waited_s.append(closed_s[0] - on_s)
    assert waited_s[0] >= GRACE_S
    assert waited_s[1] < 1


def levels_at(run, now_us):
    """The last level that each output was given by now."""
    last = {}
    for at, terminal, level in run.outputs:
        if at <= now_us:
            last[terminal] = (at, terminal, level)
    return last.values()


def test_the_first_start_after_power_is_told_as_one(quiet):
    with Run(quiet) as run:
        run.to(3)
        birth = json.loads(run.told("birth")[0][1])
        assert birth["reset_cause"] == "power_on"
        assert POWER_ON == 1
