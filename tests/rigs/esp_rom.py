"""An ESP32's boot loader in ROM: what esptool talks to.

Facts: Espressif's serial protocol of the ROM and of the stub that esptool loads into RAM; the
registers are those that esptool 5.6 reads of an ESP32. The stub is not run: after it was loaded,
its commands are answered here. DTR and RTS reset the chip as the two transistors on its boards do.
"""

import hashlib
import struct
import zlib

from serial.urlhandler import protocol_loop
from serial_server import SerialServer

MEM_END, SYNC, WRITE_REG, READ_REG = 0x06, 0x08, 0x09, 0x0A
DEFL_BEGIN, DEFL_DATA, MD5 = 0x10, 0x11, 0x13
KNOWN = {*range(0x02, 0x0C), 0x0D, *range(0x0F, 0x14)}
UNKNOWN_COMMAND = 0x05
FLASH_SIZE = 4 << 20
_ROM_SAYS = 0x20120707  # in an answer to SYNC; the stub says 0
_MAGIC, _CLOCK, _SPI_CMD, _SPI_USR2, _SPI_W0 = (
    0x40001000,
    0x3FF40014,
    0x3FF42000,
    0x3FF42024,
    0x3FF42080,
)
_READ_ID, _ID = 0x9F, 0x1640EF  # of a W25Q32: 4 MiB
_BAUD, _CRYSTAL_HZ = 115200, 40_000_000


class EspRom:
    """As a bus it serves a PtyBus: in download mode already, as with BOOT held while plugged in.

    starts: of the program in its flash. cut_after: blocks after which it is unplugged.
    worn: an address of the flash that does not take what is written to it.
    """

    def __init__(self, cut_after=None, worn=None):
        self.flash = bytearray(b"\xff" * FLASH_SIZE)
        self.starts = 0
        self.unplugged = False
        self._cut_after, self._worn = cut_after, worn
        self._registers = {_MAGIC: 0x00F01D83, _CLOCK: _CRYSTAL_HZ // _BAUD}
        self._download = True
        self._held = self._stub = False
        self._line = self._said = b""

    def on_lines(self, dtr, rts):
        held = rts and not dtr
        if self._held and not held:
            self._download = dtr  # GPIO0 is low as it leaves reset
            self._stub = False
            self._line = b""
            self.starts += not self._download
        self._held = held

    def transmit(self, now_us, data, line):
        self._said += self.hear(data)

    def receive(self, now_us):
        said, self._said = self._said, b""
        return said

    def next_event_us(self):
        return 0 if self._said else 1 << 60

    def hear(self, data):
        """Each whole packet, between two C0 (SLIP)."""
        if not self._download:
            return b""
        *packets, self._line = (self._line + data).split(b"\xc0")
        return b"".join(self._answered(_plain(each)) for each in packets if len(each) >= 8)

    def _answered(self, packet):
        op, size = struct.unpack_from("<xBH", packet)
        body = packet[8 : 8 + size]
        if op not in KNOWN:
            return self._packet(op, 0, bytes([1, UNKNOWN_COMMAND, 0, 0]))
        if op == SYNC:
            return 8 * self._packet(op, 0 if self._stub else _ROM_SAYS, bytes(4))
        said = self._done(op, body)
        status = bytes(2 if self._stub else 4)
        if op == READ_REG:
            return self._packet(op, self._registers.get(struct.unpack("<I", body)[0], 0), status)
        answer = self._packet(op, 0, said + status)
        if op == MEM_END:
            self._stub = True
            answer += b"\xc0OHAI\xc0"
        return answer

    def _done(self, op, body):
        if op == WRITE_REG:
            address, value = struct.unpack_from("<II", body)
            self._registers[address] = value
            if address == _SPI_CMD:
                command = self._registers.get(_SPI_USR2, 0) & 0xFF
                self._registers |= {_SPI_CMD: 0, _SPI_W0: _ID if command == _READ_ID else 0}
        elif op == DEFL_BEGIN:
            self._at = struct.unpack_from("<IIII", body)[3]
            self._unpack = zlib.decompressobj()
        elif op == DEFL_DATA:
            self._write(self._unpack.decompress(body[16:]))
        elif op == MD5:
            at, size = struct.unpack_from("<II", body)
            return hashlib.md5(self.flash[at : at + size]).digest()
        return b""

    def _write(self, data):
        if self._cut_after is not None:
            self._cut_after -= 1
            if self._cut_after < 0:
                self.unplugged = True
                return
        self.flash[self._at : self._at + len(data)] = data
        self._at += len(data)
        if self._worn is not None and self._at > self._worn:
            self.flash[self._worn] = 0

    @staticmethod
    def _packet(op, value, body):
        raw = struct.pack("<BBHI", 1, op, len(body), value) + body
        return b"\xc0" + raw.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"


def _plain(packet):
    return packet.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")


class EspServer(SerialServer):
    """The board behind a device server that has its reset lines too."""

    def __init__(self, rom):
        super().__init__(rom.hear)
        self.port.close()
        self.port = _Lines(rom.on_lines)


class _Lines(protocol_loop.Serial):
    """The server's port: it tells its two lines."""

    def __init__(self, told):
        self._told = told
        super().__init__("loop://")

    def _update_dtr_state(self):
        self._told(self.dtr, self.rts)

    _update_rts_state = _update_dtr_state
