"""A gate leaf and what drives it: relays, hands, travel, switches, supply, what can jam. No water.

Positions are counted in microseconds of the motor's run from closed, so the instants at which
switches make are exact. By wire, as on a real site: both relays at once move nothing, the motor's
own end contacts stop it at its ends, and without supply a motor stands while a spring returns.
What a switch tells the station can be wrong; the faults of switches are faults of that signal.
"""

from dataclasses import dataclass, field

from reedgate_sim.world.faults import FOREVER_US

NEVER_US = FOREVER_US
OPENING, STILL, CLOSING = 1, 0, -1

GATE_FAULTS = (
    "jam_opening",  # the motor stalls, the leaf does not open further than `permille`
    "jam_closing",
    "at_open_stuck",  # the switch is made wherever the leaf is
    "at_closed_stuck",
    "at_open_broken",  # the switch never makes: a broken wire
    "at_closed_broken",
    "at_open_late",  # the switch makes `late_us` after the leaf has arrived
    "at_closed_late",
    "torque_broken",  # reads as overload: a broken wire
    "slow",  # the motor runs at `permille` of its speed
    "no_power",  # the motor's breaker is off
    "leak",  # at least `permille` of the opening stays open: a torn seal, a branch
)
_SWITCHES = ("at_open", "at_closed")


@dataclass(frozen=True)
class GateFault:
    """permille: of a jam, the opening from which on it acts, None: wherever the leaf is."""

    kind: str
    from_us: int = 0
    until_us: int = FOREVER_US
    permille: int | None = None
    late_us: int = 0

    def __post_init__(self) -> None:
        if self.kind not in GATE_FAULTS:
            raise ValueError(
                f"gate fault of unknown kind {self.kind!r}. Known: {', '.join(GATE_FAULTS)}."
            )

    def acts(self, now_us: int) -> bool:
        return self.from_us <= now_us < self.until_us


