"""One station's world put together, for a rig's discrete-event loop.

The rig owns time and never lets it go back. `next_event_us` is the next instant at which an input
can change or bytes will have arrived; until then the station may run ahead alone. `set_output` and
`transmit` carry their own stamps. The water has no events: it is carried on when time passes.
"""

import math
import tomllib
from collections.abc import Mapping
from typing import Any

from reedgate_boards.site.locator import board_dir
from reedgate_sim.world.bus import Bus, Line
from reedgate_sim.world.drivers import Acting, drivers
from reedgate_sim.world.faults import FOREVER_US, Fault
from reedgate_sim.world.leaf import CLOSING, OPENING, GateFault, Leaf
from reedgate_sim.world.probes import buses_of, instruments_of, register_names
from reedgate_sim.world.scenario import Scenario
from reedgate_sim.world.scenario_file import INPUTS
from reedgate_sim.world.truth import GateTruth, Truth
from reedgate_sim.world.watch import Watch
from reedgate_sim.world.water import Water

_SWITCHES = ("at_open", "at_closed")
_COILS = ("open", "close", "out")


class Plant:
    """`site` is what `load_site` gives; the scenario plays at the station `station_id`."""

    def __init__(self, site: Any, station_id: str, scenario: Scenario, seed: int = 0):
        station = site.stations[station_id]
        scenario.check_names(register_names(station), station.gates)
        self._station, self._scenario = station, scenario
        self._arriving = drivers(scenario)
        self._now_us = 0
        self._acting = {name: Acting(scenario, name) for name in INPUTS}
        operate_us = _relay_operate_us(station.board)
        self._leaves = {
            name: _leaf(gate, scenario, operate_us) for name, gate in station.gates.items()
        }
        roles = {name: gate.role for name, gate in station.gates.items()}
        self._water = Water(roles, self._arriving, self._openings, scenario.file.time_lapse)
        self.instruments = instruments_of(station, self._arriving, self._water.stage_mm, seed)
        self.buses: dict[str, Bus] = buses_of(station, self.instruments, seed)
        self._points = {
            point: (self.instruments[name], quantity, sensor.zero_offset_mm)
            for name, sensor in station.sensors.items()
            for quantity, point in sensor.points.items()
        }
        self._watches: list[Watch] = []
        self._levels: dict[str, int] | None = None  # of the inputs; None: to be looked at anew
        self._coils = _coils(station)
        self._add_faults()
        self._step_to(0)

    # What the rig calls.

    def set_output(self, terminal: str, level: int, now_us: int) -> None:
        """A terminal goes on (1) or off (0). One that drives no gate changes nothing here."""
        self.advance(now_us)
        if terminal in self._coils:
            gate, function = self._coils[terminal]
            self._leaves[gate].drive(function, level, now_us)
            self._look_ahead()

    def transmit(self, port: str, data: bytes, line: Line, now_us: int) -> None:
        """The station starts to send a frame on a port, with its own line settings."""
        self.advance(now_us)
        self.buses[port].transmit(now_us, data, line)

    def receive(self, port: str, now_us: int) -> bytes:
        """What has arrived on a port by now and was not taken yet."""
        return self.buses[port].receive(now_us)

    def advance(self, now_us: int) -> None:
        """Carry everything on to now_us."""
        if now_us < self._now_us:
            raise ValueError(f"time went back from {self._now_us} to {now_us} us")
        if now_us == self._now_us < self._change_us:
            return
        while self._change_us <= now_us:
            self._water.advance(self._change_us)
            self._step_to(self._change_us)
        self._water.advance(now_us)
        self._now_us = now_us
        for watch in self._watches:
            watch.advance(now_us)

    def next_event_us(self) -> int:
        """When an input can change or bytes will have arrived; a very large number if never."""
        next_us = self._change_us
        for bus in self.buses.values():
            event_us = bus.next_event_us()
            if event_us < next_us:
                next_us = event_us
        return next_us

    def inputs(self) -> dict[str, int]:
        """Every wired input terminal: 1 when its contact is made."""
        if self._levels is None:
            self._levels = self._inputs()
        return self._levels

    def _inputs(self) -> dict[str, int]:
        levels = {}
        for name, gate in self._station.gates.items():
            for switch in _SWITCHES:
                terminal = getattr(gate.terminals, switch)
                if terminal:
                    levels[terminal] = self._leaves[name].switch(switch)
            for flood in gate.flood:
                for cause in flood.any:
                    if cause.contact:  # opens on a flood
                        levels[cause.contact] = int(not self._acts("flood"))
        terminals = self._station.terminals
        if terminals.estop:  # closed when all is well
            levels[terminals.estop] = int(not self._acts("estop"))
        if terminals.reset:
            levels[terminals.reset] = int(self._acts("reset"))
        return levels

    # What people and the oracle ask.

    @property
    def scenario(self) -> Scenario:
        return self._scenario

    def truth(self) -> Truth:
        """How things stand at the time of the last advance."""
        now_us, water = self._now_us, self._water
        wetland, pond = water.wetland, water.pond
        return Truth(
            now_us=now_us,
            scenario_s=now_us * self._scenario.file.time_lapse / 1_000_000,
            water={key: driver(now_us) for key, driver in self._arriving.items()},
            points={
                point: instrument.quantity(quantity, now_us) + _offset(quantity, offset_mm)
                for point, (instrument, quantity, offset_mm) in self._points.items()
            },
            stage_mm=water.stage_mm(now_us),
            gates={name: self._gate_truth(name) for name in self._leaves},
            wetland_stage_mm=wetland.level_m * 1000,
            wetland_volume_m3=wetland.volume_m3,
            wetland_outflow_lps=wetland.outflow_m3_s * 1000,
            wetland_turbidity_ntu=water.turbidity_ntu(wetland.leaving("tss")),
            pond_stage_mm=pond.stage_m * 1000,
            pond_volume_m3=pond.volume_m3,
            pond_turbidity_ntu=water.turbidity_ntu(pond.concentrations["tss"]),
            pond_conductivity_us_cm=pond.concentrations["salt"],
            pond_demand_lps=pond.demand_m3_s * 1000,
            pond_spill_lps=pond.spill_m3_s * 1000,
        )

    def watch(self, point: str, side: str, limit: float) -> Watch:
        """Note from now on when the register behind a point is beyond a limit (above or below)."""
        instrument, quantity, offset_mm = self._points[point]
        offset = _offset(quantity, offset_mm)
        watch = Watch(instrument, quantity, offset, side, limit, _next_us=self._now_us)
        watch.advance(self._now_us)
        self._watches.append(watch)
        return watch

    def add_fault(self, sensor: str, kind: str, **details: Any) -> None:
        """A fault beside the scenario's; details as of `faults.Fault`, times of the run."""
        row = self._station.sensors[sensor]
        port = self._station.buses[row.bus].port
        self.buses[port].add_fault(Fault(kind, row.unit_id, **details))

    def add_gate_fault(self, gate: str, kind: str, **details: int) -> None:
        leaf = self._leaves[gate]
        leaf.advance(self._now_us)
        leaf.add_fault(GateFault(kind, **details))
        self._look_ahead()

    def balance_errors(self) -> dict[str, float]:
        return self._water.balance_errors()

    # Inside.

    def _step_to(self, now_us: int) -> None:
        for leaf in self._leaves.values():
            leaf.advance(now_us)
        self._now_us = now_us
        supply = not self._acts("estop")
        for leaf in self._leaves.values():
            leaf.power(supply, now_us)
        self._look_ahead()

    def _look_ahead(self) -> None:
        """Note when a gate or a contact next changes; until then nobody need look at them."""
        changes = [each.next_change_us(self._now_us) for each in self._acting.values()]
        changes += [leaf.next_change_us() for leaf in self._leaves.values()]
        self._change_us = min(changes)
        self._levels = None

    def _acts(self, name: str) -> bool:
        return self._acting[name].at(self._now_us)

    def _openings(self, time_us: int) -> Mapping[str, float]:
        return {name: leaf.permille_at(time_us) for name, leaf in self._leaves.items()}

    def _gate_truth(self, name: str) -> GateTruth:
        leaf, opening = self._leaves[name], self._water.gates[name]
        return GateTruth(
            role=opening.role,
            opening_permille=leaf.permille_at(self._now_us),
            direction=leaf.direction,
            at_open=leaf.switch("at_open"),
            at_closed=leaf.switch("at_closed"),
            contacts={coil: leaf.contact(coil) for coil in _COILS},
            discharge_lps=opening.discharge_m3_s * 1000,
            passed_m3=opening.passed_m3,
        )

    def _add_faults(self) -> None:
        scenario, file = self._scenario, self._scenario.file
        for row in file.fault:
            details = {
                "from_us": scenario.us(row.from_s),
                "until_us": FOREVER_US if row.until_s is None else scenario.us(row.until_s),
                "value": math.nan if row.value is None else row.value,
                "register": row.holder,
                "code": row.code,
                "delay_ms": row.delay_ms,
                "count": row.count,
            }
            self.add_fault(row.sensor, row.kind, **details)
        for row in file.gate_fault:
            until_us = FOREVER_US if row.until_s is None else scenario.us(row.until_s)
            self.add_gate_fault(
                row.gate, row.kind, from_us=scenario.us(row.from_s), until_us=until_us
            )


def _leaf(gate: Any, scenario: Scenario, operate_us: int) -> Leaf:
    travel_us = int(gate.travel_s * 1_000_000)
    if gate.drive == "spring_return":
        spring = OPENING if gate.spring == "open" else CLOSING
        return Leaf(travel_us, operate_us, travel_us if spring == OPENING else 0, spring)
    opened = gate.role == "inlet" and scenario.file.start.inlet == "open"
    return Leaf(travel_us, operate_us, travel_us if opened else 0)


def _coils(station: Any) -> dict[str, tuple[str, str]]:
    """Output terminal -> (gate, which of its coils)."""
    return {
        terminal: (name, coil)
        for name, gate in station.gates.items()
        for coil in _COILS
        if (terminal := getattr(gate.terminals, coil))
    }


def _offset(quantity: str, zero_offset_mm: int) -> float:
    return zero_offset_mm if quantity == "depth_mm" else 0.0


def _relay_operate_us(board: str) -> int:
    facts = tomllib.loads((board_dir(board) / "board.toml").read_text(encoding="utf-8"))
    return round(facts["relay_ms"]["operate"] * 1000)
