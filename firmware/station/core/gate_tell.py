"""What a gate waits for, for the people who watch it. No decision reads it."""

from reedgate_contract import codes
from reedgate_contract import config as layout
from reedgate_contract.compat import const
from station.core.drive import is_lost
from station.core.ticks import elapsed_ms

_HOUR_MS = const(3600000)


def tell(gate, now_ms, needs_reset):
    """Sets wait and wait_ms of an inlet, outlet or spill that is not in hand."""
    rule = gate.rule
    if rule == codes.RULE_FLOOD:
        gate.wait_for(codes.WAIT_FLOOD_CLEAR, gate.ruling_flood().clear_hold.left_ms(now_ms))
    elif rule == codes.RULE_QUALITY:
        _tell_trip(gate, now_ms)
    elif rule == codes.RULE_UNKNOWN:
        _tell_unknown(gate)
    elif rule == codes.RULE_POND:
        pond = gate.cause == codes.CAUSE_POND_FULL or gate.cause == codes.CAUSE_USE
        gate.wait_for(codes.WAIT_POND if pond else codes.WAIT_LOAD, 0)
    elif rule == codes.RULE_AUTOMATIC:
        _tell_automatic(gate, now_ms, needs_reset)
    elif rule == codes.RULE_REMOTE:
        if gate.target != gate.trip_target:
            _tell_automatic(gate, now_ms, needs_reset)  # what an opening by order waits for, too
        if gate.wait == codes.WAIT_NONE:
            gate.tell_remote(now_ms)


def _tell_unknown(gate):
    wait = codes.WAIT_WATER
    if gate.cause == codes.CAUSE_SWITCHES or is_lost(gate.cause):
        wait = codes.WAIT_RESET
    elif gate.cause == codes.CAUSE_MAINS_LOST:
        wait = codes.WAIT_MAINS
    gate.wait_for(wait, 0)


def _tell_trip(gate, now_ms):
    if gate.contact >= 0:
        opened = gate.contacts[gate.contact].open
        gate.wait_for(codes.WAIT_CONTACT if opened else codes.WAIT_RESET, 0)
        return
    trip = gate.trips[gate.tripped]
    if trip.limit.tripped or not trip.limit.permissive:
        gate.wait_for(codes.WAIT_WATER, 0)
    elif trip.clears_by == layout.CLEARS_HOLD_THEN_CLEAR:
        gate.wait_for(codes.WAIT_CLEAR_HOLD, trip.clear_hold.left_ms(now_ms))
    else:
        gate.wait_for(codes.WAIT_RESET, 0)


def _tell_automatic(gate, now_ms, needs_reset):
    if gate.measurement_bypassed:
        gate.wait_for(codes.WAIT_BYPASS, gate.measurement.left_ms(now_ms))
        return
    for trip in gate.trips:
        if trip.limit.run:
            gate.wait_for(codes.WAIT_CONFIRM, trip.limit.left_ms(now_ms))
            return
    _tell_opening(gate, now_ms, needs_reset)


def _tell_opening(gate, now_ms, needs_reset):
    if gate.drive.position == gate.away_position or gate.target == gate.away_target:
        return
    if needs_reset or not gate.drive.may(gate.toward):
        gate.wait_for(codes.WAIT_RESET, 0)
    elif not gate.reopen_hold.running:
        gate.wait_for(codes.WAIT_WATER, 0)
    elif not gate.permitted:
        gate.wait_for(codes.WAIT_REOPEN_HOLD, gate.reopen_hold.left_ms(now_ms))
    elif gate.wiping:
        gate.wait_for(codes.WAIT_WIPE, 0)
    elif gate.min_closed.running and not gate.min_closed.done:
        gate.wait_for(codes.WAIT_MIN_CLOSED, gate.min_closed.left_ms(now_ms))
    elif gate.openings >= len(gate.openings_ms) and gate.openings:
        left = _HOUR_MS - elapsed_ms(now_ms, gate.openings_ms[0])
        gate.wait_for(codes.WAIT_OPENINGS, left)
