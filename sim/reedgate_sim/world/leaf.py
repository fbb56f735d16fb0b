"""A gate leaf and what drives it: relays, travel, limit switches, and what can jam. No water.

Position is counted in microseconds of travel from closed, so the instants at which switches make
are exact. By wire, as on a real site: both relays at once move nothing, a leaf at its end goes no
further, and without supply a motor stands while a spring returns.
"""

from dataclasses import dataclass, field

from reedgate_sim.world.faults import FOREVER_US

NEVER_US = FOREVER_US
OPENING, STILL, CLOSING = 1, 0, -1

GATE_FAULTS = (
    "jam_opening",  # the motor runs, the leaf does not open further
    "jam_closing",
    "at_open_stuck",  # the switch is made wherever the leaf is
    "at_closed_stuck",
    "at_open_broken",  # the switch never makes: a broken wire
    "at_closed_broken",
)


@dataclass(frozen=True)
class GateFault:
    kind: str
    from_us: int = 0
    until_us: int = FOREVER_US

    def __post_init__(self) -> None:
        if self.kind not in GATE_FAULTS:
            raise ValueError(
                f"gate fault of unknown kind {self.kind!r}. Known: {', '.join(GATE_FAULTS)}."
            )


@dataclass
class Leaf:
    """One gate. `spring`: where a spring_return leaf goes without supply; else two relays."""

    travel_us: int
    operate_us: int  # from a coil's change to its contact's
    position_us: int = 0
    spring: int = STILL
    faults: list[GateFault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._now_us = 0
        self._direction = STILL
        self._powered = True
        self._coils = {"open": 0, "close": 0, "out": 0}
        self._contacts = dict(self._coils)
        self._switching: list[tuple[int, str, int]] = []  # contacts that will change, in order
        self._turn()

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
        self._powered = on
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

    def next_change_us(self) -> int:
        """When a contact, a switch or a fault next changes something; NEVER_US if nothing will."""
        times = [edge for edge in self._fault_edges() if edge > self._now_us]
        if self._switching:
            times.append(self._switching[0][0])
        if self._direction == OPENING:
            times.append(self._now_us + self.travel_us - self.position_us)
        elif self._direction == CLOSING:
            times.append(self._now_us + self.position_us)
        return min(times, default=NEVER_US)

    def permille_at(self, time_us: int) -> float:
        """The opening at a time up to the next change."""
        moved_us = (time_us - self._now_us) * self._direction
        return 1000 * (self.position_us + moved_us) / self.travel_us

    @property
    def direction(self) -> int:
        return self._direction

    def contact(self, function: str) -> int:
        """Whether a relay's contact ("open", "close" or "out") is made."""
        return self._contacts[function]

    def switch(self, name: str) -> int:
        """1: the limit switch ("at_open" or "at_closed") is made."""
        if self._has(f"{name}_broken"):
            return 0
        if self._has(f"{name}_stuck"):
            return 1
        end_us, away = (self.travel_us, CLOSING) if name == "at_open" else (0, OPENING)
        return int(self.position_us == end_us and self._direction != away)

    def _has(self, kind: str) -> bool:
        return any(
            fault.kind == kind and fault.from_us <= self._now_us < fault.until_us
            for fault in self.faults
        )

    def _fault_edges(self) -> list[int]:
        return [edge for fault in self.faults for edge in (fault.from_us, fault.until_us)]

    def _move_to(self, time_us: int) -> None:
        self.position_us += (time_us - self._now_us) * self._direction
        self._now_us = time_us

    def _turn(self) -> None:
        """Decide anew which way the leaf moves."""
        wish = self._wish()
        at_end = self.position_us == (self.travel_us if wish == OPENING else 0)
        jammed = wish and self._has("jam_opening" if wish == OPENING else "jam_closing")
        self._direction = STILL if at_end or jammed else wish

    def _wish(self) -> int:
        if self.spring != STILL:
            held_off = self._powered and self._contacts["out"]
            return -self.spring if held_off else self.spring
        if not self._powered:
            return STILL
        return self._contacts["open"] - self._contacts["close"]
