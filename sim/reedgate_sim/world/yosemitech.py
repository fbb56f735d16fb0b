"""Yosemitech's digital probes: Y510, Y511 turbidity, Y504 dissolved oxygen, Y520 conductivity.

Their ways: floats with the low byte first; start, stop and brush are odd Modbus frames; a register
they do not know is answered by silence. What a register holds before the first measurement is
nowhere documented; 0 is the worst case (perfectly clear water) and is what these show.
"""

import struct

from reedgate_sim.world import adu
from reedgate_sim.world.ailments import Water
from reedgate_sim.world.instrument import Character, Instrument
from reedgate_sim.world.substances import do_saturation_mg_l

_START = 0x2500
_STOP = 0x2E00
_VALUES = 0x2600
_START_EC = 0x1C00
_BRUSH = 0x3100
_BRUSH_INTERVAL = 0x3200
_SLAVE_ID = 0x3000
_SERIAL = 0x0900
_VERSION = 0x0700
_CALIBRATION = 0x1100

_BRUSH_INTERVAL_MIN = 30  # after power-up: an interval that was set is lost with the power

_READ = struct.Struct(">BHH")
_WRITE = struct.Struct(">BHHB")


class Yosemitech(Instrument):
    """What they have in common."""

    model_code = "00"  # where a serial number tells the models apart
    brush = False
    start_by_write = False
    starts_alone = False

    def __init__(self, unit_id: int, water: Water, behaviour: Character, **options):
        super().__init__(unit_id, water, behaviour, **options)
        self._measured = dict.fromkeys(self.names, 0.0)
        self._brush_interval_min = _BRUSH_INTERVAL_MIN

    def _measure(self, now_us: int) -> dict[str, float]:
        raise NotImplementedError

    def _registers(self, now_us: int) -> dict[str, float]:
        if self._stable(now_us):
            self._measured = self._measure(now_us)
        return dict(self._measured)

    def _serve(self, pdu: bytes, now_us: int) -> bytes | None:
        if pdu[0] == adu.READ_HOLDING_REGISTERS and len(pdu) == _READ.size:
            return self._read(pdu, now_us)
        if pdu[0] == adu.WRITE_MULTIPLE_REGISTERS and len(pdu) >= _WRITE.size:
            return self._write(pdu, now_us)
        return None

    def _read(self, pdu: bytes, now_us: int) -> bytes | None:
        _, address, count = _READ.unpack(pdu)
        if address in (_START, _STOP) and count in (0, 1):
            if address == _STOP or not self.start_by_write:
                self._command(address == _START, now_us)
                return bytes((pdu[0], 2 * count)) + bytes(2 * count)
            return None
        block = self._block(address, now_us)
        if not 0 < 2 * count <= len(block):
            return None
        return bytes((pdu[0], 2 * count)) + block[: 2 * count]

    def _write(self, pdu: bytes, now_us: int) -> bytes | None:
        _, address, count, size = _WRITE.unpack_from(pdu)
        data = pdu[_WRITE.size :]
        if len(data) != size or size != 2 * count:
            return None
        if address == _START_EC and self.start_by_write and count == 0:
            self._command(True, now_us)
        elif address == _BRUSH_INTERVAL and self.brush and count == 1:
            self._set_brush_interval(int.from_bytes(data, "little"), now_us)
        elif address == _BRUSH and self.brush and count == 0:
            self.wiper.sweep(now_us)
        else:
            return None
        return pdu[: _READ.size]

    def _set_brush_interval(self, minutes: int, now_us: int) -> None:
        self._brush_interval_min = minutes
        self.wiper.set_interval(minutes * 60_000_000, now_us)

    def _power_up(self, powered_us: int) -> None:
        super()._power_up(powered_us)
        if self.brush:
            self._set_brush_interval(_BRUSH_INTERVAL_MIN, self._awake_us)

    def _command(self, start: bool, now_us: int) -> None:
        self._registers(now_us)  # a stopped probe goes on showing its last measurement
        if not start:
            self._measuring_since_us = None
        elif self._measuring_since_us is None:
            self._measuring_since_us = now_us

    def _block(self, address: int, now_us: int) -> bytes:
        """The registers from an address that can be read, as they go over the wire."""
        if address == _VALUES:
            return self._values(self.registers(now_us))
        if address == _BRUSH_INTERVAL and not self.brush:
            return b""
        return {
            _SLAVE_ID: bytes((self.unit_id, 0)),
            _SERIAL: f"YL{self.model_code:>02}12345678".ljust(14, "\0").encode(),
            _VERSION: bytes((1, 0, 1, 0)),
            _CALIBRATION: struct.pack("<ff", 1, 0),
            _BRUSH_INTERVAL: self._brush_interval_min.to_bytes(2, "little"),
        }.get(address, b"")

    def _values(self, registers: dict[str, float]) -> bytes:
        raise NotImplementedError


