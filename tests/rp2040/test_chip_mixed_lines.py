"""Three settings on one bus, on the emulated chip: what MicroPython's own UART does with them."""

import re

import pico
import pytest

pytest.importorskip("rp2040py", reason="NO CHIP IS EMULATED: rp2040py has no wheel here")

from reedgate_boards.site.compiler import compile_station
from reedgate_boards.site.load import load_site
from reedgate_sim.rigs.rp2040 import Rp2040Rig
from reedgate_sim.world.line import Line
from reedgate_sim.world.plant import Plant
from reedgate_sim.world.scenario import load_scenario

PORT = "RS485_1"
LINES = {14: Line(9600), 21: Line(19200, "even"), 11: Line(4800)}
MOST_HEAP = 64  # bytes of a transaction
TIMES = 50
_SETS = f"""
import gc, machine
u = machine.UART(0, 9600, rxbuf=512, timeout=0)
def change(times):
    for _ in range(times):
        u.init(19200, 8, 0, 1)
        u.init(4800, 8, None, 1)
change(1)
gc.collect()
gc.disable()
before = gc.mem_alloc()
change({TIMES})
print("HEAP", gc.mem_alloc() - before, u)
"""


@pytest.fixture(scope="module", autouse=True)
def _image():
    pico.image()  # or skip


def test_a_change_of_the_uarts_settings_takes_no_heap():
    chip = pico.chip_at_prompt()
    console = chip.console
    console.type(_SETS.encode() + b"\x04")
    assert chip.run_us(3_000_000, until=lambda: console.printed.endswith(b"\x04>"))
    said = bytes(console.printed).decode()
    print(said[said.index("HEAP") :])
    assert int(re.search(r"HEAP (\d+)", said)[1]) <= MOST_HEAP
    assert "baudrate=4800, bits=8, parity=None, stop=1" in said
    assert "rxbuf=512" in said


@pytest.fixture
def site(tmp_path):
    """The desk's on a Pico with three of its probes in three settings, of which the makers of the
    shipped profiles allow but one.
    """
    pico.configuration(tmp_path)
    site = load_site(tmp_path / "site.toml")
    sensors = site.stations["inlet"].sensors
    object.__setattr__(sensors["oxygen"], "unit_id", 21)
    object.__setattr__(sensors["oxygen"], "baud", 19200)
    object.__setattr__(sensors["oxygen"], "parity", "even")
    object.__setattr__(sensors["turbidity"], "baud", 4800)
    return site


def test_every_probe_is_asked_in_its_setting_and_answers(site, tmp_path):
    (tmp_path / "quiet.toml").write_text(
        'format = 1\nname = { zh = "静", en = "quiet" }\nduration_s = 100\n', encoding="utf-8"
    )
    plant = Plant(site, "inlet", load_scenario(str(tmp_path / "quiet.toml")))
    bus, asked, answered = plant.buses[PORT], [], []
    transmit = bus.transmit

    def heard(now_us, data, line, released_us=None):
        transmit(now_us, data, line, released_us)
        asked.append((data[0], line))
        answered.append(bus.next_event_us() < now_us + 1_000_000)

    bus.transmit = heard
    with Rp2040Rig(plant, compile_station(site, "inlet")) as rig:
        rig.power_on()
        rig.run(6_000_000)
        used, size = rig.chip.heap_bytes()
        assert rig.resets == []
        assert "Traceback" not in rig.console
    for unit, own in LINES.items():
        lines = [line for each, line in asked if each == unit]
        assert len(lines) >= 4, unit
        for line in lines:
            assert (line.parity, line.stop_bits) == (own.parity, own.stop_bits)
            assert line.baud == pytest.approx(own.baud, rel=0.005)
    assert all(answered)
    assert used * 2 <= size
