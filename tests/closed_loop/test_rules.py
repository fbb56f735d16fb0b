"""The rules of authority in the closed loop: flood over quality, emergency stop, start-up.

The real firmware on the VM against the plant, judged on contacts and switches.
"""

import json
from pathlib import Path

import pytest
import station_rig
from station_rig import S
from uplink_rig import Run

import reedgate_sim
from reedgate_boards.site.load import load_site

SCAN_S = 0.2
OPEN, CLOSE = "RELAY_1", "RELAY_2"
HEAD = 'format = 1\nname = { zh = "试", en = "test" }\nduration_s = 400\n'
BAD_FROM_10 = '[[step]]\nwhat = "turbidity_ntu"\nfrom_s = 10\nto = 60\n'


@pytest.fixture
def scenario(tmp_path):
    def write(text):
        path = tmp_path / "scenario.toml"
        path.write_text(HEAD + text, encoding="utf-8")
        return path

    return write


def contact(name, from_s, until_s):
    return f'[[contact]]\ninput = "{name}"\nfrom_s = {from_s}\nuntil_s = {until_s}\n'


def edges(run, terminal, level, since_s=0):
    return [
        at / S for at, t, lv in run.outputs if t == terminal and lv == level and at >= since_s * S
    ]


def test_a_flood_opens_the_gate_against_bad_water_and_gives_it_back(scenario):
    """Flood from 40 s to 70 s; its clear hold is 20 s; the water stays bad."""
    with Run(scenario(BAD_FROM_10 + contact("flood", 40, 70))) as run:
        run.to(40)
        assert run.plant.truth().gates["main"].at_closed
        run.to(55)
        assert run.plant.truth().gates["main"].at_open
        opened_s = edges(run, OPEN, 1)[0]
        assert 42 <= opened_s <= 42 + SCAN_S + 0.01  # the contact's debounce, then one scan
        run.to(89.5)
        assert run.plant.truth().gates["main"].at_open  # clear, but not for long enough
        run.to(100)
        assert run.plant.truth().gates["main"].at_closed
        main = [event for event in run.transitions() if event["gate"] == "main"]
        rules = [event["rule"] for event in main]
        assert "flood" in rules
        assert main[-1]["rule"] == "quality"
        flood = next(event for event in main if event["rule"] == "flood")
        assert flood["cause"] == "flood: river_high"
        assert flood["first_out"] == "quality: turbidity_ntu"


def test_a_high_stage_is_a_flood_at_its_first_poll(scenario):
    text = BAD_FROM_10 + '[[step]]\nwhat = "stage_mm"\nfrom_s = 40\nto = 2500\n'
    text = "[water]\nstage_mm = 1200\n" + text
    with Run(scenario(text)) as run:
        run.to(40)
        assert run.plant.truth().gates["main"].at_closed
        run.to(44)
        assert edges(run, OPEN, 1)
        event = [each for each in run.transitions() if each["gate"] == "main"][-1]
        assert event["rule"] == "flood"


def test_an_emergency_stop_in_mid_travel_holds_until_the_reset(scenario):
    text = (
        BAD_FROM_10
        + contact("estop", 18, 30)
        + contact("reset", 24, 25)
        + contact("reset", 50, 51)
    )
    with Run(scenario(text)) as run:
        run.to(17.9)
        truth = run.plant.truth().gates["main"]
        assert truth.contacts["close"]
        assert not truth.at_closed
        run.to(18 + SCAN_S + 0.05)
        assert edges(run, CLOSE, 0, since_s=18)  # off in that scan
        run.to(50)
        assert not edges(
            run, CLOSE, 1, since_s=18
        )  # neither the release nor the early reset moves it
        assert not edges(run, OPEN, 1)
        run.to(65)
        assert run.plant.truth().gates["main"].at_closed
        assert edges(run, CLOSE, 1, since_s=18)[0] <= 50 + 3 * SCAN_S


def test_at_a_start_nothing_moves_until_the_water_is_known(scenario):
    with Run(scenario("")) as run:
        run.to(0.9)
        assert not [output for output in run.outputs if output[2]]
        run.to(20)
        assert run.plant.truth().gates["main"].at_open
        assert edges(run, OPEN, 1) == []  # it was open: nothing to do


def test_a_gate_that_was_shut_opens_only_after_its_hold(scenario):
    with Run(scenario('[start]\ninlet = "closed"\n')) as run:
        run.to(60)
        hold_s = float(station_rig.SITE.stations["inlet"].gates["main"].reopen_hold_s)
        first = edges(run, OPEN, 1)[0]
        assert hold_s <= first <= hold_s + 3
        assert run.plant.truth().gates["main"].at_open


def test_cold_probes_are_started_and_waited_for(scenario, tmp_path, monkeypatch):
    """A Y511 needs 8 s to wake and 40 s to be stable: no value before, and no close for it."""
    desk = Path(reedgate_sim.__file__).parent / "sites" / "desk.toml"
    text = desk.read_text(encoding="utf-8").replace('warm_when = "always", ', "")
    lines = [line for line in text.splitlines() if not line.startswith("start_grace_s")]
    cold = tmp_path / "cold.toml"
    cold.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(station_rig, "SITE", load_site(cold))
    with Run(scenario("")) as run:
        run.to(90)
        told = [(at / S, json.loads(payload)) for at, payload in run.told("live")]
        early = [live["points"]["turbidity_ntu"] for at, live in told if 10 < at < 48]
        assert early
        assert {(each["value"], each["detail"]) for each in early} == {(None, "warming_up")}
        late = [live["points"]["turbidity_ntu"]["value"] for at, live in told if at > 52]
        assert all(2.5 < value < 3.5 for value in late)
        assert edges(run, CLOSE, 1) == []


@pytest.mark.parametrize("key", [b"", b"short"])
def test_a_station_without_its_key_tells_nobody_and_controls_all_the_same(scenario, key):
    with Run(scenario(BAD_FROM_10)) as run:
        run.rig.provision("key.bin", key)
        run.to(40)
        assert run.plant.truth().gates["main"].at_closed
        assert run.broker.messages == []
        assert run.rig.resets == []
