"""The gates of a station with all that is wired to them: coils in, contacts out. No water.

Contacts that tell of danger (estop, flood, mains, torque, emergency close, the upstream plant's
alarm) are closed when all is well and open when they act, or when their wire breaks. Switches, the
selector and the other buttons close when they act.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reedgate_boards.site.locator import board_dir
from reedgate_sim.world.drivers import Acting
from reedgate_sim.world.faults import FOREVER_US
from reedgate_sim.world.leaf import CLOSING, OPENING, GateFault, Leaf
from reedgate_sim.world.parameters import parameters
from reedgate_sim.world.scenario import Scenario
from reedgate_sim.world.scenario_file import GATE_INPUTS, STATION_INPUTS

COILS = ("open", "close", "out")
_SWITCHES = ("at_open", "at_closed")
# Input of a scenario -> the site file's key, where they differ.
_TERMINALS = {"mains": "mains_ok"}
_CLOSED_WHEN_WELL = ("estop", "flood", "mains", "torque", "emergency_close", "upstream_alarm")
_WIRED = tuple(
    name for name in GATE_INPUTS if name != "flood"
)  # floods have contacts of their own

Contact = Callable[[], int]


class Machinery:
    """`levels`: every input terminal, 1 when its contact is made. `change_us`: when that, or the
    way a gate moves, next changes by itself."""

    def __init__(self, station: Any, scenario: Scenario):
        self._now_us = 0
        self.leaves = {
            name: _leaf(gate, scenario, _relay_operate_us(station.board))
            for name, gate in station.gates.items()
        }
        self._coils = {
            terminal: (name, coil)
            for name, gate in station.gates.items()
            for coil in COILS
            if (terminal := _terminal(gate, coil))
        }
        self._station_acts = {name: Acting(scenario, name) for name in STATION_INPUTS}
        self._gate_acts = {
            (gate, name): Acting(scenario, name, gate)
            for gate in station.gates
            for name in GATE_INPUTS
        }
        self._flood_acts: list[Acting] = []
        self._contacts = dict(self._wired(station, scenario))
        self.levels: dict[str, int] = {}
        self.change_us = 0
        for row in scenario.file.gate_fault:
            self.leaves[row.gate].add_fault(_gate_fault(row, scenario))
        self.step_to(0)

    def drive(self, terminal: str, level: int, now_us: int) -> None:
        if terminal in self._coils:
            gate, coil = self._coils[terminal]
            self.leaves[gate].drive(coil, level, now_us)
            self._look()

    def order(self, gate: str, opens: bool, closes: bool, now_us: int) -> None:
        """What a drive with a bus of its own was told, as coils of its motor."""
        self.leaves[gate].drive("open", int(opens), now_us)
        self.leaves[gate].drive("close", int(closes), now_us)
        self._look()

    def add_fault(self, gate: str, fault: GateFault, now_us: int) -> None:
        self.leaves[gate].advance(now_us)
        self.leaves[gate].add_fault(fault)
        self._now_us = now_us
        self._look()

    def step_to(self, now_us: int) -> None:
        """To an instant at which something changes; never beyond one."""
        self._now_us = now_us
        supply, mains = not self._acts("estop"), not self._acts("mains")
        for name, leaf in self.leaves.items():
            leaf.advance(now_us)
            leaf.power(supply, now_us)
            leaf.mains(mains, now_us)
            local = self._gate_acts[name, "local"].at(now_us)
            opens, closes = (
                local and self._gate_acts[name, button].at(now_us)
                for button in ("local_open", "local_close")
            )
            leaf.hands(opens, closes, now_us)
        self._look()

    def openings(self, time_us: int) -> Mapping[str, float]:
        """Gate -> opening in permille, at a time up to the next change."""
        return {
            name: max(leaf.permille_at(time_us), leaf.leak_permille())
            for name, leaf in self.leaves.items()
        }

    def _look(self) -> None:
        self.levels = {terminal: contact() for terminal, contact in self._contacts.items()}
        acts = (*self._station_acts.values(), *self._gate_acts.values())
        changes = [each.next_change_us(self._now_us) for each in acts]
        changes += [each.next_change_us(self._now_us) for each in self._flood_acts]
        changes += [leaf.next_change_us() for leaf in self.leaves.values()]
        self.change_us = min(changes)

    def _acts(self, name: str) -> bool:
        return self._station_acts[name].at(self._now_us)

    def _wired(self, station: Any, scenario: Scenario) -> Iterator[tuple[str, Contact]]:
        """Input terminal -> its contact."""
        for name, acting in self._station_acts.items():
            if terminal := _terminal(station, name):
                yield terminal, self._contact(acting, name)
        for gate_id, gate in station.gates.items():
            yield from self._wired_to(gate_id, gate)
            for flood in gate.flood:
                acting = Acting(scenario, "flood", gate_id, flood.name)
                for terminal in (cause.contact for cause in flood.any if cause.contact):
                    self._flood_acts.append(acting)
                    yield terminal, self._contact(acting, "flood")

    def _wired_to(self, gate_id: str, gate: Any) -> Iterator[tuple[str, Contact]]:
        leaf = self.leaves[gate_id]
        for switch in _SWITCHES:
            if terminal := _terminal(gate, switch):
                yield terminal, lambda switch=switch: leaf.switch(switch)
        for name in _WIRED:
            if terminal := _terminal(gate, name):
                contact = self._contact(self._gate_acts[gate_id, name], name)
                if name == "torque":  # the leaf's own, and what the scenario does to it
                    yield terminal, lambda contact=contact: leaf.torque() & contact()
                else:
                    yield terminal, contact

    def _contact(self, acting: Acting, name: str) -> Contact:
        if name in _CLOSED_WHEN_WELL:
            return lambda: int(not acting.at(self._now_us))
        return lambda: int(acting.at(self._now_us))


def _terminal(owner: Any, name: str) -> str | None:
    """None too for a key that the site file does not know yet."""
    return getattr(owner.terminals, _TERMINALS.get(name, name), None)


def _leaf(gate: Any, scenario: Scenario, operate_us: int) -> Leaf:
    travel_us = int(gate.travel_s * 1_000_000)
    if gate.drive == "spring_return":
        spring = OPENING if gate.spring == "open" else CLOSING
        return Leaf(travel_us, operate_us, travel_us if spring == OPENING else 0, spring)
    opened = gate.role == "inlet" and scenario.file.start.inlet == "open"
    table = parameters("water")["drive"]
    return Leaf(
        travel_us,
        operate_us,
        travel_us if opened else 0,
        dead_band_us=table["dead_band_ms"] * 1000,
        torque_us=table["torque_ms"] * 1000,
        battery_us=round(scenario.file.plant.battery_strokes * travel_us),
    )


def _gate_fault(row: Any, scenario: Scenario) -> GateFault:
    until_us = FOREVER_US if row.until_s is None else scenario.us(row.until_s)
    late_us = round(row.late_ms * 1000) if row.kind.endswith("_late") else 0
    return GateFault(row.kind, scenario.us(row.from_s), until_us, row.permille, late_us)


def _relay_operate_us(board: str) -> int:
    facts = tomllib.loads((board_dir(board) / "board.toml").read_text(encoding="utf-8"))
    return round(facts["relay_ms"]["operate"] * 1000)
