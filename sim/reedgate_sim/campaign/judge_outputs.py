"""C1 and C2: what the outputs did, held against S1 to S4 and S8 of the control law.

S8 has no judge of its own: envelopes without right are sent in the runs, and an opening that they
caused is one that S4 does not allow. Openings are judged where they begin.
"""

from collections.abc import Iterator
from typing import Any

from reedgate_sim.campaign.account import KEPT_US, MS, Account, Drive, Violation, us
from reedgate_sim.campaign.leave import OVERRULES, back_off_ends, may_open
from reedgate_sim.campaign.stops import known, stops
from reedgate_sim.campaign.timeline import rises, touches

OTHER = {"open": "close", "close": "open"}
_HOUR_US = 3_600_000_000


def judge_outputs(account: Account) -> Iterator[Violation]:
    yield from _off_first(account)
    for gate_id, gate in account.gates():
        if gate.drive == "two_relay":
            yield from _never_both(account, gate_id, gate)
            for direction in OTHER:
                yield from _into_a_switch(account, gate_id, gate, direction)
                yield from _too_long(account, gate_id, gate, direction)
                yield from _forbidden(account, gate_id, gate, direction)
        if gate.role == "inlet":
            yield from _openings(account, gate_id, gate)
    yield from _emergency_stop(account)


def _off_first(account: Account) -> Iterator[Violation]:
    for life in account.lives:
        if life.unsafe:
            yield Violation("C1", life.from_us, f"before all outputs were off: {life.unsafe}")


def _never_both(account: Account, gate_id: str, gate: Any) -> Iterator[Violation]:
    """S1, also across a restart."""
    opens, closes = (account.drives(getattr(gate.terminals, way)) for way in OTHER)
    dead_us = gate.reverse_dead_ms * MS - MS
    for first in opens:
        for second in closes:
            early, late = sorted((first, second), key=lambda each: each.from_us)
            if late.from_us < early.until_us:
                yield Violation("C2 S1", late.from_us, f"{gate_id}: both relays are energised")
            elif late.from_us - early.until_us < dead_us:
                rest_ms = (late.from_us - early.until_us) // MS
                detail = f"{gate_id}: reversed after {rest_ms} ms of {gate.reverse_dead_ms} ms"
                yield Violation("C2 S1", late.from_us, detail)


def _into_a_switch(account: Account, gate_id: str, gate: Any, way: str) -> Iterator[Violation]:
    """S2: an end switch, or both, stop a drive within a scan; and none starts against one."""
    switch = gate.terminals.at_open if way == "open" else gate.terminals.at_closed
    for drive in account.scanned_drives(getattr(gate.terminals, way)):
        for made_us, gone_us in account.made(switch):
            first_us, last_us = max(made_us, drive.from_us), min(gone_us, drive.until_us)
            starts = made_us < drive.from_us - account.seen_us and drive.from_us < gone_us
            if last_us - first_us > account.seen_us or (starts and last_us > first_us):
                yield Violation("C2 S2", first_us, f"{gate_id}: {way} drive into a made switch")


def _too_long(account: Account, gate_id: str, gate: Any, way: str) -> Iterator[Violation]:
    most_us = us(gate.travel_timeout_s) + account.seen_us
    for drive in account.scanned_drives(getattr(gate.terminals, way)):
        if drive.until_us - drive.from_us > most_us:
            detail = f"{gate_id}: {way} drive beyond its travel time-out"
            yield Violation("C2 S2", drive.from_us + most_us, detail)


def _forbidden(account: Account, gate_id: str, gate: Any, way: str) -> Iterator[Violation]:
    """S2: after the last retry the direction is latched, until a reset; a restart is none."""
    jams = 0
    latched_us: int | None = None
    resets = rises(account.inputs.get(account.station.terminals.reset, []))
    previous: Drive | None = None
    for drive in account.drives(getattr(gate.terminals, way)):
        if previous is not None:
            span = (previous.until_us - account.seen_us, drive.from_us)
            if any(span[0] <= each <= span[1] for each in resets):
                jams, latched_us = 0, None
            elif latched_us is None and _restarted(account, *span):
                jams -= jams > 0 and _cut_soon(account, previous.until_us - 1)
            elif latched_us is not None and _restarted(account, latched_us, latched_us + KEPT_US):
                jams, latched_us = 0, None
        if latched_us is not None:
            detail = f"{gate_id}: {way} drive in a direction that is latched"
            yield Violation("C2 S2", drive.from_us, detail)
        if any(drive.from_us < each < drive.until_us for each in resets):
            jams, latched_us = 0, None  # in the middle of it: what came before counts no more
        if timed_out(account, gate, way, drive):
            jams += 1
            latched_us = drive.until_us if jams > gate.retries else latched_us
        elif latched_us is None:
            jams = 0
        previous = drive


