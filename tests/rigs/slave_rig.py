"""The desk's station polled over RS-485, and a pymodbus client whose time is the station's."""

import struct

from pymodbus.client.base import ModbusBaseSyncClient
from pymodbus.exceptions import ModbusIOException
from pymodbus.framer import FramerType
from pymodbus.pdu.file_message import FileRecord
from pymodbus.transport import CommParams, CommType
from station_rig import SITE, StationRun

from reedgate_contract import registers
from reedgate_sim.world.line import Line

UNIT = 7
PORT = "RS485_2"
_SILENCE_US = 2000  # 3.5 characters, as a master has to keep it
LINE = Line(19200, "even", 1)


def wired_site(line="/dev/ttyUSB0", **uplink):
    """The desk's site with its station on a wire."""
    station = SITE.stations["inlet"]
    values = {"kind": "rtu_slave", "broker": None, "port": PORT, "unit_id": UNIT, "line": line}
    wired = station.uplink.model_copy(update={**values, **uplink})
    stations = {"inlet": station.model_copy(update={"uplink": wired})}
    return SITE.model_copy(update={"stations": stations})


class SlaveRun(StationRun):
    """One station on the VM as a slave; `ask` and `client` let its time pass."""

    def __init__(self, scenario="turbidity_upset", seed=1, *, network=None, site=None, **options):
        super().__init__(scenario, network, seed, site=site or wired_site(), **options)
        self.client = VirtualClient(self)

    @property
    def host_line(self):
        return self.plant.buses[PORT]

    def hear(self, within_s):
        """The next frame of the station that is not here yet, or b""."""
        heard = self.host_line.heard
        self.to(self.now_s + within_s, lambda: bool(heard))
        if not heard:
            return b""
        at_us, frame = heard.pop(0)
        self.rig.run(max(at_us, self.rig.now_us) + _SILENCE_US)
        return frame

    def say(self, frame):
        self.host_line.say(self.rig.now_us, frame, LINE)

    def ask(self, frame, within_s=2):
        self.say(frame)
        return self.hear(within_s)

    # What a master reads, by the contract.

    def block(self, at, block, unit=UNIT):
        answer = self.client.read_input_registers(
            at, count=registers.width_of(block), device_id=unit
        )
        assert not answer.isError(), answer
        return unpacked(block, answer.registers)

    def station_now(self):
        return self.block(registers.STATION_AT, registers.STATION)

    def stream(self, events=True):
        return self.block(
            registers.EVENTS_AT if events else registers.READINGS_AT, registers.STREAM
        )

    def records(self, file_number, index, count):
        """32-byte records of a file, or the exception's code."""
        wanted = FileRecord(file_number, 16 * index, record_length=32 * count)
        answer = self.client.read_file_record([wanted], device_id=UNIT)
        if answer.isError():
            return answer.exception_code
        (run,) = answer.records
        assert len(run.record_data) == 32 * count
        return [run.record_data[at : at + 32] for at in range(0, 32 * count, 32)]


def unpacked(block, words):
    """A block's fields by name."""
    data = struct.pack(f">{len(words)}H", *words)
    values = struct.unpack(registers.format_of(block), data)
    return dict(zip((name for name, _ in block), values, strict=True))


class VirtualClient(ModbusBaseSyncClient):
    """pymodbus's own client; its serial port is the rig's line."""

    def __init__(self, run, timeout_s=1.5):
        params = CommParams(
            comm_type=CommType.SERIAL, comm_name="virtual", timeout_connect=timeout_s
        )
        super().__init__(FramerType.RTU, 0, params, None, None, None)
        self._run = run
        self._timeout_s = timeout_s

    def connect(self):
        return True

    def close(self):
        pass

    def is_socket_open(self):
        return True

    def send(self, request, addr=None):
        self._run.host_line.heard.clear()
        self._run.say(request)
        return len(request)

    def recv(self, size):
        return self._run.hear(self._timeout_s)


__all__ = ("ModbusIOException", "SlaveRun", "VirtualClient", "unpacked", "wired_site")
