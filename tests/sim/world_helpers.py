"""What the tests of the world share: the desk's site, scenarios from text, plain instruments."""

from pathlib import Path

import reedgate_sim
from reedgate_boards.site.load import load_site
from reedgate_sim.world.adu import sealed
from reedgate_sim.world.bus import Bus, Line
from reedgate_sim.world.instrument import Character
from reedgate_sim.world.plant import Plant
from reedgate_sim.world.scenario import load_scenario

S = 1_000_000
MS = 1000
PORT = "RS485_1"
LINE = Line(9600, "none")
HEAD = 'format = 1\nname = { zh = "试", en = "try" }\nduration_s = 100\n'
GOOD_WATER = {
    "turbidity_ntu": 6.8,
    "do_mg_l": 8.75,
    "conductivity_us_cm": 1185.0,
    "temperature_c": 14.2,
    "depth_mm": 1500.0,
}


def desk():
    return load_site(Path(reedgate_sim.__file__).parent / "sites" / "desk.toml")


def scenario(tmp_path, text=""):
    path = tmp_path / "try.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    return load_scenario(str(path))


def plant(tmp_path, text="", seed=1):
    return Plant(desk(), "inlet", scenario(tmp_path, text), seed)


def water(**changed):
    """Water that stands still: quantity -> a constant function of time."""
    return {key: lambda now_us, v=value: v for key, value in {**GOOD_WATER, **changed}.items()}


def probe(make, unit_id=1, behaviour=None, **options):
    """An instrument in good water, without lag and noise."""
    return make(unit_id, options.pop("water", water()), behaviour or Character(), **options)


def bus_of(*instruments, **options):
    return Bus(instruments, **options)


def read(unit_id, address, count, function_code=3):
    words = address.to_bytes(2, "big") + count.to_bytes(2, "big")
    return sealed(unit_id, bytes((function_code,)) + words)


def frame(text):
    return bytes.fromhex(text)


def exchange(world, request, now_us):
    """Send a request into a plant and wait for what comes: (time, bytes), or (now_us, b"")."""
    world.transmit(PORT, request, LINE, now_us)
    arrival_us = world.buses[PORT].next_event_us()
    if arrival_us > now_us + 10 * S:
        return now_us, b""
    world.advance(arrival_us)
    return arrival_us, world.receive(PORT, arrival_us)