@dataclass
class Leaf:
    """One gate. `spring`: where a spring_return leaf goes without supply; else two relays.

    dead_band_us: play between motor and leaf, run through at each reversal; part of the travel.
    battery_us: run that a battery gives the motor when the mains are gone.
    """

    travel_us: int
    operate_us: int  # from a coil's change to its contact's
    position_us: int = 0  # of the motor
    spring: int = STILL
    faults: list[GateFault] = field(default_factory=list)
    dead_band_us: int = 0
    torque_us: int = 300_000  # a stalled motor opens its torque switch after this time
    battery_us: int = 0

    def __post_init__(self) -> None:
        self._now_us = self._from_us = 0
        self._from_position_us = self.position_us
        self._leaf_us = min(self.position_us, self._stroke_us)
        self._direction = STILL
        self._speed_permille = 1000
        self._estop_ok = self._mains = True
        self._stalled_us: int | None = None
        self._hands = {"open": 0, "close": 0}
        self._coils = {"open": 0, "close": 0, "out": 0}
        self._contacts = dict(self._coils)
        self._switching: list[tuple[int, str, int]] = []  # contacts that will change, in order
        self._made_since_us = dict.fromkeys(_SWITCHES, -FOREVER_US)
        self._was_at_end = dict.fromkeys(_SWITCHES, True)  # long before the run
        self._turn()

    # What acts on it.

    def drive(self, function: str, level: int, now_us: int) -> None:
        """A coil ("open", "close" or "out") goes on or off."""
        self.advance(now_us)
        if self._coils[function] != level:
            self._coils[function] = level
            self._switching.append((now_us + self.operate_us, function, level))
            self.advance(now_us)

    def power(self, on: bool, now_us: int) -> None:
        """The motor supply, which an emergency stop cuts by wire."""
        self.advance(now_us)
        self._estop_ok = on
        self._turn()

    def mains(self, on: bool, now_us: int) -> None:
        """What feeds the motor supply; without it only a battery does, and no spring's coil."""
        self.advance(now_us)
        self._turn()  # until now the battery gave it, or did not
        self._mains = on
        self._turn()

    def hands(self, opens: bool, closes: bool, now_us: int) -> None:
        """The local buttons, wired beside the relays; the selector lets them act."""
        self.advance(now_us)
        self._hands = {"open": int(opens), "close": int(closes)}
        self._turn()

    def add_fault(self, fault: GateFault) -> None:
        self.faults.append(fault)
        self._turn()

    def advance(self, now_us: int) -> None:
        while (at_us := self.next_change_us()) <= now_us:
            self._move_to(at_us)
            while self._switching and self._switching[0][0] <= at_us:
                _, function, level = self._switching.pop(0)
                self._contacts[function] = level
            self._turn()
        self._move_to(now_us)

    # What others see.

    def next_change_us(self) -> int:
        """When a contact, a switch or a fault next changes something; NEVER_US if nothing will."""
        times = self._fault_edges()
        if self._switching:
            times.append(self._switching[0][0])
        if self._direction != STILL:
            slack_us = self._leaf_us + (self.dead_band_us if self._direction == OPENING else 0)
            times += [
                self._reached_us(self._limit_us(self._direction)),
                self._reached_us(slack_us),
            ]
            if not self._mains:
                times.append(self._from_us + self.battery_us)
        if self._stalled_us is not None:
            times.append(self._stalled_us + self.torque_us)
        return min((time for time in times if time > self._now_us), default=NEVER_US)

    def permille_at(self, time_us: int) -> float:
        """The opening at a time up to the next change."""
        return 1000 * self._leaf_at(self._position_at(time_us)) / self._stroke_us

    def leak_permille(self) -> int:
        return max((fault.permille or 0 for fault in self._acting("leak")), default=0)

    @property
    def direction(self) -> int:
        return self._direction

    def contact(self, function: str) -> int:
        """Whether a relay's contact ("open", "close" or "out") is made."""
        return self._contacts[function]

    def switch(self, name: str) -> int:
        """1: the limit switch ("at_open" or "at_closed") is made, as the station reads it."""
        if self._acting(f"{name}_broken"):
            return 0
        if self._acting(f"{name}_stuck"):
            return 1
        late_us = max((fault.late_us for fault in self._acting(f"{name}_late")), default=0)
        return int(self._at_end(name) and self._now_us >= self._made_since_us[name] + late_us)

    def torque(self) -> int:
        """1: the torque switch is closed, all is well."""
        stalled_us = self._stalled_us
        overload = stalled_us is not None and self._now_us >= stalled_us + self.torque_us
        return int(not overload and not self._acting("torque_broken"))

    # Inside.

    @property
    def _stroke_us(self) -> int:
        return self.travel_us - self.dead_band_us

    def _acting(self, kind: str) -> list[GateFault]:
        return [fault for fault in self.faults if fault.kind == kind and fault.acts(self._now_us)]

    def _fault_edges(self) -> list[int]:
        edges = []
        for fault in self.faults:
            edges += (fault.from_us, fault.until_us)
            if fault.late_us:
                edges += [since + fault.late_us for since in self._made_since_us.values()]
        return edges

    def _position_at(self, time_us: int) -> int:
        """Counted from the last turn, not step by step: asking often must change nothing."""
        run_us = (time_us - self._from_us) * self._speed_permille // 1000
        return min(max(self._from_position_us + run_us * self._direction, 0), self.travel_us)

    def _reached_us(self, position_us: int) -> int:
        """When a moving motor reaches a position."""
        run_us = (position_us - self._from_position_us) * self._direction
        return self._from_us - (-run_us * 1000 // self._speed_permille)

    def _leaf_at(self, position_us: int) -> int:
        return min(max(self._leaf_us, position_us - self.dead_band_us), position_us)

    def _move_to(self, time_us: int) -> None:
        self.position_us = self._position_at(time_us)
        self._now_us = time_us

    def _limit_us(self, direction: int) -> int:
        """How far the motor can run: to its end, or to where the leaf jams."""
        here_us = self._leaf_at(self.position_us)
        if direction == OPENING:
            jams = [0 if j.permille is None else j.permille for j in self._acting("jam_opening")]
            held = [max(here_us, self._leaf_of(jam)) + self.dead_band_us for jam in jams]
            return min([self.travel_us, *held])
        jams = [1000 if j.permille is None else j.permille for j in self._acting("jam_closing")]
        return max([0, *(min(here_us, self._leaf_of(jam)) for jam in jams)])

    def _leaf_of(self, permille: int) -> int:
        return self._stroke_us * permille // 1000

    def _turn(self) -> None:
        """Decide anew which way the motor runs."""
        run_us = self._now_us - self._from_us
        if not self._mains and self._direction != STILL:
            self.battery_us = max(0, self.battery_us - run_us)
        self._leaf_us = self._leaf_at(self.position_us)
        self._from_us, self._from_position_us = self._now_us, self.position_us
        slow = [fault.permille or 1 for fault in self._acting("slow")]
        self._speed_permille = min([1000, *slow])
        wish = self._wish()
        at_limit = wish != STILL and self.position_us == self._limit_us(wish)
        self._direction = STILL if at_limit else wish
        at_travel_end = self.position_us == (self.travel_us if wish == OPENING else 0)
        if not at_limit or at_travel_end or self.spring != STILL:
            self._stalled_us = None
        elif self._stalled_us is None:
            self._stalled_us = self._now_us
        for name in _SWITCHES:
            at_end = self._at_end(name)
            if at_end and not self._was_at_end[name]:
                self._made_since_us[name] = self._now_us
            self._was_at_end[name] = at_end

    def _at_end(self, name: str) -> bool:
        """A leaf leaves its end when it starts to move, which is after the dead band."""
        slack_us = self.position_us - self._leaf_at(self.position_us)
        if name == "at_open":
            leaves = self._direction == CLOSING and slack_us == 0
            return self._leaf_at(self.position_us) == self._stroke_us and not leaves
        leaves = self._direction == OPENING and slack_us == self.dead_band_us
        return self._leaf_at(self.position_us) == 0 and not leaves

    def _wish(self) -> int:
        powered = self._estop_ok and not self._acting("no_power")
        if self.spring != STILL:
            held_off = powered and self._mains and self._contacts["out"]
            return -self.spring if held_off else self.spring
        if not powered or not (self._mains or self.battery_us):
            return STILL
        return max(self._contacts["open"], self._hands["open"]) - max(
            self._contacts["close"], self._hands["close"]
        )