def timed_out(account: Account, gate: Any, way: str, drive: Drive) -> bool:
    """The drive ran its whole time-out, and its switch did not make; it was no back-off."""
    if back_off_ends(account, gate, drive, OTHER[way]) is not None:
        return False
    switch = gate.terminals.at_open if way == "open" else gate.terminals.at_closed
    long = drive.until_us - drive.from_us >= us(gate.travel_timeout_s) - MS
    made = touches(account.made(switch), drive.until_us - account.seen_us, drive.until_us)
    return long and not made


def _restarted(account: Account, from_us: int, until_us: int) -> bool:
    return any(from_us < life.from_us <= until_us for life in account.lives)


def _emergency_stop(account: Account) -> Iterator[Violation]:
    """S3: off in that scan; nothing until the panel's reset after the release."""
    coils = [
        getattr(gate.terminals, coil)
        for _, gate in account.gates()
        for coil in ("open", "close", "out")
    ]
    drives = [drive for coil in coils for drive in account.drives(coil)]
    for stop in stops(account):
        span = known(account, stop)
        if span is None:
            continue
        for drive in drives:
            at_us = max(drive.from_us, span[0])
            if at_us < min(drive.until_us, span[1]):
                detail = f"{drive.terminal} is energised after an emergency stop"
                yield Violation("C2 S3", at_us, detail)


def _openings(account: Account, gate_id: str, gate: Any) -> Iterator[Violation]:
    """S4, with openings an hour and the least time closed."""
    taken: list[int] = []
    for drive in openings(account, gate):
        ends_us = back_off_ends(account, gate, drive)
        if ends_us is not None and drive.until_us <= ends_us:
            continue
        reason = _reason(account, gate_id, gate, drive.from_us, ends_us or drive.from_us)
        if reason == "":
            yield from _too_often(account, gate_id, gate, drive, taken)
        elif reason not in OVERRULES:
            yield Violation("C2 S4", drive.from_us, f"{gate_id} opens: {reason}")


def _reason(account: Account, gate_id: str, gate: Any, from_us: int, until_us: int) -> str:
    """As of may_open; a back-off becomes an opening when, while it lasts, one is permitted."""
    reason = ""
    for at_us in range(from_us, until_us + 1, account.scan_us):
        reason = may_open(account, gate_id, gate, at_us)
        if not reason or reason in OVERRULES:
            break
    return reason


def _cut_soon(account: Account, at_us: int) -> bool:
    """What was so then may be forgotten over the restart."""
    life = account.life_at(at_us)
    return life is not None and life.ran_until_us - at_us < KEPT_US


def openings(account: Account, gate: Any) -> list[Drive]:
    """Every time that its opening output became active."""
    if gate.drive == "two_relay":
        return account.drives(gate.terminals.open)
    return account.drives(gate.terminals.out) if gate.spring == "closed" else []


def _too_often(
    account: Account, gate_id: str, gate: Any, drive: Drive, taken: list[int]
) -> Iterator[Violation]:
    just_us = drive.from_us - account.seen_us
    made = account.made(gate.terminals.at_closed)
    closed = next((span for span in made if touches([span], just_us, drive.from_us)), None)
    if closed is None:
        return  # goes on from between its switches: an opening that was begun before
    life = account.life_at(drive.from_us)
    begun_us = closed[0] - us(gate.travel_timeout_s)  # its close command stood no earlier
    ran = life is not None and life.from_us < begun_us
    if ran and drive.from_us - begun_us < us(gate.min_closed_s):
        yield Violation("C2 S4", drive.from_us, f"{gate_id} opens before min_closed_s")
    taken[:] = [each for each in taken if each > drive.from_us - _HOUR_US]
    taken[:] = [each for each in taken if not _cut_soon(account, each)]
    taken.append(drive.from_us)
    if len(taken) > gate.openings_per_hour:
        yield Violation("C2 S4", drive.from_us, f"{gate_id} opens more than openings_per_hour")
