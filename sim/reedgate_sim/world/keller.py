"""KELLER series 30 level transmitter: floats with the high byte first, even addresses only.

Channels that the device does not have read NaN, a pressure beyond its range plus or minus
infinity. Depth is the pressure of the water above the membrane (vented gauge).
"""

import math
import struct

from reedgate_sim.world import adu
from reedgate_sim.world.ailments import Water
from reedgate_sim.world.instrument import Character, Instrument
from reedgate_sim.world.substances import water_density_kg_m3

GRAVITY_M_S2 = 9.80665
_PA_PER_BAR = 1e5

_LONGEST_READ = 4  # registers, firmware 5.20
_CHANNELS = (None, "pressure_bar", None, "temperature_c", "tob1_c", None)  # two registers each
_ONE_SHOT = 0x0100
_ONE_SHOT_CHANNELS = ("pressure_bar", "tob1_c")
_PASCALS = 0x0022
_SERIAL = 0x0202
_STATUS = 0x020C
_ADDRESS = 0x020D
_SERIAL_NUMBER = 300_123
_READ = struct.Struct(">BHH")


class KellerSeries30(Instrument):
    names = ("pressure_bar", "temperature_c", "tob1_c")
    main = ("pressure_bar",)
    measures = ("depth_mm", "temperature_c")

    def __init__(self, unit_id: int, water: Water, behaviour: Character, **options):
        super().__init__(unit_id, water, behaviour, **options)
        self._range_bar = behaviour.range_bar or (-math.inf, math.inf)

    def _registers(self, now_us: int) -> dict[str, float]:
        temperature_c = self._sensed["temperature_c"].at(now_us)
        depth_m = self._sensed["depth_mm"].at(now_us) / 1000
        density = water_density_kg_m3(temperature_c)
        pressure_bar = density * GRAVITY_M_S2 * depth_m / _PA_PER_BAR
        low_bar, high_bar = self._range_bar
        if pressure_bar > high_bar:
            pressure_bar = math.inf
        elif pressure_bar < low_bar:
            pressure_bar = -math.inf
        return {
            "pressure_bar": pressure_bar,
            "temperature_c": temperature_c,
            "tob1_c": temperature_c,
        }

    def quantity(self, key: str, now_us: int) -> float:
        registers = self.registers(now_us)
        if key == "depth_mm":
            density = water_density_kg_m3(registers["temperature_c"])
            return registers["pressure_bar"] * _PA_PER_BAR / (density * GRAVITY_M_S2) * 1000
        return registers[key]

    def _serve(self, pdu: bytes, now_us: int) -> bytes | None:
        if pdu[0] == adu.DIAGNOSTICS:
            return pdu if pdu[1:3] == b"\0\0" else adu.exception(pdu[0], adu.ILLEGAL_VALUE)
        if pdu[0] in (adu.WRITE_SINGLE_REGISTER, adu.WRITE_MULTIPLE_REGISTERS):
            return adu.exception(pdu[0], adu.ILLEGAL_ADDRESS)  # the desk writes nothing there
        if pdu[0] != adu.READ_HOLDING_REGISTERS or len(pdu) != _READ.size:
            return adu.exception(pdu[0], adu.ILLEGAL_FUNCTION)
        _, address, count = _READ.unpack(pdu)
        if not 0 < count <= _LONGEST_READ:
            return adu.exception(pdu[0], adu.ILLEGAL_VALUE)
        data = self._block(address, count, now_us)
        if data is None:
            return adu.exception(pdu[0], adu.ILLEGAL_ADDRESS)
        return bytes((pdu[0], len(data))) + data

    def _block(self, address: int, count: int, now_us: int) -> bytes | None:
        registers = self.registers(now_us)
        for first, channels in ((0, _CHANNELS), (_ONE_SHOT, _ONE_SHOT_CHANNELS)):
            start, odd = divmod(address - first, 2)
            if 0 <= start < len(channels):
                wanted = channels[start : start + count // 2]
                if odd or count % 2 or 2 * len(wanted) != count:
                    return None
                values = [registers[name] if name else math.nan for name in wanted]
                return struct.pack(f">{len(values)}f", *values)
        fixed = {
            (_PASCALS, 2): self._pascals(registers["pressure_bar"]),
            (_SERIAL, 2): _SERIAL_NUMBER.to_bytes(4, "big"),
            (_STATUS, 1): b"\0\0",
            (_ADDRESS, 1): self.unit_id.to_bytes(2, "big"),
        }
        return fixed.get((address, count))

    @staticmethod
    def _pascals(pressure_bar: float) -> bytes:
        if not math.isfinite(pressure_bar):
            return b"\x7f\xff\xff\xff" if pressure_bar > 0 else b"\x80\0\0\0"
        return struct.pack(">i", round(pressure_bar * _PA_PER_BAR))
