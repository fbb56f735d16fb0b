"""Every shipped profile over real frames: the firmware on the VM against the simulated instrument.

What the station tells is compared with what the instrument's registers held at that time.
"""

import json
from pathlib import Path

import pytest
import station_rig
from station_rig import QUIET, S
from uplink_rig import Run

import reedgate_sim
from reedgate_boards.site.load import load_site
from reedgate_boards.site.profiles import load_profile, profile_names
from reedgate_contract.quantities import QUANTITIES
from reedgate_sim.world.instrument import character
from reedgate_sim.world.probes import make_of

DESK = (Path(reedgate_sim.__file__).parent / "sites" / "desk.toml").read_text(encoding="utf-8")
UNIT_ID = 47
DEPTH_PERMILLE = 3  # a profile knows one density of water
LOOK_S = 0.1
SLOW_TO_WAKE = "seametrics-turbo"  # it settles for 10 s after each sleep
WHOLE_NUMBERS = ("hach-ldo-aq", "supmea-do7013")


def _tells_errors(name):
    """By a status in the answer, or by one that is read before."""
    profile = load_profile(name)
    words = [profile.read.error_word, *(each.error_word for each in profile.points.values())]
    return any(words) or bool(profile.guards)


TELL_ERRORS = [name for name in profile_names() if _tells_errors(name)]


def site_with(name, folder, warm_when="always"):
    """The desk's site with one more probe, on a bus of its own at its own line settings."""
    profile = load_profile(name)
    points = ", ".join(f'{quantity} = "its_{quantity}"' for quantity in profile.points)
    sensor = (
        f'probe = {{ bus = "own", unit_id = {UNIT_ID}, profile = "{name}", max_age_s = 5, '
        f'wet_when = "always", warm_when = "{warm_when}", points = {{ {points} }} }}\n'
    )
    bus = (
        '[stations.inlet.buses.own]\nport = "RS485_2"\npoll_s = 1\n'
        f'baud = {profile.line.bauds[0]}\nparity = "{profile.line.parities[0]}"\n\n'
    )
    head = "[stations.inlet.sensors]\n"
    path = folder / "site.toml"
    path.write_text(DESK.replace(head, bus + head + sensor), encoding="utf-8")
    return load_site(path)


class Probe:
    """A run with the probe, and what its registers held at each look."""

    def __init__(self, name, tmp_path, monkeypatch, faults="", **site):
        monkeypatch.setattr(station_rig, "SITE", site_with(name, tmp_path, **site))
        scenario = tmp_path / "scenario.toml"
        scenario.write_text(QUIET + faults, encoding="utf-8")
        self.run = Run(scenario)
        self.held = {quantity: [] for quantity in load_profile(name).points}
        self._look()

    def _look(self):
        points, now_us = self.run.plant.truth().points, self.run.rig.now_us
        for quantity, held in self.held.items():
            held.append((now_us, points[f"its_{quantity}"]))
        self.run.rig.at(now_us + round(LOOK_S * S), self._look)

    def told(self, quantity):
        """[(second of the poll, what was told of the point)]."""
        rows = []
        for at_us, payload in self.run.told("live"):
            row = json.loads(payload)["points"][f"its_{quantity}"]
            rows.append((at_us / S - (row["age_ms"] or 0) / 1000, row))
        return rows

    def is_true(self, quantity, at_s, value):
        """Whether the registers held the value around then, as exactly as it can be told."""
        spare = 1.01 * 10 ** -QUANTITIES[quantity][2]
        near = [held for at_us, held in self.held[quantity] if -1.5 < at_us / S - at_s < 0.5]
        depth = DEPTH_PERMILLE / 1000 if quantity == "depth_mm" else 0
        return any(abs(value - held) <= spare + depth * abs(held) for held in near)


# What goes wrong, each for 3.5 s: (from second, fault, what its points say then).
WINDOWS = (
    (12, {"kind": "exception", "code": 6}, "exception"),
    (20, {"kind": "bad_crc"}, "bad_frame"),
    (28, {"kind": "wrong_unit"}, "bad_frame"),
    (36, {"kind": "value", "value": "nan"}, "not_a_number"),
    (44, {"kind": "value", "value": "-inf"}, "out_of_range"),
    (52, {"kind": "error", "code": 3}, "instrument_error"),
    (60, {"kind": "dead"}, "no_answer"),  # the last: afterwards it is only probed for a while
)
END_S = 94


