"""Trips, rule 7 and reckoned points as entries of the compiled configuration. Integers, exact."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from reedgate_boards.site.fields import milliseconds
from reedgate_boards.site.points import StationPoint, kind_of, sources_of
from reedgate_boards.site.quality import quality
from reedgate_boards.site.rating import packed_rating
from reedgate_boards.site.schema_gate import FloodCause, Gate, Trip
from reedgate_boards.site.schema_limit import Confirm, Limit
from reedgate_boards.site.schema_station import DerivedPoint, Station
from reedgate_boards.site.use_profiles import load_use
from reedgate_contract import config as layout
from reedgate_contract.codes import CAUSE_POND_FULL, CAUSE_USE
from reedgate_contract.quantities import QUANTITIES

CLEARS = {
    "hold_then_clear": layout.CLEARS_HOLD_THEN_CLEAR,
    "reset_only": layout.CLEARS_RESET_ONLY,
}
_FLOW_PAST = {
    "none": layout.FLOW_PAST_NONE,
    "bypass": layout.FLOW_PAST_BYPASS,
    "pump": layout.FLOW_PAST_PUMP,
}
_SECONDS_A_DAY = 86_400
_CL_A_M3 = 100_000
_DAL_A_M3 = 100

Entry = Callable[..., bytes]


def scaled(value: Decimal | int, quantity: str) -> int:
    """value in the quantity's small unit. Raises ValueError when the unit cannot carry it."""
    exact = Decimal(value).scaleb(QUANTITIES[quantity][2])
    if exact != int(exact):
        raise ValueError(f"{value} has more decimals than {quantity} carries")
    return int(exact)


def day_dal(area_m2: int, max_m_d: Decimal) -> int:
    """What may flow in during 24 h, in units of 10 L."""
    return int(area_m2 * max_m_d * _DAL_A_M3)


def peak_cl(area_m2: int, max_m_d: Decimal, peak_permille: int) -> int:
    """What may flow in at a time, in cL/s; at least 1."""
    mean = Decimal(area_m2) * max_m_d * _CL_A_M3 / _SECONDS_A_DAY
    return max(int(mean * peak_permille / 1000), 1)


