"""One station's world put together, for a rig's discrete-event loop.

The rig owns time and never lets it go back. `next_event_us` is the next instant at which an input
can change or bytes will have arrived; until then the station may run ahead alone. `set_output` and
`transmit` carry their own stamps. The water has no events: it is carried on when somebody looks.
"""

import math
from typing import Any

from reedgate_boards.site.user_error import UserError
from reedgate_sim.world.actuator import CLOSE, OPEN, PROFILE, PlainActuator
from reedgate_sim.world.bus import Bus, Line
from reedgate_sim.world.drivers import drivers, kinks_us
from reedgate_sim.world.faults import FOREVER_US, Fault
from reedgate_sim.world.host_line import HostLine
from reedgate_sim.world.leaf import GateFault
from reedgate_sim.world.machinery import COILS, Machinery
from reedgate_sim.world.probes import buses_of, instruments_of, register_names
from reedgate_sim.world.scenario import Scenario
from reedgate_sim.world.sensing import series_key
from reedgate_sim.world.substances import CARRIED_AS
from reedgate_sim.world.truth import GateTruth, Truth
from reedgate_sim.world.watch import Watch
from reedgate_sim.world.water import Water

_IN_WATER = (*CARRIED_AS.values(), "do_mg_l", "temperature_c")


class Plant:
    """`site` is what `load_site` gives; the scenario plays at the station `station_id`."""

    def __init__(self, site: Any, station_id: str, scenario: Scenario, seed: int = 0):
        station = site.stations[station_id]
        floods = [flood.name for gate in station.gates.values() for flood in gate.flood]
        scenario.check_names(register_names(station), station.gates, floods)
        self._station, self._scenario = station, scenario
        self._arriving = drivers(scenario)
        self._now_us = 0
        self._machinery = Machinery(station, scenario)
        self._water = Water(
            {name: gate.role for name, gate in station.gates.items()},
            self._arriving,
            self._machinery.openings,
            scenario.file.time_lapse,
            kinks_us(scenario),
            scenario.file.start.pond_mm,
        )
        self._at_probes = {key: self._water.probe(key) for key in _IN_WATER}
        self.instruments = instruments_of(
            station,
            {**self._arriving, **self._at_probes},
            self._water.stage_mm,
            seed,
            self._elsewhere(),
        )
        self.buses: dict[str, Bus | HostLine] = buses_of(station, self.instruments, seed)
        for name, gate in station.gates.items():
            if gate.actuator:
                self.buses[gate.actuator.port] = self._actuator_bus(name, gate.actuator, seed)
        if station.uplink.kind == "rtu_slave":
            self.buses[station.uplink.port] = HostLine()
        self._points = {
            point: (self.instruments[name], quantity, sensor.zero_offset_mm)
            for name, sensor in station.sensors.items()
            for quantity, point in sensor.points.items()
        }
        self._watches: list[Watch] = []
        self._add_faults()

    # What the rig calls.

    def set_output(self, terminal: str, level: int, now_us: int) -> None:
        """A terminal goes on (1) or off (0). One that drives no gate changes nothing here."""
        self.advance(now_us)
        self._machinery.drive(terminal, level, now_us)

    def transmit(
        self, port: str, data: bytes, line: Line, now_us: int, released_us: int | None = None
    ) -> None:
        """The station sends a frame on a port from now_us on, with its own line settings.

        released_us: as of `Bus.transmit`; who gives it tells of a frame when it has been sent.
        """
        self.advance(max(now_us, released_us or 0))
        self.buses[port].transmit(now_us, data, line, released_us)

    def receive(self, port: str, now_us: int) -> bytes:
        """What has arrived on a port by now and was not taken yet."""
        return self.buses[port].receive(now_us)

    def advance(self, now_us: int) -> None:
        """Carry everything on to now_us; the water only where gates change their course."""
        if now_us < self._now_us:
            raise ValueError(f"time went back from {self._now_us} to {now_us} us")
        machinery = self._machinery
        if now_us == self._now_us < machinery.change_us:
            return
        while machinery.change_us <= now_us:
            self._water.cut(machinery.change_us)
            machinery.step_to(machinery.change_us)
        self._now_us = self._water.until_us = now_us
        for watch in self._watches:
            watch.advance(now_us)

    def next_event_us(self) -> int:
        """When an input can change or bytes will have arrived; a very large number if never."""
        soonest_us = self._machinery.change_us
        for bus in self.buses.values():
            soonest_us = min(soonest_us, bus.next_event_us())
        return soonest_us

    def inputs(self) -> dict[str, int]:
        """Every wired input terminal: 1 when its contact is made."""
        return self._machinery.levels

    # What people and the oracle ask.

    @property
    def scenario(self) -> Scenario:
        return self._scenario

    def truth(self) -> Truth:
        """How things stand at the time of the last advance."""
        now_us, water = self._now_us, self._water
        water.advance(now_us)
        wetland, pond, below = water.wetland, water.pond, water.below
        return Truth(
            now_us=now_us,
            scenario_s=now_us * self._scenario.file.time_lapse / 1_000_000,
            water={key: driver(now_us) for key, driver in self._arriving.items()},
            at_probes={key: seen(now_us) for key, seen in self._at_probes.items()},
            points={
                point: instrument.quantity(quantity, now_us) + _offset(quantity, offset_mm)
                for point, (instrument, quantity, offset_mm) in self._points.items()
            },
            stage_mm=water.stage_mm(now_us),
            overflow_lps=water.over_m3_s(now_us) * 1000,
            gates={name: self._gate_truth(name) for name in self._station.gates},
            wetland_stage_mm=below("wetland", "stage_mm", now_us),
            wetland_volume_m3=wetland.volume_m3,
            wetland_outflow_lps=wetland.outflow_m3_s * 1000,
            wetland_turbidity_ntu=below("wetland", "turbidity_ntu", now_us),
            wetland_ammonia_mg_l=below("wetland", "ammonia_mg_l", now_us),
            wetland_do_mg_l=below("wetland", "do_mg_l", now_us),
            pond_stage_mm=below("pond", "stage_mm", now_us),
            pond_volume_m3=pond.volume_m3,
            pond_turbidity_ntu=below("pond", "turbidity_ntu", now_us),
            pond_conductivity_us_cm=below("pond", "conductivity_us_cm", now_us),
            pond_do_mg_l=below("pond", "do_mg_l", now_us),
            pond_temperature_c=below("pond", "temperature_c", now_us),
            pond_chlorophyll_ug_l=below("pond", "chlorophyll_ug_l", now_us),
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

    def add_gate_fault(self, gate: str, kind: str, **details: int | None) -> None:
        """Details as of `leaf.GateFault`, times of the run."""
        self._water.cut(self._now_us)
        self._machinery.add_fault(gate, GateFault(kind, **details), self._now_us)

    def balance_errors(self) -> dict[str, float]:
        self._water.advance(self._now_us)
        return self._water.balance_errors()

    # Inside.

    def _actuator_bus(self, gate: str, row: Any, seed: int) -> Bus:
        """Raises UserError for a profile that the desk has no actuator for."""
        if row.profile != PROFILE:
            raise UserError(
                "reedgate_sim.world",
                "The desk has no actuator for the profile {profile}.",
                hint="Known here are: {known}.",
                profile=row.profile,
                known=PROFILE,
            )
        machinery = self._machinery
        slave = PlainActuator(
            row.unit_id,
            lambda order, now_us: machinery.order(gate, order == OPEN, order == CLOSE, now_us),
            lambda now_us: machinery.leaves[gate].permille_at(now_us),
        )
        return Bus([slave], series_key(seed, "actuator", gate), Line(row.baud, row.parity))

    def _elsewhere(self) -> dict[str, tuple[dict[str, Any], Any]]:
        """Sensor -> (the water that it hangs in, its stage), where that is not the channel."""
        water = self._water

        def seen(place: str, key: str) -> Any:
            return lambda now_us: water.below(place, key, now_us)

        return {
            sensor: ({key: seen(place, key) for key in _IN_WATER}, seen(place, "stage_mm"))
            for sensor, place in self._scenario.file.plant.probes.items()
            if place != "channel"
        }

    def _gate_truth(self, name: str) -> GateTruth:
        leaf = self._machinery.leaves[name]
        discharge_m3_s, passed_m3 = self._water.gate(name, self._now_us)
        return GateTruth(
            role=self._station.gates[name].role,
            opening_permille=leaf.permille_at(self._now_us),
            direction=leaf.direction,
            at_open=leaf.switch("at_open"),
            at_closed=leaf.switch("at_closed"),
            torque=leaf.torque(),
            contacts={coil: leaf.contact(coil) for coil in COILS},
            discharge_lps=discharge_m3_s * 1000,
            passed_m3=passed_m3,
        )

    def _add_faults(self) -> None:
        scenario = self._scenario
        for row in scenario.file.fault:
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


def _offset(quantity: str, zero_offset_mm: int) -> float:
    return zero_offset_mm if quantity == "depth_mm" else 0.0
