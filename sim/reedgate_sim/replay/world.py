"""The world of a replay: recorded numbers in real instruments' registers, gates that move at once.

Where the series has no row the instruments say nothing. The rest is as in the plant: frames over a
bus with byte times, relays, leaves and limit switches.
"""

import math
from collections.abc import Callable
from decimal import Decimal

from reedgate_boards.site.schema_station import Sensor, Station
from reedgate_sim.replay.series import Series
from reedgate_sim.world.bus import NEVER_US, Bus, Line
from reedgate_sim.world.instrument import Character, Instrument
from reedgate_sim.world.leaf import CLOSING, OPENING, Leaf
from reedgate_sim.world.probes import make_of, own_lines

_TURNAROUND_US = 20_000
_REFRESH_US = 1_000  # a register holds the row's number as soon as the row begins
_OPERATE_US = 10_000
_UNSEEN_C = 20.0  # of water whose temperature is no point: a level probe's density needs one
_GAP_STEPS = 1.5  # a row stands for so many steps at most
_COILS = ("open", "close", "out")
_SWITCHES = ("at_open", "at_closed")


class ReplayWorld:
    """One station. travel_us: of every gate."""

    def __init__(self, station: Station, series: Series, travel_us: int):
        self._station = station
        self._series = series
        self._starts_us = [round(seconds * 1_000_000) for seconds in series.seconds]
        self._stands_us = round(series.step_s * _GAP_STEPS * 1_000_000)
        self._row = 0
        self._now_us = 0
        self._reset_until_us = 0
        self.leaves = {name: _leaf(gate, travel_us) for name, gate in station.gates.items()}
        self._coils = {
            terminal: (name, coil)
            for name, gate in station.gates.items()
            for coil in _COILS
            if (terminal := getattr(gate.terminals, coil))
        }
        self.buses = {bus.port: self._bus(bus_id) for bus_id, bus in station.buses.items()}
        self._levels: dict[str, int] = {}
        self._change_us = 0  # when an input next changes by itself

    def press_reset(self, duration_us: int) -> None:
        """A hand on the panel's reset button."""
        self._reset_until_us = self._now_us + duration_us
        self._look()

    # What the rig calls.

    def set_output(self, terminal: str, level: int, now_us: int) -> None:
        if terminal in self._coils:
            gate, coil = self._coils[terminal]
            self.leaves[gate].drive(coil, level, now_us)
            self._look()

    def transmit(self, port: str, data: bytes, line: Line, now_us: int) -> None:
        self.buses[port].transmit(now_us, data, line)

    def receive(self, port: str, now_us: int) -> bytes:
        return self.buses[port].receive(now_us)

    def advance(self, now_us: int) -> None:
        self._now_us = now_us
        if self._change_us <= now_us:
            for leaf in self.leaves.values():
                leaf.advance(now_us)
            self._look()

    def next_event_us(self) -> int:
        return min([self._change_us, *[bus.next_event_us() for bus in self.buses.values()]])

    def inputs(self) -> dict[str, int]:
        return self._levels

    # Inside.

    def _look(self) -> None:
        """The inputs as they are now, and when they next change."""
        self._levels = self._inputs()
        changes = [leaf.next_change_us() for leaf in self.leaves.values()]
        if self._reset_until_us > self._now_us:
            changes.append(self._reset_until_us)
        self._change_us = min(changes, default=NEVER_US)

    def _inputs(self) -> dict[str, int]:
        levels = {}
        for name, gate in self._station.gates.items():
            for switch in _SWITCHES:
                terminal = getattr(gate.terminals, switch)
                if terminal:
                    levels[terminal] = self.leaves[name].switch(switch)
            for flood in gate.flood:
                levels.update({cause.contact: 1 for cause in flood.any if cause.contact})
        terminals = self._station.terminals
        if terminals.estop:
            levels[terminals.estop] = 1
        if terminals.reset:
            levels[terminals.reset] = int(self._now_us < self._reset_until_us)
        return levels

    def _bus(self, bus_id: str) -> Bus:
        bus = self._station.buses[bus_id]
        slaves = [
            self._slave(sensor)
            for sensor in self._station.sensors.values()
            if sensor.bus == bus_id and self._recorded(sensor)
        ]
        return Bus(slaves, 0, Line(bus.baud, bus.parity), own_lines(self._station, bus_id))

    def _recorded(self, sensor: Sensor) -> bool:
        return any(point in self._series.values for point in sensor.points.values())

    def _slave(self, sensor: Sensor) -> "_Recorded":
        make = make_of(sensor.profile)
        water = {quantity: lambda _now_us: _UNSEEN_C for quantity in make.measures}
        for quantity, point in sensor.points.items():
            water[quantity] = lambda _now_us: math.nan
            if point in self._series.values:
                offset = sensor.zero_offset_mm if quantity == "depth_mm" else 0
                water[quantity] = self._value_of(point, offset)
        character = Character(turnaround_us=_TURNAROUND_US, refresh_us=_REFRESH_US)
        return _Recorded(make(sensor.unit_id, water, character), self._row_at)

    def _value_of(self, point: str, offset: int | Decimal) -> Callable[[int], float]:
        values = self._series.values[point]

        def value(now_us: int) -> float:
            row = self._row_at(now_us)
            return math.nan if row is None else values[row] - float(offset)

        return value

    def _row_at(self, now_us: int) -> int | None:
        """The row that stands at a time; None in a gap. Times never go back by a row."""
        starts = self._starts_us
        while self._row + 1 < len(starts) and starts[self._row + 1] <= now_us:
            self._row += 1
        return self._row if now_us < starts[self._row] + self._stands_us else None


class _Recorded:
    """An instrument that is mute where nothing was recorded."""

    def __init__(self, instrument: Instrument, row_at: Callable[[int], int | None]):
        self.unit_id = instrument.unit_id
        self.character = instrument.character
        self._instrument = instrument
        self._row_at = row_at

    def answer(self, frame: bytes, now_us: int) -> bytes | None:
        if self._row_at(now_us) is None:
            return None
        return self._instrument.answer(frame, now_us)


def _leaf(gate: object, travel_us: int) -> Leaf:
    if gate.drive == "spring_return":
        spring = OPENING if gate.spring == "open" else CLOSING
        return Leaf(travel_us, _OPERATE_US, travel_us if spring == OPENING else 0, spring)
    return Leaf(travel_us, _OPERATE_US, travel_us if gate.role == "inlet" else 0)
