"""Probes in clean water on the emulated chip's RS-485 ports, for a board on the desk.

The line is perfect: a whole request at the bus's speed gets its whole reply. What lines and probes
do to one another is the business of reedgate_sim.world.bus.
"""

from typing import Any

from reedgate_boards.site.board_facts import read_board
from reedgate_boards.site.schema_station import line_of
from reedgate_sim.rp2040.chip import Chip
from reedgate_sim.world.instrument import Instrument
from reedgate_sim.world.probes import instruments_of

_WATER = {
    "turbidity_ntu": 3.2,
    "do_mg_l": 7.5,
    "do_saturation_pct": 82.0,
    "conductivity_us_cm": 640.0,
    "temperature_c": 18.5,
}
_STAGE_MM = 600.0
_TURNAROUND_NS = 10_000_000
_PAUSE_US = 20_000  # between two frames
_BAUD_OFF = 0.02  # a chip's divider does not give a rate quite


def wire_probes(chip: Chip, station: Any) -> list["_Line"]:
    """One line a bus. Raises UserError for a profile that the desk has no instrument for."""
    water = {key: _constant(value) for key, value in _WATER.items()}
    probes = instruments_of(station, water, _constant(_STAGE_MM), 0, {})
    ports = read_board(station.board)[1]["PORTS"]
    lines = []
    for name, bus in station.buses.items():
        on_it = [
            (probes[sensor], line_of(station, row))
            for sensor, row in station.sensors.items()
            if row.bus == name
        ]
        lines.append(_Line(chip, ports[bus.port]["uart"], on_it))
    return lines


def _constant(value: float):
    return lambda _now_us: value


class _Line:
    """Hears what the chip sends on one UART; the probe that is meant answers, if the chip sends
    in its (baud, parity). answers: how often one began to.
    """

    def __init__(self, chip: Chip, uart: int, probes: list[tuple[Instrument, tuple[int, str]]]):
        self._chip = chip
        self._uart = chip.uarts[uart]
        self._probes = probes
        self._frame = bytearray()
        self._heard_us = 0
        self._reply = b""
        self.answers = 0
        self._alarm = chip.alarm(self._answer)
        self._uart.on_sent = self._hear

    def _hear(self, byte: int) -> None:
        now_us = self._chip.now_us
        if now_us - self._heard_us > _PAUSE_US:
            self._frame.clear()
        self._heard_us = now_us
        self._frame.append(byte)
        baud, parity, _ = self._uart.settings
        for probe, (own_baud, own_parity) in self._probes:
            if parity != own_parity or abs(baud - own_baud) > own_baud * _BAUD_OFF:
                continue
            reply = probe.answer(bytes(self._frame), now_us)
            if reply:
                self._frame.clear()
                self._reply = reply
                self.answers += 1
                self._alarm.schedule(_TURNAROUND_NS + self._uart.character_ns)
                return

    def _answer(self) -> None:
        """The next byte of the reply has arrived."""
        self._uart.receive(self._reply[0])
        self._reply = self._reply[1:]
        if self._reply:
            self._alarm.schedule(self._uart.character_ns)
