"""Instruments whose behaviour is plain Modbus: a map of registers from data/instruments.toml.

A row of `registers`: address, type, and what it holds: `of` a quantity (times `times`, the
register's own unit), `const`, or `error`. Registers that nobody documented are not there.
"""

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reedgate_sim.world import adu
from reedgate_sim.world.ailments import Water
from reedgate_sim.world.instrument import Character, Instrument
from reedgate_sim.world.parameters import parameters
from reedgate_sim.world.substances import do_saturation_mg_l

_READ = struct.Struct(">BHH")
_MOST_REGISTERS = 125
# The order in which the bytes of a big-endian number go over the wire.
_ORDERS = {
    "f32_abcd": (0, 1, 2, 3),
    "f32_dcba": (3, 2, 1, 0),
    "f32_cdab": (2, 3, 0, 1),
    "f32_badc": (1, 0, 3, 2),
}
_INTEGERS = {"u16": (0, 0xFFFF), "i16": (-0x8000, 0x7FFF)}
_SATURATION = "do_saturation_pct"  # follows from these two
_SATURATION_OF = ("do_mg_l", "temperature_c")


@dataclass(frozen=True)
class Register:
    address: int
    type: str
    of: str = ""
    times: float = 1.0
    const: float = 0
    error: bool = False

    @property
    def words(self) -> int:
        return 1 if self.type in _INTEGERS else 2

    def packed(self, value: float) -> bytes:
        if self.type in _INTEGERS:
            whole = int(self.shown(value)) if math.isfinite(value) else 0
            return (whole & 0xFFFF).to_bytes(2, "big")
        number = struct.pack(">f", value)
        return bytes(number[place] for place in _ORDERS[self.type])

    def shown(self, value: float) -> float:
        """A value as the register can hold it."""
        if self.type not in _INTEGERS or not math.isfinite(value):
            return value
        low, high = _INTEGERS[self.type]
        return float(min(max(round(value), low), high))


@dataclass(frozen=True)
class Layout:
    """One instrument's map. names: the quantities that it has registers of."""

    profile: str
    registers: tuple[Register, ...]
    main: tuple[str, ...]
    function_code: int
    silent: bool  # what it does not know it answers by silence, not by an exception
    whole_values: bool  # a read must begin and end on a whole value

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(register.of for register in self.registers if register.of)

    @property
    def measures(self) -> tuple[str, ...]:
        names = [name for name in self.names if name != _SATURATION]
        if _SATURATION in self.names:
            names += [name for name in _SATURATION_OF if name not in names]
        return tuple(names)


def has_layout(profile: str) -> bool:
    return "registers" in parameters("instruments").get(profile, {})


def layout(profile: str) -> Layout:
    table = parameters("instruments")[profile]
    return Layout(
        profile=profile,
        registers=tuple(Register(**row) for row in table["registers"]),
        main=tuple(table["main"]),
        function_code=table["function_code"],
        silent=table.get("silent", False),
        whole_values=table.get("whole_values", False),
    )


class RegisterMap(Instrument):
    def __init__(self, of: Layout, unit_id: int, water: Water, behaviour: Character, **options):
        self.names, self.main, self.measures = of.names, of.main, of.measures
        self.has_error_register = any(register.error for register in of.registers)
        self._layout = of
        self._by_name = {register.of: register for register in of.registers if register.of}
        self._word_of = {
            register.address + word: (register, word)
            for register in of.registers
            for word in range(register.words)
        }
        super().__init__(unit_id, water, behaviour, **options)

    def quantity(self, key: str, now_us: int) -> float:
        return self.registers(now_us)[key] / self._by_name[key].times

    def registers(self, now_us: int) -> dict[str, float]:
        values = super().registers(now_us)
        for name, register in self._by_name.items():
            values[name] = register.shown(values[name])
        return values

    def _registers(self, now_us: int) -> dict[str, float]:
        sensed = {name: each.at(now_us) for name, each in self._sensed.items()}
        if _SATURATION in self.names:
            do_mg_l, celsius = (sensed[name] for name in _SATURATION_OF)
            sensed[_SATURATION] = 100 * do_mg_l / do_saturation_mg_l(celsius)
        return {name: sensed[name] * row.times for name, row in self._by_name.items()}

    def _healthy(self, now_us: int) -> dict[str, float]:
        values = super()._healthy(now_us)
        if not self._stable(now_us):
            self._blank(values)
        return values

    def _serve(self, pdu: bytes, now_us: int) -> bytes | None:
        function_code = pdu[0]
        if function_code != self._layout.function_code or len(pdu) != _READ.size:
            return self._refused(function_code, adu.ILLEGAL_FUNCTION)
        _, address, count = _READ.unpack(pdu)
        if not 0 < count <= _MOST_REGISTERS:
            return self._refused(function_code, adu.ILLEGAL_VALUE)
        wanted = [self._word_of.get(address + place) for place in range(count)]
        if None in wanted or (self._layout.whole_values and self._cuts(wanted)):
            return self._refused(function_code, adu.ILLEGAL_ADDRESS)
        data = self._packed(wanted, self.registers(now_us))
        return bytes((function_code, len(data))) + data

    def _refused(self, function_code: int, code: int) -> bytes | None:
        return None if self._layout.silent else adu.exception(function_code, code)

    @staticmethod
    def _cuts(wanted: list[tuple[Register, int]]) -> bool:
        (_, first), (register, last) = wanted[0], wanted[-1]
        return first != 0 or last != register.words - 1

    @staticmethod
    def _packed(wanted: list[tuple[Register, int]], values: Mapping[str, Any]) -> bytes:
        data = bytearray()
        for register, word in wanted:
            name = "error" if register.error else register.of
            packed = register.packed(values[name] if name else register.const)
            data += packed[2 * word : 2 * word + 2]
        return bytes(data)
