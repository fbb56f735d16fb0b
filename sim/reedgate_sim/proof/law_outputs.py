"""S1, S2 and S3: what no output may ever do."""

from reedgate_sim.proof.law import Broken, Law, counted
from reedgate_sim.proof.plant import SILENT
from reedgate_sim.proof.site import ACTUATOR, CLOSED, MOTOR, SPRING

WAYS = ("open", "close")


class MotorLaw(Law):
    """S1 and S2 of a motor with two relays."""

    STATE = ("on_for", "off_for", "jams")

    def __init__(self, world, number):
        super().__init__(world)
        self.number = number
        self.gate = world.site.gates[number]
        self._dead = max(self.gate.dead, 1)
        self.on_for = [0, 0]  # 1 + how long each output is on
        self.off_for = [0, 0]  # how long each is off, or since the start
        self.jams = [0, 0]  # time-outs of each since it arrived or was reset, before a restart too

    def start(self):
        self.on_for[:] = self.off_for[:] = [0, 0]

    def before(self):
        drive = self.world.gates[self.number].drive
        self._forbidden = [drive.forbids_opening, drive.forbids_closing]

    def after(self):
        on = self.world.on(self.number)
        drive = self.world.gates[self.number].drive
        leaf = self.world.leaves[self.number]
        forbidden = [drive.forbids_opening, drive.forbids_closing]
        if on[0] and on[1]:
            raise Broken("S1", "both outputs are on")
        for way in (0, 1):
            made = (leaf.at_open, leaf.at_closed)[way]
            if not on[way]:
                self._count_jam(way, made)
                self.on_for[way] = 0
                self.off_for[way] = counted(self.off_for[way], self._dead)
                continue
            if made:
                raise Broken("S2", "{way} output on, its switch is made", way=WAYS[way])
            if forbidden[way] or (self._forbidden[way] and not self.world.edge):
                raise Broken("S2", "{way} output on, the direction is forbidden", way=WAYS[way])
            self.world.judged.add("S2")
            if not self.on_for[way]:
                self.world.judged.add("S1")
            if not self.on_for[way] and self.off_for[1 - way] < self._dead:
                raise Broken(
                    "S1", "{way} output on before the dead time has passed", way=WAYS[way]
                )
            if self.on_for[way] >= self.gate.timeout:
                raise Broken("S2", "{way} output on beyond the travel time-out", way=WAYS[way])
            self.on_for[way] = counted(self.on_for[way], self.gate.timeout)
            self.off_for[way] = 0
        both = leaf.at_open and leaf.at_closed
        if self.world.edge and not both:
            self.jams[:] = [0, 0]

    def _count_jam(self, way, made):
        """It is off now. After as many time-outs as `retries` allows, the direction is latched."""
        drive = self.world.gates[self.number].drive
        if not self.on_for[way]:
            return
        if made:
            self.jams[way] = 0
        elif self.on_for[way] >= self.gate.timeout:
            self.jams[way] += 1
            latched = (drive.forbids_opening, drive.forbids_closing)[way]
            if self.jams[way] > self.gate.retries and not latched and not self.world.edge:
                raise Broken(
                    "S2", "{way} jams once more than its retries, and no latch", way=WAYS[way]
                )
            self.jams[way] = min(self.jams[way], self.gate.retries)


class SpringLaw(Law):
    """S2 of one output against a spring: forbidden, or beyond the time-out, it is off."""

    STATE = ("late",)

    def __init__(self, world, number):
        super().__init__(world)
        self.number = number
        self.gate = world.site.gates[number]
        self.start()

    def start(self):
        self.late = 0  # 1 + how long it is on without having arrived

    def before(self):
        drive = self.world.gates[self.number].drive
        opens = self.gate.spring == CLOSED
        self._forbidden = drive.forbids_opening if opens else drive.forbids_closing

    def after(self):
        leaf = self.world.leaves[self.number]
        on = self.world.on(self.number)[0]
        if on and self._forbidden and not self.world.edge:
            raise Broken("S2", "output on, the direction is forbidden")
        if on:
            self.world.judged.add("S2")
        opens = self.gate.spring == CLOSED
        if not on or (leaf.at_open if opens else leaf.at_closed):
            self.late = 0
            return
        self.late = counted(self.late, self.gate.timeout + 2)
        if self.late > self.gate.timeout + 1:
            raise Broken("S2", "output on beyond the travel time-out")


class StopLaw(Law):
    """S3, and that a reset after the release is what ends it (S7)."""

    STATE = ("stopped", "released", "reset")

    def __init__(self, world):
        super().__init__(world)
        self.stopped = 0
        self.released = 0  # its contact was made in the scan before
        self.reset = 0  # an edge in the scan before, with the stop released before that

    def start(self):
        self.released = self.reset = 0  # a restart is never a reset

    def before(self):
        if not self.world.levels["estop"]:
            self.stopped, self.released, self.reset = 1, 0, 0
            return
        if self.stopped and self.reset:
            self.stopped = 0
        self.reset = int(self.released and self.world.edge)
        self.released = 1

    def after(self):
        if self.stopped:
            self.world.judged.add("S3")
        if self.stopped and any(any(leaf.on()) for leaf in self.world.leaves):
            raise Broken("S3", "an output is on under emergency stop")
        if self.world.station.stopped and not self.stopped:
            raise Broken("L6", "the stop stands after its reset")
        if self.stopped and not self.world.station.stopped:
            raise Broken("S7", "the stop is gone without a reset after its release")


class ActuatorLaw(Law):
    """S2 of what moves itself; and what is known of where it is."""

    STATE = ("dry", "lost", "told")

    def __init__(self, world, number):
        super().__init__(world)
        self.number = number
        self.gate = world.site.gates[number]
        self.lost = 0  # until a reset after an answer
        self.unknown = 0  # so the scan began
        self.start()

    def start(self):
        self.dry = -1  # since its last answer, or the first scan
        self.told = -1  # where it was then

    def before(self):
        drive = self.world.gates[self.number].drive
        self._forbidden = drive.forbids_opening, drive.forbids_closing
        self.unknown = self.lost
        silent = self.world.choice.faults[self.number] == SILENT
        self.dry = counted(self.dry, self.gate.silence) if silent else 0
        if not silent:
            self.told = self.world.leaves[self.number].at
        if self.dry >= self.gate.silence:
            self.lost = 1

    def after(self):
        on = self.world.on(self.number)
        if any(on):
            self.world.judged.add("S2")
        for way in (0, 1):
            if on[way] and self._forbidden[way] and not self.world.edge:
                raise Broken("S2", "told to {way}, the direction is forbidden", way=WAYS[way])
        if self.world.edge and self.dry < self.gate.silence:
            self.lost = 0


def drive_law(world, number):
    laws = {MOTOR: MotorLaw, SPRING: SpringLaw, ACTUATOR: ActuatorLaw}
    return laws[world.site.gates[number].drive](world, number)
