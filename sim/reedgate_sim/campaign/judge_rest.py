"""C4 to C6: the record, the watchdog, the alarms.

C5: in virtual time lateness cannot be seen; what is judged is that outputs are off within the
watchdog's bound after a seeded hang, and that nothing resets that nobody has made hang.
C6: what is judged here is the event that an alarm comes from: a drive fault that was there is
recorded, with its cause, within a scan; none is recorded that was not there; no emergency stop and
no flood without their cause. Demands and `healthy` are judge_told's. Grouping, delays and
priorities are made by the gateway, which does not run here.
"""

from collections.abc import Iterator
from typing import Any

from reedgate_contract import records
from reedgate_sim.campaign.account import CLOCK_US, MS, Account, Life, Violation
from reedgate_sim.campaign.floods import flood_spans
from reedgate_sim.campaign.judge_outputs import timed_out
from reedgate_sim.campaign.timeline import Span, merged
from reedgate_sim.confirmer import gate_event

WATCHDOG_BOUND_US = 1_000_000  # of this board, as of an RP2
_JAMS = {"open": "jam_opening", "close": "jam_closing"}


def judge_rest(account: Account) -> Iterator[Violation]:
    for problem in account.record:
        yield Violation("C4", account.end_us, problem)
    yield from _hangs(account)
    if account.names is not None:
        yield from _alarms(account)


def _hangs(account: Account) -> Iterator[Violation]:
    for at_us, name in account.resets:
        yield Violation("C5", at_us, f"a {name} that nothing had caused")
    for at_us in account.hangs:
        off_us = at_us + WATCHDOG_BOUND_US
        on = [
            drive.terminal
            for terminal in account.board.outputs
            for drive in account.drives(terminal)
            if drive.from_us <= at_us and drive.until_us > off_us
        ]
        if on:
            yield Violation("C5", off_us, f"{on[0]} is on beyond the watchdog's bound")
        alive = [life for life in account.lives if life.from_us <= at_us < life.until_us]
        if alive and alive[0].until_us > off_us and account.end_us > off_us:
            yield Violation("C5", off_us, "a hang, and no reset within the watchdog's bound")


def _alarms(account: Account) -> Iterator[Violation]:
    told = [
        (event.boot_n, gate_event(event, account.names))
        for event in account.events
        if event.kind == records.KIND_GATE
    ]
    for gate_id, gate in account.gates():
        ours = [(boot_n, event) for boot_n, event in told if event["gate"] == gate_id]
        yield from _false_alarms(account, gate_id, ours)
        if account.all_told and gate.drive == "two_relay":
            yield from _missing_alarms(account, gate_id, gate, ours)


def _false_alarms(
    account: Account, gate_id: str, told: list[tuple[int, dict]]
) -> Iterator[Violation]:
    """Judged over the whole run: a latched fault is told again after each start."""
    stops = account.made(account.station.terminals.estop, 0)
    floods = merged(  # of every gate: a bypass follows its inlet
        span
        for other_id, other in account.gates()
        for position in ("open", "closed", "hold")
        for span in flood_spans(account, other_id, other, position)
    )
    faulty = bool(account.gate_faults.get(gate_id))
    for _, event in told:
        at_us = event["uptime_ms"] * MS
        if event["fault"] in ("jam_opening", "jam_closing", "switches") and not faulty:
            detail = f"{gate_id}: {event['fault']} is recorded, and nothing jammed"
            yield Violation("C6", at_us, detail)
        if event["rule"] == "estop" and not stops:
            yield Violation("C6", at_us, f"{gate_id}: estop is recorded, and nobody stopped")
        if event["rule"] == "flood" and not floods:
            yield Violation("C6", at_us, f"{gate_id}: flood is recorded, and there was none")


def _missing_alarms(
    account: Account, gate_id: str, gate: Any, told: list[tuple[int, dict]]
) -> Iterator[Violation]:
    for way, fault in _JAMS.items():
        for drive in account.drives(getattr(gate.terminals, way)):
            if timed_out(account, gate, way, drive):
                life = account.life_at(drive.until_us - 1)
                at_us = drive.until_us
                if _lived_on(life, at_us) and not _is_told(told, fault, life, at_us):
                    yield Violation("C6", at_us, f"{gate_id}: {fault} is not recorded")
    for span in _both_made(account, gate):
        for life in account.lives:
            at_us = max(span[0], life.from_us + 2_000_000)
            standing = span[1] > at_us + account.seen_us
            if standing and _lived_on(life, at_us) and not _is_told(told, "switches", life, at_us):
                yield Violation("C6", at_us, f"{gate_id}: both switches is not recorded")


def _lived_on(life: Life | None, at_us: int) -> bool:
    """Long enough to write it down."""
    return life is not None and life.from_us < at_us and life.ran_until_us > at_us + 2_000_000


def _is_told(told: list[tuple[int, dict]], fault: str, life: Life, at_us: int) -> bool:
    """Some event of the time says so: latched faults stand until the reset."""
    soonest_ms = 0
    latest_ms = (at_us - life.from_us + 1_500_000 + CLOCK_US) // MS
    return any(
        event["fault"] == fault and soonest_ms <= event["uptime_ms"] <= latest_ms
        for _, event in told
    )


def _both_made(account: Account, gate: Any) -> list[Span]:
    opens, closes = account.made(gate.terminals.at_open), account.made(gate.terminals.at_closed)
    both = [(max(a, c), min(b, d)) for a, b in opens for c, d in closes]
    return [(first, last) for first, last in both if last - first > 2 * account.seen_us]
