"""The shipped station, the small plant and the laws as one thing that makes one step at a time.

A step: one unit of time passes, the leaves move by the outputs as they stand, the points are
polled, the inputs are read, the station decides; or it is switched off and on first. Where a step
begins is a state (slots.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from reedgate_contract import codes
from reedgate_contract import config as layout
from reedgate_sim.proof import law_latches, law_outputs, law_rules, law_time
from reedgate_sim.proof.law import Broken, Law
from reedgate_sim.proof.law_water import FloodLaw, TripLaw
from reedgate_sim.proof.plant import WELL, Leaf
from reedgate_sim.proof.shipped import Shipped
from reedgate_sim.proof.site import BEYOND, DOUBTED, LOST, MOTOR, RAW, Site, blob_of
from reedgate_sim.proof.slots import TICKS, Slots

EARLY = "<"  # in a word: what stands before it came soon after the scan before


@dataclass(frozen=True)
class Choice:
    """What the world does in one step. words: each point's polls; levels: of `World.level_names`;
    faults: each gate's. restarts: off and on before it.
    """

    words: tuple[str, ...]
    levels: tuple[int, ...]
    faults: tuple[str, ...]
    restarts: bool = False


class World:
    """One site at one tick phase. What laws read: site, station, gates, leaves, levels, outputs,
    edge (the panel's reset was pressed in this scan), faulty (the plant did not do as it should),
    starting_before. judged: the properties whose premises were met, by name.
    only: the one property to be judged; None: all. judging: there are laws at all.
    """

    def __init__(self, site: Site, shipped: Shipped, phase_ms: int = 0, judging: bool = True):
        self.site = site
        setup = shipped.config.Setup(blob_of(site))
        self.setup = setup
        self.station = setup.station
        self.gates = setup.station.gates
        self.readings = setup.readings
        self.outputs = setup.station.outputs
        self.inputs = bytearray(len(setup.input_terminals))
        self.level_names = [
            name for name in setup.input_terminals if not name.endswith(("at_open", "at_closed"))
        ]
        self.levels = dict.fromkeys(("estop", "reset", *self.level_names), 1) | {"reset": 0}
        self.choices = list(self._choices())
        self.leaves = [
            Leaf(gate, self.outputs, self._numbers(gate, prefix))
            for gate, prefix in zip(site.gates, ("", "b_"), strict=False)
        ]
        self._wires = self._wiring()
        if site.safe_mode:
            self.station.enter_safe_mode()
        self._latches = shipped.latches.Latches(self.station, bytes(4)) if site.restarts else None
        self.judged: set[str] = set()
        self.only: str | None = None
        self.edge = False
        self.faulty = False
        self.starting_before = True
        self._begin = phase_ms % TICKS
        self._now = (phase_ms + site.unit_ms) % TICKS
        self._panel = _Panel()
        self.laws: list[Law] = []
        if judging:
            self._build_laws()
        self._notes, self._befores, self._afters = map(self._asked, ("note", "before", "after"))
        unread = [self.station._hour] if not site.restarts else []
        roots = [self.station, *self.leaves, self._panel]
        if self._latches:
            roots.append(self._latches)
        roots += self.laws  # last: a world without them has the first slots of one with them
        # the grace is looked at until the start is over, and never again
        asleep = [(self.station._grace, lambda: not self.station.starting)]
        # a trip that always wants a reset does not ask how often it has tripped
        for gate in self.gates:
            asleep += [
                (trip.recurrence, lambda: True)
                for trip in gate.trips
                if trip.clears == layout.CLEARS_RESET_ONLY
            ]
        self.slots = Slots(roots, shipped.changing, site.unit_ms, unread, asleep)
        self._fresh = Slots([self.station], shipped.changing, site.unit_ms, unread, whole=True)
        self._as_built = self._fresh.save(self._now)
        self._starts = self._first_states()

    def _build_laws(self):
        self.trip_laws = [TripLaw(self, number) for number in range(len(self.site.trips))]
        self.flood_laws = [
            [FloodLaw(self, gate, number) for number in range(len(self.site.gates[gate].floods))]
            for gate in range(len(self.site.gates))
        ]
        self.stop = law_outputs.StopLaw(self)
        numbers = range(len(self.site.gates))
        self.laws = [
            self.stop,
            *self.trip_laws,
            *(law for laws in self.flood_laws for law in laws),
        ]
        self.laws += [law_outputs.drive_law(self, number) for number in numbers]
        self.laws += [law_latches.DriveLatchLaw(self, number) for number in numbers]
        self.laws += [law_latches.FirstOutLaw(self), law_rules.OrderLaw(self)]
        self.laws += [law_rules.StartLaw(self), law_rules.OpeningLaw(self)]
        self.laws += [law_time.ReachLaw(self, number) for number in numbers]
        self.laws += [law_time.ReopenLaw(self), law_time.CountLaw(self)]
        if self.site.bypass:
            self.laws.append(law_rules.WaterWayLaw(self))

    def _asked(self, name: str) -> list:
        """The methods of this name of the laws that have one of their own."""
        has = [law for law in self.laws if getattr(type(law), name) is not getattr(Law, name)]
        return [getattr(law, name) for law in has]

    def _choices(self) -> Iterator[Choice]:
        levels = [(1, 0) if name != "reset" else (0, 1) for name in self.level_names]
        faults = [(WELL, *gate.faults) for gate in self.site.gates]
        for words in product(*self.site.words):
            for level in product(*levels):
                for fault in product(*faults):
                    yield Choice(words, level, fault)
        if self.site.restarts:
            calm = tuple("" for _ in self.site.words)
            for level in product(*levels):
                yield Choice(calm, level, tuple(WELL for _ in faults), restarts=True)

    def _numbers(self, gate, prefix) -> list[int]:
        names = ("open", "close") if gate.drive == MOTOR else ("out",)
        return [self.setup.output_terminals.index(prefix + name) for name in names]

    def _wiring(self) -> list[tuple]:
        wires = []
        for name in self.setup.input_terminals:
            of_bypass = name.startswith("b_")
            end = name.removeprefix("b_")
            if end in ("at_open", "at_closed"):
                wires.append((vars(self.leaves[int(of_bypass)]), end))
            else:
                wires.append((self.levels, name))
        return wires

    # What laws ask.

    def on(self, number: int) -> list[int]:
        """A gate's outputs: open and close of a motor, one of a spring."""
        return [self.outputs[each] for each in self.leaves[number]._numbers]

    def polls_of(self, point: int) -> tuple[str, str]:
        """The letters of its polls soon after the scan before, and just before this one."""
        early, _, late = self.choice.words[point].rpartition(EARLY)
        return early, late

    def stage_of(self, gate: int, number: int) -> int:
        """The point of a flood's stage."""
        before = [flood for each in self.site.gates[:gate] for flood in each.floods]
        before += self.site.gates[gate].floods[:number]
        return len(self.site.trips) + sum(1 for flood in before if flood.words)

    def position_unknown(self, number: int) -> bool:
        leaf = self.leaves[number]
        both = leaf.at_open and leaf.at_closed
        return bool(both or self._switches[number])

    # States and steps.

    def starts(self) -> list[bytes]:
        """Just switched on, the inlet's leaf at each of its places, the bypass opposite."""
        return self._starts

    def _first_states(self) -> list[bytes]:
        states = []
        for at in self.site.positions:
            self.leaves[0].at = at
            if self.site.bypass:
                self.leaves[1].at = 0 if at else self.site.bypass.travel
            states.append(self.slots.save(self._begin))
        return states

    def begin(self, state: bytes, now_ms: int) -> None:
        """Put the objects into a state, as of this time."""
        self.slots.load(state, now_ms)

    def opens_in(self, state: bytes) -> bool:
        """The inlet is on its way to open."""
        self.slots.load(state, self._begin)
        return self.gates[0].drive.direction == 1

    def is_latched(self, state: bytes) -> bool:
        """Something waits for a reset or for its hold."""
        self.slots.load(state, self._begin)
        trips = any(trip.latched for trip in self.gates[0].trips)
        drives = [gate.drive for gate in self.gates]
        forbids = any(each.forbids_opening or each.forbids_closing for each in drives)
        return trips or forbids or self.station.stopped

    def step(self, state: bytes, choice: Choice) -> bytes:
        """The state after one step. Raises Broken."""
        self.slots.load(state, self._begin)
        early_ms = (self._begin + self.site.unit_ms // 8) % TICKS
        self.play(choice, early_ms, self._now, self._now)
        return self.slots.save(self._now)

    def play(self, choice: Choice, early_ms: int, late_ms: int, now_ms: int) -> None:
        """The same on the objects as they stand: the time of the early polls, of the late ones and
        of the scan.
        """
        self.choice = choice
        for note in self._notes:
            note()
        if choice.restarts:
            self._restart(now_ms)
        self.faulty = choice.restarts or any(choice.faults)
        for leaf, fault in zip(self.leaves, choice.faults, strict=True):
            leaf.step(fault)
        for name, level in zip(self.level_names, choice.levels, strict=True):
            self.levels[name] = level
        self.edge = self._panel.edge(self.levels["reset"])
        self._poll(early_ms, late_ms)
        self.inputs[:] = bytes([container[key] for container, key in self._wires])
        self.starting_before = self.station.starting
        self._switches = [gate.drive.fault == codes.CAUSE_SWITCHES for gate in self.gates]
        for before in self._befores:
            before()
        self.station.decide(now_ms, self.inputs)
        for after in self._afters:
            try:
                after()
            except Broken as broken:
                if self.only in (None, broken.rule):
                    raise

    def _restart(self, now_ms):
        self._latches.look()
        kept = bytes(self._latches.content)
        self._fresh.load(self._as_built, now_ms)
        self._latches.restore(kept, now_ms)
        self._panel.start()
        for law in self.laws:
            law.start()

    def _poll(self, early_ms, late_ms):
        for point in range(len(self.choice.words)):
            early, late = self.polls_of(point)
            for letter in early:
                self._take(early_ms, point, letter)
            for letter in late:
                self._take(late_ms, point, letter)

    @staticmethod
    def poll_of(letter: str) -> tuple[int, int]:
        """(raw, 0) of an answer, (0, why) of none."""
        if letter == LOST:
            return 0, codes.DETAIL_NO_ANSWER
        return RAW[letter], 0

    def _take(self, at_ms, point, letter):
        if letter == DOUBTED:  # beyond the limit; no test of the readings makes one of a value yet
            suspect = (codes.STATUS_OUT_OF_SPECIFICATION, codes.FLAG_SUSPECT)
            value = RAW[BEYOND]
            self.readings._store(at_ms, point, value, *suspect, codes.DETAIL_OUT_OF_RANGE)
            return
        raw, missed = self.poll_of(letter)
        if missed:
            self.readings.miss(at_ms, point, missed)
        else:
            self.readings.take(at_ms, point, raw)


class _Panel:
    """The reset button as it was: a button held through a start is no edge."""

    STATE = ("pressed",)

    def __init__(self):
        self.start()

    def start(self):
        self.pressed = 1

    def edge(self, level: int) -> bool:
        edge = bool(level and not self.pressed)
        self.pressed = level
        return edge
