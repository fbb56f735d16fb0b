"""The shipped station, the small plant and the laws as one thing that makes one step at a time.

A step: one unit of time passes, the leaves move by the outputs as they stand, the points are
polled, the inputs are read, the station decides; or it is switched off and on first. Where a step
begins is a state (slots.py).
"""

import random

from reedgate_contract import codes
from reedgate_contract import config as layout
from reedgate_sim.proof import acts
from reedgate_sim.proof.choices import AT_REST, Choice, choices_of
from reedgate_sim.proof.law import Broken
from reedgate_sim.proof.law_rules import BY_WATER
from reedgate_sim.proof.laws import Laws
from reedgate_sim.proof.numbers import numbers_of
from reedgate_sim.proof.plant import SILENT, Leaf
from reedgate_sim.proof.shipped import Shipped
from reedgate_sim.proof.site import (
    ACTUATOR,
    CLOSED,
    DOUBTED,
    HOLD,
    INSIDE,
    LOST,
    MOTOR,
    OPEN,
    WIPED,
    Site,
    blob_of,
)
from reedgate_sim.proof.slots import TICKS, Slots

EARLY = "<"  # in a word: what stands before it came soon after the scan before


class World:
    """One site at one tick phase. What laws read: site, station, gates, leaves, levels, outputs,
    edge (the panel's reset was pressed in this scan), resets_trips (that, or an order that does),
    taken (the act of this step was), opening (the inlet begins to open by rules 8 and 9), faulty
    (the plant did not do as it should), starting_before. judged: the properties whose premises
    were met, by name. only: the one property to be judged; None: all. judging: there are laws.
    draw: chooses among the numbers of a class; None: the first of them.
    """

    def __init__(self, site: Site, shipped: Shipped, phase_ms: int = 0, judging: bool = True):
        self.site = site
        self._answers = [each.by_letter for each in numbers_of(site)]
        self.draw: random.Random | None = None
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
        self.levels = dict.fromkeys(("estop", *self.level_names), 1) | dict.fromkeys(AT_REST, 0)
        self.choices = list(choices_of(site, self.level_names))
        self.leaves = [
            Leaf(gate, real.drive, self.outputs, self._numbers(gate, prefix))
            for gate, real, prefix in zip(site.gates, self.gates, ("", "b_"), strict=False)
        ]
        self._wires = self._wiring()
        if site.safe_mode:
            self.station.enter_safe_mode()
        self._latches = shipped.latches.Latches(self.station, bytes(4)) if site.restarts else None
        self.judged: set[str] = set()
        self.only: str | None = None
        self.begun: dict[int, bool] = {}  # by point: whether a wipe began that was due
        self.edge = self.resets_trips = False
        self.faulty = False
        self.starting_before = True
        self._begin = phase_ms % TICKS
        self._now = (phase_ms + site.unit_ms) % TICKS
        self._panel = _Panel()
        self._desk = acts.Desk(site, shipped, self.station) if site.acts else None
        self.laws = Laws(self) if judging else None
        laws = self.laws.every if self.laws else []
        asked = self.laws.asked if self.laws else lambda _: []
        self._notes, self._befores, self._afters = map(asked, ("note", "before", "after"))
        unread = [self.station._hour] if not site.restarts else []
        # how far a gate is open is looked at by caps that do not close it, of which there is none
        unread += [gate.cap.opening for gate in self.gates[:1] if gate.cap]
        # that nobody has touched a button for long is told, no more
        unread += [gate.hands._idle_hold for gate in self.gates if gate.hands]
        roots = [self.station, *self.leaves, self._panel]
        if self._latches:
            roots.append(self._latches)
        roots += laws  # last: a world without them has the first slots of one with them
        # the grace is looked at until the start is over, and never again
        asleep = [(self.station._grace, lambda: not self.station.starting)]
        # a trip that always wants a reset does not ask how often it has tripped
        for gate in self.gates:
            asleep += [
                (trip.recurrence, lambda: True)
                for trip in gate.trips
                if trip.clears == layout.CLEARS_RESET_ONLY
            ]
        classes = [each.class_of for each in numbers_of(site)]
        self.slots = Slots(roots, shipped.changing, site.unit_ms, unread, asleep, classes)
        self._fresh = Slots([self.station], shipped.changing, site.unit_ms, unread, whole=True)
        self._as_built = self._fresh.save(self._now)
        self._starts = self._first_states()

    def _numbers(self, gate, prefix) -> list[int]:
        if gate.drive == ACTUATOR:
            return []
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
        """A gate's outputs: open and close of a motor, one of a spring; an actuator's orders."""
        return self.leaves[number].on()

    def polls_of(self, point: int) -> tuple[str, str]:
        """The letters of its polls soon after the scan before, and just before this one."""
        early, _, late = self.choice.words[point].rpartition(EARLY)
        return early, late

    def stage_of(self, gate: int, number: int) -> int:
        """The point of a flood's stage."""
        before = [flood for each in self.site.gates[:gate] for flood in each.floods]
        before += self.site.gates[gate].floods[:number]
        return len(self.site.limits) + sum(1 for flood in before if flood.words)

    def position_unknown(self, number: int) -> bool:
        leaf = self.leaves[number]
        both = leaf.at_open and leaf.at_closed
        return bool(both or self._switches[number] or self.is_silent(number))

    def is_silent(self, number: int) -> bool:
        return self.site.gates[number].drive == ACTUATOR and bool(self.laws.drives[number].unknown)

    def unknown_cause(self, number: int) -> int:
        return codes.CAUSE_SILENT if self.is_silent(number) else codes.CAUSE_SWITCHES

    @property
    def closes(self) -> bool:
        """The emergency-close contact, or what it has latched."""
        return bool(self.laws.contact and self.laws.contact.latched)

    @property
    def in_hand(self) -> bool:
        return bool(self.levels["local"])

    @property
    def wanted_by_hand(self) -> int:
        opens, closes = self.levels["local_open"], self.levels["local_close"]
        if opens == closes:
            return HOLD
        return OPEN if opens else CLOSED

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
        inlet = self.gates[0]
        trips = any(each.latched for each in (*inlet.trips, *inlet.contacts))
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
        opened = self.gates[0].drive.direction == 1
        if choice.restarts:
            self._restart(now_ms)
        self.faulty = choice.restarts or any(choice.faults)
        for leaf, gate, fault in zip(self.leaves, self.gates, choice.faults, strict=True):
            leaf.step(fault)
            if leaf.gate.drive == ACTUATOR and fault != SILENT:
                gate.drive.answered(leaf.at)
        for name, level in zip(self.level_names, choice.levels, strict=True):
            self.levels[name] = level
        self.edge = self._panel.edge(self.levels["reset"])
        self._poll(early_ms, late_ms)
        self.taken = bool(choice.act) and self._act(choice.act, late_ms)
        self.resets_trips = self.edge or (self.taken and choice.act == acts.RESET)
        self.inputs[:] = bytes([container[key] for container, key in self._wires])
        self.starting_before = self.station.starting
        self._switches = [gate.drive.fault == codes.CAUSE_SWITCHES for gate in self.gates]
        self._ask(self._befores)
        self.station.decide(now_ms, self.inputs)
        inlet = self.gates[0]
        by_water = inlet.rule in BY_WATER and inlet.target == OPEN
        self.opening = by_water and inlet.drive.direction == 1 and not opened
        self._ask(self._afters)

    def _ask(self, laws):
        for look in laws:
            try:
                look()
            except Broken as broken:
                if self.only in (None, broken.rule):
                    raise

    def _restart(self, now_ms):
        self._latches.look()
        kept = bytes(self._latches.content)
        self._fresh.load(self._as_built, now_ms)
        self._latches.restore(kept, now_ms)
        self._panel.start()
        if self._desk:
            self._desk.restart()
        for law in self.laws.every if self.laws else ():
            law.start()

    def _act(self, act, at_ms) -> bool:
        """Whether it was taken."""
        if act == acts.MASK:
            return self.gates[0].measurement.order(at_ms, 0, acts.MASK_MS) == 0
        return self._desk.give(act)

    def _poll(self, early_ms, late_ms):
        for point in range(len(self.choice.words)):
            early, late = self.polls_of(point)
            for letter in early:
                self._take(early_ms, point, letter)
            for letter in late:
                self._take(late_ms, point, letter)

    def poll_of(self, point: int, letter: str) -> tuple[int, int]:
        """(raw, 0) of an answer, (0, why) of none."""
        if letter == LOST:
            return 0, codes.DETAIL_NO_ANSWER
        numbers = self._answers[point][letter]
        raw = self.draw.choice(numbers) if self.draw else numbers[0]
        return raw, 0

    def _take(self, at_ms, point, letter):
        freeze = self.readings.freeze_of([point])
        if letter == WIPED:
            self.begun[point] = freeze.begin(at_ms)
            if self.begun[point]:
                return
            letter = INSIDE
        if freeze and freeze.swallows(at_ms, letter != LOST):
            return
        if letter == DOUBTED:  # beyond the limit; no test of the readings makes one of a value yet
            suspect = (codes.STATUS_OUT_OF_SPECIFICATION, codes.FLAG_SUSPECT)
            value, _ = self.poll_of(point, letter)
            self.readings._store(at_ms, point, value, *suspect, codes.DETAIL_OUT_OF_RANGE)
            return
        raw, missed = self.poll_of(point, letter)
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
