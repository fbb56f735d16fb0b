"""A line of simulated probes in still water, and a search on it in virtual time."""

from virtual_port import VirtualPort

from reedgate_boards.finder.plan import known_profiles, steps_of
from reedgate_boards.finder.serial_line import SerialLine
from reedgate_boards.finder.sweep import Sweep
from reedgate_sim.world.bus import Bus
from reedgate_sim.world.instrument import character
from reedgate_sim.world.line import Line
from reedgate_sim.world.probes import make_of

WATER = {
    "turbidity_ntu": 6.8,
    "do_mg_l": 8.75,
    "do_saturation_pct": 85.0,
    "conductivity_us_cm": 1185.0,
    "temperature_c": 14.2,
    "depth_mm": 1500.0,
}
DESK = {
    11: "yosemitech-y511",
    12: "yosemitech-y504",
    13: "yosemitech-y520",
    14: "keller-series-30",
}
PROFILES = known_profiles()
STEPS = steps_of(PROFILES)


def probe(profile, unit_id):
    water = {key: lambda _now_us, v=value: v for key, value in WATER.items()}
    return make_of(profile)(unit_id, water, character(profile))


def bus_of(probes, *faults, line=None, seed=1):
    """probes: [(unit id, profile)], in the order of the cable."""
    bus = Bus([probe(profile, unit_id) for unit_id, profile in probes], seed, line or Line())
    for fault in faults:
        bus.add_fault(fault)
    return bus


def searched(bus, first=False):
    """(result, port) of a whole search."""
    port = VirtualPort(bus)
    line = SerialLine(port, "adapter")
    return Sweep(line, PROFILES, STEPS, lambda *_: None).run(first), port
