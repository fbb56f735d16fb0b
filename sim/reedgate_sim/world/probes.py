"""The instruments of one station: which make stands behind a profile's name, on which bus."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from reedgate_boards.site.schema_station import line_of
from reedgate_boards.site.user_error import UserError
from reedgate_sim.world.bus import Bus
from reedgate_sim.world.drivers import Driver
from reedgate_sim.world.instrument import Instrument, character
from reedgate_sim.world.keller import KellerSeries30
from reedgate_sim.world.line import Line
from reedgate_sim.world.parameters import parameters
from reedgate_sim.world.register_map import RegisterMap, has_layout, layout
from reedgate_sim.world.sensing import series_key
from reedgate_sim.world.yosemitech import Y504, Y510, Y511, Y520

_ODD: dict[str, type[Instrument]] = {  # those that no map of registers describes
    "yosemitech-y504": Y504,
    "yosemitech-y510": Y510,
    "yosemitech-y511": Y511,
    "yosemitech-y520": Y520,
    "keller-series-30": KellerSeries30,
}


@dataclass(frozen=True)
class Make:
    """One kind of instrument; called with what `Instrument` is called with."""

    names: tuple[str, ...]  # of its measuring registers
    measures: tuple[str, ...]  # quantities it needs from the water
    build: Callable[..., Instrument]

    def __call__(self, *parts: Any, **options: Any) -> Instrument:
        return self.build(*parts, **options)


@cache
def makes() -> dict[str, Make]:
    """Profile -> make, of all the instruments that the desk has. Shared: never change it."""
    known = {name: Make(kind.names, kind.measures, kind) for name, kind in _ODD.items()}
    for name in parameters("instruments"):
        if has_layout(name):
            of = layout(name)
            known[name] = Make(of.names, of.measures, partial(RegisterMap, of))
    return dict(sorted(known.items()))


def register_names(station: Any) -> dict[str, tuple[str, ...]]:
    """Sensor -> the names of its measuring registers. Raises UserError for a make we have not."""
    return {name: make_of(sensor.profile).names for name, sensor in station.sensors.items()}


def instruments_of(
    station: Any,
    arriving: Mapping[str, Driver],
    stage_mm: Driver,
    seed: int,
    elsewhere: Mapping[str, tuple[Mapping[str, Driver], Driver]],
) -> dict[str, Instrument]:
    """Sensor -> instrument, in the water that arrives at the station or in that of `elsewhere`."""
    waters = {name: elsewhere.get(name, (arriving, stage_mm)) for name in station.sensors}
    return {
        name: make_of(sensor.profile)(
            sensor.unit_id,
            {**waters[name][0], "depth_mm": _depth(waters[name][1], sensor.zero_offset_mm)},
            character(sensor.profile),
            seed=seed,
            warm=sensor.warm_when == "always",
        )
        for name, sensor in station.sensors.items()
    }


def buses_of(station: Any, instruments: Mapping[str, Instrument], seed: int) -> dict[str, Bus]:
    """Port -> bus, its slaves set to the site's baud rates and parities."""
    return {
        bus.port: Bus(
            [instruments[sensor] for sensor, row in station.sensors.items() if row.bus == name],
            series_key(seed, "bus", name),
            Line(bus.baud, bus.parity),
            own_lines(station, name),
        )
        for name, bus in station.buses.items()
    }


def own_lines(station: Any, bus_id: str) -> dict[int, Line]:
    """Unit id -> line, of the sensors of a bus that speak otherwise than it."""
    bus = station.buses[bus_id]
    lines = {
        each.unit_id: Line(*line_of(station, each))
        for each in station.sensors.values()
        if each.bus == bus_id
    }
    return {unit: line for unit, line in lines.items() if line != Line(bus.baud, bus.parity)}


def _depth(stage_mm: Driver, zero_offset_mm: int) -> Driver:
    """Water above a level probe; a probe in air feels none."""
    return lambda now_us: max(0.0, stage_mm(now_us) - zero_offset_mm)


def make_of(profile: str) -> Make:
    """Raises UserError for a make we have not."""
    if profile not in makes():
        raise UserError(
            "reedgate_sim.world",
            "The desk has no instrument for the profile {profile}.",
            hint="Known here are: {known}.",
            profile=profile,
            known=", ".join(makes()),
        )
    return makes()[profile]