class Y511(Yosemitech):
    """Turbidity, with a brush."""

    names = ("turbidity_ntu", "temperature_c")
    main = ("turbidity_ntu",)
    measures = ("turbidity_ntu", "temperature_c")
    model_code = "29"
    brush = True
    has_error_register = True

    def _measure(self, now_us: int) -> dict[str, float]:
        return {
            "turbidity_ntu": self._sensed["turbidity_ntu"].at(now_us),
            "temperature_c": self._sensed["temperature_c"].at(now_us),
        }

    def _values(self, registers: dict[str, float]) -> bytes:
        values = registers["temperature_c"], registers["turbidity_ntu"], registers["error"]
        return struct.pack("<ffBx", *values)


class Y510(Y511):
    """Turbidity, without a brush."""

    model_code = "10"
    brush = False


class Y504(Yosemitech):
    """Dissolved oxygen; saturation is a fraction."""

    names = ("do_mg_l", "do_fraction", "temperature_c")
    main = ("do_mg_l", "do_fraction")
    measures = ("do_mg_l", "temperature_c")
    model_code = "01"

    def _measure(self, now_us: int) -> dict[str, float]:
        do_mg_l = self._sensed["do_mg_l"].at(now_us)
        temperature_c = self._sensed["temperature_c"].at(now_us)
        return {
            "do_mg_l": do_mg_l,
            "do_fraction": do_mg_l / do_saturation_mg_l(temperature_c),
            "temperature_c": temperature_c,
        }

    def quantity(self, key: str, now_us: int) -> float:
        registers = self.registers(now_us)
        if key == "do_saturation_pct":
            return registers["do_fraction"] * 100
        return registers[key]

    def _values(self, registers: dict[str, float]) -> bytes:
        return struct.pack(
            "<fff", registers["temperature_c"], registers["do_fraction"], registers["do_mg_l"]
        )


class Y520(Yosemitech):
    """Conductivity at 25 degrees in mS/cm; started by a write."""

    names = ("conductivity_ms_cm", "temperature_c")
    main = ("conductivity_ms_cm",)
    measures = ("conductivity_us_cm", "temperature_c")
    model_code = "09"
    start_by_write = True
    has_error_register = True

    def _measure(self, now_us: int) -> dict[str, float]:
        return {
            "conductivity_ms_cm": self._sensed["conductivity_us_cm"].at(now_us) / 1000,
            "temperature_c": self._sensed["temperature_c"].at(now_us),
        }

    def quantity(self, key: str, now_us: int) -> float:
        registers = self.registers(now_us)
        if key == "conductivity_us_cm":
            return registers["conductivity_ms_cm"] * 1000
        return registers[key]

    def _values(self, registers: dict[str, float]) -> bytes:
        values = registers["temperature_c"], registers["conductivity_ms_cm"], registers["error"]
        return struct.pack("<ffBx", *values)
