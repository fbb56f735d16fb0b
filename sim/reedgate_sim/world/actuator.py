"""A gate's drive that is spoken to over Modbus: order, position, as a plain actuator has them.

Registers of its own writing, not read from the profile. It obeys what it was told last; the
contacts that its order closes inside are those of the leaf's motor.
"""

from collections.abc import Callable

from reedgate_sim.world import adu
from reedgate_sim.world.instrument import Character, Instrument

STOP, OPEN, CLOSE = 0, 1, 2
_ORDER, _POSITION = 0, 1
_WRITE_MULTIPLE = 0x10
_ILLEGAL_FUNCTION, _ILLEGAL_ADDRESS = 1, 2
PROFILE = "registers-3"


class PlainActuator(Instrument):
    """move(order, now_us): tells the leaf. permille(now_us): where that is."""

    def __init__(
        self,
        unit_id: int,
        move: Callable[[int, int], None],
        permille: Callable[[int], float],
    ):
        super().__init__(unit_id, {}, Character(turnaround_us=5000))
        self.order = STOP
        self._move = move
        self._permille = permille

    def _serve(self, pdu: bytes, now_us: int) -> bytes | None:
        if pdu[0] == adu.READ_HOLDING_REGISTERS and len(pdu) == 5:
            first, count = (int.from_bytes(pdu[at : at + 2], "big") for at in (1, 3))
            held = {_ORDER: self.order, _POSITION: round(self._permille(now_us))}
            wanted = range(first, first + count)
            if not wanted or any(each not in held for each in wanted):
                return adu.exception(pdu[0], _ILLEGAL_ADDRESS)
            words = b"".join(held[each].to_bytes(2, "big") for each in wanted)
            return bytes((pdu[0], len(words))) + words
        if pdu[0] == _WRITE_MULTIPLE and pdu[1:6] == bytes((0, _ORDER, 0, 1, 2)):
            self.order = int.from_bytes(pdu[6:8], "big")
            self._move(self.order, now_us)
            return pdu[:5]
        return adu.exception(pdu[0], _ILLEGAL_FUNCTION)
