"""A gate held against what rules 4 to 6 demand of it: demand not met, and what people must know.

gate.demand is that demand, whoever rules over it; gate.position_lost whether anybody knows where
the gate is; gate.alarms gets ALARM_ bits.
"""

from reedgate_contract import codes
from reedgate_contract.compat import const
from station.core.drive import CLOSING, OPENING, is_lost

_OPEN = const(1)  # codes.TARGET_*
_CLOSED = const(2)
_LOUD = const(3)  # ALARM_UNMET | ALARM_LOCAL_DEMAND: the station is not healthy


def is_unmet(gate):
    """Whether the gate is not where it is demanded, and cannot obey: emergency stop, local,
    forbidden direction, position unknown, or its travel time-out has passed."""
    demand = gate.demand
    if demand != _OPEN and demand != _CLOSED:
        return False
    drive = gate.drive
    if gate.position_lost or is_lost(drive.fault):  # the drive has just said so
        return True
    opens = demand == _OPEN
    if drive.position == (codes.POSITION_OPEN if opens else codes.POSITION_CLOSED):
        return False
    direction = OPENING if opens else CLOSING
    if gate.rule == codes.RULE_ESTOP or not drive.may(direction):
        return True
    if gate.in_hand and drive.direction != direction:  # whoever has it may do as demanded
        return True
    return drive.fault == (codes.CAUSE_JAM_OPENING if opens else codes.CAUSE_JAM_CLOSING)


def alarms_of(gate, station):
    """ALARM_ bits. gate.unmet is judged already."""
    alarms = codes.ALARM_UNMET if gate.unmet else 0
    hands = gate.hands
    if hands is not None and hands.local:
        if gate.urgent:
            alarms |= codes.ALARM_LOCAL_DEMAND
        if hands.idle:
            alarms |= codes.ALARM_LOCAL_IDLE
    if station.service.standing:
        alarms |= codes.ALARM_SERVICE
    if station.mains_lost:
        alarms |= codes.ALARM_MAINS_LOST
    if gate.stroke is not None and gate.stroke.due:
        alarms |= codes.ALARM_PROOF_DUE
    for flood in gate.floods:
        if flood.stage_is_lost and not station.starting:
            alarms |= codes.ALARM_STAGE_LOST
    return alarms


def is_loud(alarms):
    return alarms & _LOUD != 0
