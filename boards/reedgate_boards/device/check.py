"""The first readings: the station's own code asks each probe, with its outputs off.

Frames, scaling and judgement are those of the firmware on the board; here is only what it said.
"""

from dataclasses import dataclass

from reedgate_boards.device.link import Link, restart, wait_for_restart
from reedgate_boards.device.ports import ROOM
from reedgate_boards.site.user_error import UserError
from reedgate_contract import codes
from reedgate_contract.quantities import decimals_of, text_of, unit_of

# Wired as in main.py, without gates and record; ends when every point was good once. On a board
# the numbers of the firmware have no names: its image is built without them.
_ASK = """import asyncio, board
from station.app.config import Setup
from station.app.poller import Poller
from station.core.ticks import elapsed_ms, later
from station.drivers import rtu_master, system
from station.drivers.clock import Clock
from station.drivers.rs485 import Rs485
async def _ask():
    clock = Clock()
    setup = Setup(system.read_file('config.bin'))
    wait_ms = 0
    tasks = []
    for bus in setup.buses:
        port = Rs485(board.PORTS[bus.port], bus.baud, bus.parity, bus.stop_bits)
        master = rtu_master.RtuMaster(port, clock, bus.guard_ms)
        poller = Poller(clock, bus, master, setup.readings, rtu_master.OUTCOMES)
        tasks.append(asyncio.create_task(poller.run()))
        for each in bus.sensors:
            ready_ms = each.warm_up_ms + each.stabilise_ms + 2 * each.poll_ms + 2000
            if each.slumber:
                ready_ms += each.slumber['settle_ms']
            wait_ms = max(wait_ms, ready_ms)
    readings = setup.readings
    end_ms = later(clock.now_ms(), min(wait_ms, 180000))
    while not all(readings.ever_good) and elapsed_ms(end_ms, clock.now_ms()) > 0:
        _w.feed()
        print('.')
        await clock.sleep_until(later(clock.now_ms(), 250))
    for i in range(len(readings.points)):
        row = readings.points[i]
        status, detail = readings.status[i], readings.detail[i]
        print('=', row.name, row.quantity, readings.value[i], status, detail)
asyncio.run(_ask())
"""


@dataclass(frozen=True)
class FirstReading:
    point: str
    text: str  # with its unit; "-" when there is none that may be believed
    status: str
    detail: str

    @property
    def good(self) -> bool:
        return self.status == codes.STATUS_NAMES[codes.STATUS_GOOD]


def first_readings(port: str) -> list[FirstReading]:
    """One for each point of the station. Raises UserError: no board, no configuration."""
    with Link(port) as link:
        link.hold()
        is_station = link.read("config.bin") is not None
        said = link.run(_ASK) if is_station else ""
        restart(link)
    wait_for_restart(port)
    if not is_station:
        raise UserError(
            ROOM,
            "The board on {port} is no station yet: it has no configuration.",
            hint="Type: reedgate board provision SITE.toml",
            port=port,
        )
    return [_reading(line.split()[1:]) for line in said.splitlines() if line.startswith("= ")]


def _reading(words: list[str]) -> FirstReading:
    point, (quantity, value, status, detail) = words[0], map(int, words[1:])
    good = status == codes.STATUS_GOOD
    text = f"{text_of(value, decimals_of(quantity))} {unit_of(quantity)}" if good else "-"
    return FirstReading(point, text, codes.STATUS_NAMES[status], codes.DETAIL_NAMES[detail])