def windows_of(name):
    """Those that an instrument can have."""
    for from_s, fault, detail in WINDOWS:
        if fault["kind"] == "value" and name in WHOLE_NUMBERS:
            continue
        if fault["kind"] == "error" and name not in TELL_ERRORS:
            continue
        yield from_s, fault, detail


def fault_rows(name):
    text = ""
    for from_s, fault, _ in windows_of(name):
        text += f'[[fault]]\nsensor = "probe"\nfrom_s = {from_s}\nuntil_s = {from_s + 3.5}\n'
        if fault["kind"] == "value":
            text += f'holder = "{make_of(name).names[0]}"\n'
        for key, value in fault.items():
            text += f'{key} = "{value}"\n' if key == "kind" else f"{key} = {value}\n"
    return text


@pytest.mark.parametrize("name", profile_names())
def test_values_and_statuses_of_each_profile(name, tmp_path, monkeypatch):
    probe = Probe(name, tmp_path, monkeypatch, fault_rows(name))
    with probe.run as run:
        run.to(END_S)
        told = {quantity: probe.told(quantity) for quantity in probe.held}
        for from_s, fault, detail in windows_of(name):
            seen = [
                {(row["detail"], row["value"]) for at, row in rows if 1 < at - from_s < 3}
                for rows in told.values()
            ]
            if fault["kind"] == "value":  # one register of the instrument
                assert {(detail, None)} in seen
            else:
                assert seen == [{(detail, None)}] * len(told)
        for quantity, rows in told.items():
            good = [(at, row) for at, row in rows if row["detail"] == "none"]
            assert {row["status"] for _, row in good} == {"good"}
            assert sum(at < 12 for at, _ in good) >= (1 if name == SLOW_TO_WAKE else 5)
            assert sum(at > 77 for at, _ in good) >= 4
            untrue = [e for e in good if not probe.is_true(quantity, e[0], e[1]["value"])]
            assert untrue == []
            bad = {(row["status"], row["value"]) for _, row in rows if row["detail"] != "none"}
            assert bad - {("function_check", None)} <= {
                ("failure", None),
                ("out_of_specification", None),
            }


@pytest.mark.parametrize("name", profile_names())
def test_a_cold_instrument_is_believed_only_once_it_is_stable(name, tmp_path, monkeypatch):
    behaviour = character(name)
    stable_s = (behaviour.warm_up_us + behaviour.stabilise_us) / S
    probe = Probe(name, tmp_path, monkeypatch, warm_when="profile")
    with probe.run as run:
        run.to(stable_s + 8)
        for quantity in probe.held:
            good = [(at, row["value"]) for at, row in probe.told(quantity) if row["flag"] == 1]
            assert all(at > stable_s for at, _ in good)
            assert sum(at > stable_s + 3 for at, _ in good) >= 3
            assert all(value > 0 for _, value in good)  # what registers hold before is 0 or NaN
            # a first measurement that is replaced at once may lie between two looks
            later = [each for each in good if each[0] > stable_s + 1.5]
            assert all(probe.is_true(quantity, *each) for each in later)


def test_a_probe_that_lost_its_power_is_started_again(tmp_path, monkeypatch):
    """Else it would show what it measured last for ever, and be believed."""
    name = "yosemitech-y511"
    behaviour = character(name)
    stable_s = (behaviour.warm_up_us + behaviour.stabilise_us) / S
    off_s = stable_s + 5
    happens = (
        f'[[fault]]\nsensor = "probe"\nkind = "power_loss"\n'
        f"from_s = {off_s}\nuntil_s = {off_s + 2.5}\n"
        f'[[step]]\nwhat = "turbidity_ntu"\nfrom_s = {off_s + 3}\nto = 60\n'
    )
    probe = Probe(name, tmp_path, monkeypatch, happens, warm_when="profile")
    with probe.run as run:
        run.to(off_s + 3 + 2 * stable_s)
        rows = [(at, row) for at, row in probe.told("turbidity_ntu") if row["flag"] == 1]
        assert [at for at, _ in rows if off_s + 3 < at < off_s + 3 + stable_s - 10] == []
        assert abs(rows[-1][1]["value"] - 60) < 1
