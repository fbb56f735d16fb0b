"""Three settings on one bus: the firmware changes over for every poll, and loses none."""

import json
from itertools import pairwise

import pytest
from station_rig import QUIET, S
from test_shipped_profiles import DESK
from uplink_rig import Run

from reedgate_boards.site.load import load_site
from reedgate_contract.quantities import QUANTITIES
from reedgate_sim.world.line import Line

PORT = "RS485_1"
START_S, END_S = 12, 132
OWN = (
    'optode = { bus = "field", unit_id = 21, profile = "in-situ-rdo-pro", baud = 19200, '
    'parity = "even", max_age_s = 5, wet_when = "always", warm_when = "always", '
    'points = { do_mg_l = "do_behind_mg_l" } }\n'
)
LINES = {14: Line(9600), 21: Line(19200, "even"), 11: Line(4800)}
POINTS = {"stage_mm": "depth_mm", "do_behind_mg_l": "do_mg_l", "turbidity_ntu": "turbidity_ntu"}
DEPTH_PERMILLE = 3  # a profile knows one density of water
RISING = '[[step]]\nwhat = "turbidity_ntu"\nfrom_s = 0\nto = 9\nrise_s = 400\n'


@pytest.fixture
def site(tmp_path):
    """The desk's, with an optode that speaks faster; and a turbidity probe at 4800 baud, which no
    maker of a shipped profile allows.
    """
    path = tmp_path / "site.toml"
    head = "[stations.inlet.sensors]\n"
    path.write_text(DESK.replace(head, head + OWN), encoding="utf-8")
    site = load_site(path)
    object.__setattr__(site.stations["inlet"].sensors["turbidity"], "baud", 4800)
    return site


class Listener:
    """Notes each frame of the master and each byte that reaches it."""

    def __init__(self, bus):
        self.frames = []  # (us, unit id, line)
        self.quiet_us = []  # before each frame
        self._bus = bus
        self._last_us, self._last_line = 0, Line()
        self._transmit, self._receive = bus.transmit, bus.receive
        bus.transmit, bus.receive = self.transmit, self.receive

    def transmit(self, now_us, data, line, released_us=None):
        longer = max((line, self._last_line), key=lambda each: each.time_us(7))
        self.quiet_us.append((now_us - self._last_us, longer.time_us(7) / 2))
        self.frames.append((now_us, data[0], line))
        self._last_us, self._last_line = now_us + line.time_us(len(data)), line
        self._transmit(now_us, data, line, released_us)

    def receive(self, now_us):
        data = self._receive(now_us)
        if data:
            self._last_us = now_us
        return data


def test_no_poll_is_lost_and_no_value_wrong(site, tmp_path):
    scenario = tmp_path / "scenario.toml"
    scenario.write_text(QUIET.replace("100", "200") + RISING, encoding="utf-8")
    held = []
    with Run(scenario, site=site) as run:
        heard = Listener(run.plant.buses[PORT])

        def look():
            held.append((run.rig.now_us / S, run.plant.truth().points))
            run.rig.at(run.rig.now_us + S // 10, look)

        look()
        run.to(END_S)
        rows = [(at_us / S, json.loads(payload)["points"]) for at_us, payload in run.told("live")]
    assert heard.frames[-1][0] > (END_S - 2) * S
    for unit, line in LINES.items():
        asked = [at_us for at_us, each, _ in heard.frames if each == unit]
        assert {own for _, each, own in heard.frames if each == unit} == {line}
        assert len(asked) >= END_S - 5  # each second, from the start to the end
        assert all(later - earlier < 1.2 * S for earlier, later in pairwise(asked)), unit
    assert all(quiet >= least for quiet, least in heard.quiet_us[1:])
    rows = [(at, points) for at, points in rows if at > START_S]
    assert len(rows) > END_S - START_S - 3
    for name, quantity in POINTS.items():
        assert {points[name]["detail"] for _, points in rows} == {"none"}, name
        spare = 1.01 * 10 ** -QUANTITIES[quantity][2]
        for at, points in rows:
            polled, value = at - points[name]["age_ms"] / 1000, points[name]["value"]
            near = [then[name] for seen, then in held if -1.5 < seen - polled < 0.5]
            off = DEPTH_PERMILLE / 1000 * value if quantity == "depth_mm" else 0
            assert any(abs(value - was) <= spare + off for was in near), (name, at)
