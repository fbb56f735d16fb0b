"""S8 and S9: what people order and do, by the law's own account of it, and how it ends."""

from reedgate_contract import codes
from reedgate_sim.proof import acts
from reedgate_sim.proof.law import Broken, Law, counted
from reedgate_sim.proof.site import CLOSED, HOLD, OPEN

_TARGETS = {acts.OPEN: OPEN, acts.CLOSE: CLOSED, acts.KEEP: CLOSED, acts.RELEASE: HOLD}


class RemoteLaw(Law):
    """S8: which order stands, by what was sound of all that came; compare.py judges the rest."""

    STATE = ("target", "kept", "age", "ended")

    def __init__(self, world):
        super().__init__(world)
        self._most = world.site.inlet.reopen_hold + 1
        self.target = HOLD
        self.kept = 0  # until released
        self.start()

    def start(self):
        if not self.kept:
            self.target = HOLD
        self.age = 0  # 1 + scans for which it stands
        self.ended = self._most  # 1 + scans since one that stood ended

    def before(self):
        self.ended = counted(self.ended, self._most)
        act = self.world.choice.act
        if act in acts.REFUSED and self.world.taken:
            raise Broken("S8", "an order is taken that is none: {act}", act=act)
        if act in _TARGETS:
            if not self.world.taken:
                raise Broken("S8", "an order is refused: {act}", act=act)
            self._end(_TARGETS[act])
            self.target = _TARGETS[act]
            self.kept = int(act == acts.KEEP)
            self.age = 1
        elif self.target != HOLD and not self.kept:
            self.age = counted(self.age, acts.HOLD + 1)
            if self.age > acts.HOLD:
                self._end(HOLD)
                self.target = HOLD
        if self.target == HOLD or self.kept:
            self.age = 0

    def _end(self, target):
        if self.target not in (HOLD, target):
            self.ended = 1

    def after(self):
        inlet = self.world.gates[0]
        if self.world.choice.act in acts.REFUSED or inlet.rule == codes.RULE_REMOTE:
            self.world.judged.add("S8")


class MaskLaw(Law):
    """S9 of the bypass of a measurement: it ends, and starts no opening."""

    STATE = ("age",)

    def __init__(self, world, limits):
        super().__init__(world)
        self.limit, *self._others = limits
        self._longest = -(-acts.MASK_MS // world.site.unit_ms)
        self.start()

    def start(self):
        self.age = 0  # 1 + scans for which it stands
        self.limit.masked = 0

    def note(self):
        self._known = [each for each in self._others if not each.lost]

    def before(self):
        stood = self.age
        if self.age:
            self.age = counted(self.age, self._longest + 1)
        if self.age > self._longest:
            self.age = 0
        if self.world.choice.act == acts.MASK and self.world.taken:
            if stood or not any(each.read for each in self._known):
                raise Broken("S9", "the bypass of the last measurement, or a second one")
            self.age = 1
        self.limit.masked = int(self.age > 0)

    def after(self):
        inlet = self.world.gates[0]
        if self.age:
            self.world.judged.add("S9")
        if (inlet.measurement.point >= 0) != bool(self.age):
            raise Broken("S9", "the bypass of a measurement does not end in its time")
        if self.age and self.world.opening:
            raise Broken("S9", "an opening while a measurement is bypassed")


class WipeLaw(Law):
    """S9 of the freeze, besides what law_limit.py says of its bounds: it starts no opening."""

    def after(self):
        frozen = any(limit.frozen for limit in self.world.laws.limits)
        stands = any(freeze.active for freeze in self.world.readings.freezes)
        if stands != frozen:
            raise Broken("S9", "a freeze does not end in its time")
        if frozen and self.world.opening:
            raise Broken("S9", "an opening while a probe wipes itself")