class LawCompiler:
    """The entries that name points. points: of the whole station, in the board's order."""

    def __init__(self, entry: Entry, points: dict[str, StationPoint]):
        self._entry = entry
        self._points = points
        self._numbers = {name: number for number, name in enumerate(points)}

    def limit(self, limit: Limit | FloodCause) -> dict[str, int]:
        quantity = self._points[limit.point].quantity
        return {
            "point": self._numbers[limit.point],
            "side": layout.SIDE_ABOVE if limit.above is not None else layout.SIDE_BELOW,
            "limit": scaled(limit.limit, quantity),
            "deadband": scaled(limit.deadband, quantity),
        }

    def _doubt(self, trip: Trip, witness: str) -> bytes:
        file = quality()
        own = self._points[trip.all[0].point].quantity
        other = self._points[witness].quantity
        return self._entry(
            layout.DOUBT,
            "",
            point=self._numbers[witness],
            most=scaled(file.quantity[other].quiet, other),
            window_ms=file.doubt.window_s * 1000,
            spike=scaled(file.quantity[own].erratic, own),
            apart_ms=file.doubt.apart_s * 1000,
            memory_ms=file.doubt.memory_s * 1000,
        )

    def trip(self, trip_id: str, trip: Trip) -> Iterator[bytes]:
        first = trip.all[0]
        yield self._entry(
            layout.TRIP,
            trip_id,
            **self.limit(first),
            **_confirmed(trip.confirm, trip.lost_hold_s),
            clears=CLEARS[trip.clears],
            clear_hold_ms=milliseconds(trip.clear_hold_s),
            flow_past=_FLOW_PAST[trip.passed_by],
        )
        for witness in trip.confirmed_by:
            yield self._doubt(trip, witness)
        for condition in trip.all[1:]:
            yield self._entry(layout.CONDITION, "", **self.limit(condition))
        if first.also:
            others = [self._numbers[name] for name in first.also] + [layout.NONE]
            yield self._entry(
                layout.AGREE,
                "",
                second=others[0],
                third=others[1],
                agree=scaled(trip.agree or 0, self._points[first.point].quantity),
                agree_ms=milliseconds(trip.agree_s),
            )

    def rule_7(self, gate: Gate) -> Iterator[bytes]:
        """A spring cannot stop on its way: what would cap such a gate closes it."""
        lost = gate.lost_opening_permille if gate.drive != "spring_return" else 0
        if gate.pond:
            cap = gate.pond.cap_permille if gate.pond.action == "cap" else None
            yield self._entry(
                layout.RESTRAINT,
                "",
                **self.limit(gate.pond.full),
                **_confirmed(gate.pond.confirm, gate.pond.lost_hold_s),
                cause=CAUSE_POND_FULL,
                permille=cap or 0,
                lost_permille=lost,
            )
        if gate.use:
            for quantity, limit in load_use(gate.use.profile).limits.items():
                if quantity not in gate.use.points:
                    continue
                row = Limit(
                    point=gate.use.points[quantity],
                    above=limit.above,
                    below=limit.below,
                    deadband=limit.deadband,
                )
                yield self._entry(
                    layout.RESTRAINT,
                    "",
                    **self.limit(row),
                    **_confirmed(gate.use.confirm, gate.use.lost_hold_s),
                    cause=CAUSE_USE,
                    permille=0,
                    lost_permille=0,  # water that nobody judges is not fit for any use
                )
        if gate.load:
            yield self._load(gate, lost)

    def _load(self, gate: Gate, lost: int) -> bytes:
        load = gate.load
        cold, winter = load.cold, load.winter
        months = sum(1 << (month - 1) for month in set(winter.months)) if winter else 0
        normal = load.max_m_d
        cold_m_d = cold.max_m_d if cold else normal
        winter_m_d = winter.max_m_d if winter else normal
        return self._entry(
            layout.LOAD,
            packed_rating(load),
            point=self._numbers[load.stage],
            by_opening=int(load.weir is None and load.table_of == "gate"),
            datum=load.crest_mm,
            day_dal=day_dal(load.area_m2, normal),
            peak_cl=peak_cl(load.area_m2, normal, load.peak_permille),
            cold_day_dal=day_dal(load.area_m2, cold_m_d),
            cold_peak_cl=peak_cl(load.area_m2, cold_m_d, load.peak_permille),
            cold_point=self._numbers[cold.point] if cold else layout.NONE,
            cold_below=scaled(cold.below, "temperature_c") if cold else 0,
            winter_day_dal=day_dal(load.area_m2, winter_m_d),
            winter_peak_cl=peak_cl(load.area_m2, winter_m_d, load.peak_permille),
            winter_months=months,
            deadband_permille=load.deadband_permille,
            lost_permille=lost,
            settle_ms=milliseconds(load.settle_s),
        )

    def derived(self, station: Station, max_age_ms: int | None) -> Iterator[bytes]:
        gates = list(station.gates)
        for name, point in self._points.items():
            if point.derived is None:
                continue
            fields = {"second": layout.NONE, "third": layout.NONE, "num": 1, "den": 1}
            if name in station.derived:
                fields |= self._sources(station.derived[name])
            else:
                owner = next(
                    gate
                    for gate, each in station.gates.items()
                    if each.load and name in (each.load.flow, each.load.volume)
                )
                fields["first"] = gates.index(owner)
            yield self._entry(
                layout.DERIVED,
                name,
                kind=layout.DERIVED_NAMES[point.derived],
                quantity=QUANTITIES[point.quantity][0],
                max_age_ms=point.max_age_ms if max_age_ms is None else max_age_ms,
                **fields,
            )

    def _sources(self, derived: DerivedPoint) -> dict[str, int]:
        sources = zip(("first", "second", "third"), sources_of(derived), strict=False)
        fields = {key: self._numbers[name] for key, name in sources}
        if kind_of(derived) == "ec25":
            fields["num"] = int(derived.alpha_per_c * 10_000)
        elif kind_of(derived) == "tds":
            ratio = (derived.factor * 1).as_integer_ratio()
            fields["num"], fields["den"] = ratio
        return fields


def _confirmed(confirm: Confirm, lost_hold_s: Decimal) -> dict[str, int]:
    return {
        "polls": confirm.polls,
        "of": confirm.of,
        "delay_ms": milliseconds(confirm.delay_s),
        "lost_hold_ms": milliseconds(lost_hold_s),
    }
