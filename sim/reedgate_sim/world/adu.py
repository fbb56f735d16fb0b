"""Modbus RTU frames from the slave's side: unit id, PDU and CRC. No register maps, no timing.

The CRC is pymodbus's, so that a mistake in the firmware's own cannot hide in the simulator.
"""

from pymodbus.framer.rtu import FramerRTU

BROADCAST = 0
READ_HOLDING_REGISTERS = 0x03
READ_INPUT_REGISTERS = 0x04
WRITE_SINGLE_REGISTER = 0x06
DIAGNOSTICS = 0x08
WRITE_MULTIPLE_REGISTERS = 0x10

ILLEGAL_FUNCTION = 0x01
ILLEGAL_ADDRESS = 0x02
ILLEGAL_VALUE = 0x03

_SHORTEST = 4


def sealed(unit_id: int, pdu: bytes) -> bytes:
    """The whole frame of a PDU."""
    body = bytes((unit_id,)) + pdu
    return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")


def opened(adu: bytes) -> tuple[int, bytes] | None:
    """(unit id, PDU), or None for what no slave would take as a frame."""
    if len(adu) < _SHORTEST:
        return None
    body = adu[:-2]
    if FramerRTU.compute_CRC(body).to_bytes(2, "big") != adu[-2:]:
        return None
    return adu[0], body[1:]


def exception(function_code: int, code: int) -> bytes:
    """The PDU of an exception response."""
    return bytes((function_code | 0x80, code))
