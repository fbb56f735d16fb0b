"""Rule 7: pond full, use profile, hydraulic load. It closes or caps a gate, and never opens one.

The lowest cap of all that apply binds. Above it the gate is closed as far as to the cap, at the
cap it is held, below it the rules after this one decide.
"""

from reedgate_contract import codes
from reedgate_contract.compat import const
from station.core.drive import OPENING
from station.core.limit import Limit
from station.core.opening import UNKNOWN, WIDE_OPEN

NOT_BOUND = const(-1)
_NOT_BOUND = const(-1)
_SLACK = const(30)  # permille: what is nearer to its cap is not moved
_WIDE_OPEN = const(1000)


class Restraint:
    """A point beyond a limit restrains until it is GOOD and inside by the deadband.

    Lost while it restrains nothing, it caps at lost_permille.
    """

    def __init__(self, readings, fields):
        self.limit = Limit(readings, fields)
        self.point = fields["point"]
        self.cause = fields["cause"]
        self.standing = False
        self._permille = fields["permille"]
        self._lost_permille = fields["lost_permille"]

    def scan(self, now_ms):
        """The cap: WIDE_OPEN is none."""
        limit = self.limit
        limit.scan(now_ms)
        if limit.tripped:
            self.standing = True
        elif limit.permissive:
            self.standing = False
        if self.standing:
            return self._permille
        return self._lost_permille if limit.lost else _WIDE_OPEN


class Cap:
    """What rule 7 wants of one inlet. `permille`: WIDE_OPEN is nothing, 0 is closed."""

    def __init__(self, restraints, load, opening):
        """load: None for a gate without one."""
        self.restraints = restraints
        self.load = load
        self.opening = opening
        self.permille = WIDE_OPEN
        self.cause = codes.CAUSE_NONE
        self.cause_of = 0
        self._closing = False

    def scan(self, now_ms, drive):
        """Once a scan, masked or not."""
        self.opening.scan(now_ms, drive)
        self.permille = WIDE_OPEN
        for restraint in self.restraints:
            self._bind(restraint.scan(now_ms), restraint.cause, restraint.point)
        if self.load is not None:
            self._bind(self.load.scan(now_ms), self.load.cause, 0)

    def _bind(self, permille, cause, cause_of):
        if permille < self.permille:
            self.permille = permille
            self.cause = cause
            self.cause_of = cause_of

    def target(self, drive):
        """TARGET_CLOSED, TARGET_HOLD, or NOT_BOUND: the next rule decides."""
        permille = self.permille
        at = self.opening.permille
        if permille == _WIDE_OPEN:
            self._closing = False
            return _NOT_BOUND
        if permille == 0 or at == UNKNOWN or at > permille + _SLACK:
            self._closing = True
        elif at <= permille:
            self._closing = False
        if self._closing:
            return codes.TARGET_CLOSED
        if at >= permille or (at + _SLACK >= permille and drive.direction != OPENING):
            return codes.TARGET_HOLD
        return _NOT_BOUND
