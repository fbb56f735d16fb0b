"""Rule 3 at the outputs: in local a gate does what the buttons say, and nothing else.

What a button asks for is judged where nothing else can hold the drive back: no emergency stop, no
fault of the drive, and long enough for its dead time.
"""

from collections.abc import Iterator
from typing import Any

from reedgate_sim.campaign.account import MS, STARTS_US, Account, Violation
from reedgate_sim.campaign.hands import asks, held, in_hand
from reedgate_sim.campaign.judge_outputs import OTHER
from reedgate_sim.campaign.leave import back_off_ends
from reedgate_sim.campaign.stops import stops
from reedgate_sim.campaign.timeline import Span, common, touches, without


def judge_hands(account: Account) -> Iterator[Violation]:
    for gate_id, gate in account.gates():
        if gate.drive == "two_relay" and gate.terminals.local:
            for way in OTHER:
                yield from _unasked(account, gate_id, gate, way)
                yield from _unheard(account, gate_id, gate, way)


def _unasked(account: Account, gate_id: str, gate: Any, way: str) -> Iterator[Violation]:
    """A drive in local that no button asks for; a scan may pass before it ends. What jams backs
    off, as long as its own button is held."""
    seen_us, other = account.seen_us, OTHER[way]
    local = [(first + seen_us, last - seen_us) for first, last in in_hand(account, gate)]
    for drive in account.scanned_drives(getattr(gate.terminals, way)):
        allowed = asks(account, gate, way)
        ends_us = back_off_ends(account, gate, drive, other)
        if ends_us is not None:
            backs_off = common(asks(account, gate, other), [(drive.from_us, ends_us)])
            allowed = [*allowed, *backs_off]
        for first, _ in without(common([(drive.from_us, drive.until_us)], local), allowed):
            detail = f"{gate_id}: {way} drive in local, and its button is not held"
            yield Violation("C2 S5", first, detail)


def _unheard(account: Account, gate_id: str, gate: Any, way: str) -> Iterator[Violation]:
    """A button that is held, and the gate is not driven."""
    if account.gate_faults.get(gate_id):
        return
    switch = account.made(gate.terminals.at_open if way == "open" else gate.terminals.at_closed)
    drives = account.driven(getattr(gate.terminals, way))
    late_us = 2 * account.seen_us + gate.reverse_dead_ms * MS
    for first, last in held(account, gate, way):
        due_us = first + late_us
        if due_us > last or _held_back(account, first, due_us, switch):
            continue
        if not touches(drives, due_us - account.seen_us, due_us):
            detail = f"{gate_id}: the {way} button is held in local, and nothing drives"
            yield Violation("C2 S5", due_us, detail)


def _held_back(account: Account, from_us: int, until_us: int, switch: list[Span]) -> bool:
    life = account.life_at(from_us)
    if life is None or from_us < life.from_us + STARTS_US or until_us > life.ran_until_us:
        return True
    stopped = [
        (stop.pressed_us, stop.surely_ended_us + account.seen_us) for stop in stops(account)
    ]
    return touches([*stopped, *switch], from_us, until_us)
