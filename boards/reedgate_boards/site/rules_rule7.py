"""Rules of rule 7 (pond, use, load), of reckoned points and of probes that wipe themselves."""

from itertools import pairwise

from reedgate_boards.site.compile_law import day_dal, peak_cl
from reedgate_boards.site.context import StationContext
from reedgate_boards.site.points import kind_of, sources_of
from reedgate_boards.site.rating import rating_rows
from reedgate_boards.site.rules_limit import check_confirm, check_limit, tell_unknown_point
from reedgate_boards.site.schema_gate import Gate
from reedgate_boards.site.schema_rule7 import Load, Weir
from reedgate_boards.site.source import KeyPath
from reedgate_boards.site.use_profiles import load_use, use_names

_SMALL_INT = 2**30
_MOST_CL = 1_700_000  # 17 m3/s: a minute of it is still a small int of mL


def check_rule_7(context: StationContext) -> None:
    _check_derived(context)
    _check_wipes(context)
    for gate_id, gate in context.station.gates.items():
        path = context.path("gates", gate_id)
        _check_pond(context, gate, path)
        _check_use(context, gate, path)
        if gate.load:
            _check_load(context, gate, gate.load, (*path, "load"))


def _check_pond(context: StationContext, gate: Gate, path: KeyPath) -> None:
    if gate.pond is None:
        return
    check_limit(context, gate.pond.full, (*path, "pond", "full"))
    check_confirm(context, gate.pond.confirm, (*path, "pond", "confirm"))
    caps = gate.pond.action == "cap"
    if caps != (gate.pond.cap_permille is not None):
        context.findings.error(
            (*path, "pond", "cap_permille"),
            'belongs to action = "cap", and only to it. Say how far the gate may then be open, or '
            "remove it.",
        )
    if caps and gate.drive == "spring_return":
        _tell_spring(context, (*path, "pond", "action"))


def _tell_spring(context: StationContext, path: KeyPath) -> None:
    context.findings.error(
        path,
        "a spring_return drive cannot stop on its way: it has no part opening. Fit a two_relay "
        'drive, or let a full pond close the gate (action = "close").',
    )


def _check_use(context: StationContext, gate: Gate, path: KeyPath) -> None:
    if gate.use is None:
        return
    path = (*path, "use")
    check_confirm(context, gate.use.confirm, (*path, "confirm"))
    if gate.use.profile not in use_names():
        context.findings.error(
            (*path, "profile"),
            "no such use profile. Known are: {known}.",
            known=", ".join(use_names()),
        )
        return
    limits = load_use(gate.use.profile).limits
    for quantity, name in gate.use.points.items():
        place = (*path, "points", quantity)
        if quantity not in limits:
            context.findings.error(
                place,
                "{profile} sets no limit for this. It limits: {known}.",
                profile=gate.use.profile,
                known=", ".join(limits),
            )
        elif _is_point(context, name, place):
            _check_quantity(context, name, quantity, place)
    for quantity in limits:
        if quantity not in gate.use.points:
            context.findings.warning(
                (*path, "points"),
                "{profile} limits {quantity} too, and no point is named for it: nobody judges it.",
                profile=gate.use.profile,
                quantity=quantity,
            )


def _is_point(context: StationContext, name: str, path: KeyPath) -> bool:
    if name in context.point_names():
        return True
    tell_unknown_point(context, name, path)
    return False


def _check_quantity(context: StationContext, name: str, quantity: str, path: KeyPath) -> None:
    if name in context.points and context.points[name].quantity != quantity:
        context.findings.error(
            path,
            "is {own}, and {wanted} is needed here. Name another point.",
            own=context.points[name].quantity,
            wanted=quantity,
        )


def _check_load(context: StationContext, gate: Gate, load: Load, path: KeyPath) -> None:
    if gate.drive == "spring_return":
        _tell_spring(context, path)
    if _is_point(context, load.stage, (*path, "stage")):
        _check_quantity(context, load.stage, "depth_mm", (*path, "stage"))
    if load.cold and _is_point(context, load.cold.point, (*path, "cold", "point")):
        _check_quantity(context, load.cold.point, "temperature_c", (*path, "cold", "point"))
        if load.cold.below.scaleb(2) % 1:
            context.findings.error(
                (*path, "cold", "below"),
                "has more decimals than a station carries ({decimals}). Round it.",
                decimals=2,
            )
    for key, part in (("cold", load.cold), ("winter", load.winter)):
        if part and part.max_m_d > load.max_m_d:
            context.findings.error(
                (*path, key, "max_m_d"),
                "is more than max_m_d ({most}): this one never binds. Lower it.",
                most=load.max_m_d,
            )
    _check_size(context, load, path)
    if (load.weir is None) == (load.table is None):
        context.findings.error(path, "must have either a `weir` or a `table`.")
    elif load.weir:
        _check_weir(context, load.weir, (*path, "weir"))
        _check_rows(context, load, (*path, "weir"))
    elif _is_table(context, load, (*path, "table")):
        _check_rows(context, load, (*path, "table"))
    _check_names(context, load, path)


def _check_size(context: StationContext, load: Load, path: KeyPath) -> None:
    least = min(each.max_m_d for each in (load, load.cold, load.winter) if each)
    most = max(
        day_dal(load.area_m2, load.max_m_d),
        peak_cl(load.area_m2, load.max_m_d, load.peak_permille),
    )
    if day_dal(load.area_m2, least) < 1 or most >= _SMALL_INT:
        context.findings.error(
            (*path, "area_m2"), "gives a load that a station cannot reckon with. Check the units."
        )


def _check_weir(context: StationContext, weir: Weir, path: KeyPath) -> None:
    wanted, other = ("width_mm", "angle_deg")
    if weir.kind == "v_notch":
        wanted, other = other, wanted
    if getattr(weir, wanted) is None and not context.validated.was_removed((*path, wanted)):
        context.findings.error((*path, wanted), "is missing: this kind of weir has it.")
    if getattr(weir, other) is not None:
        context.findings.error((*path, other), "belongs to the other kind of weir. Remove it.")


def _is_table(context: StationContext, load: Load, path: KeyPath) -> bool:
    for number, row in enumerate(load.table or []):
        whole = len(row) == 2 and row[0] % 1 == 0 and 0 <= row[0] <= 65_535 and row[1] >= 0
        if not whole or row[1].scaleb(2) % 1:
            context.findings.error(
                (*path, number),
                "must be a head in whole mm and a flow in L/s with at most two decimals.",
            )
            return False
    return True


def _check_rows(context: StationContext, load: Load, path: KeyPath) -> None:
    rows = rating_rows(load)
    for (head, flow), (next_head, next_flow) in pairwise(rows):
        if next_head <= head or next_flow < flow:
            context.findings.error(path, "must rise from row to row, heads and flows.")
            return
        if (next_flow - flow) * (next_head - head) >= _SMALL_INT:
            context.findings.error(
                path,
                "has two rows too far apart to reckon between ({low} and {high} mm). Add one.",
                low=head,
                high=next_head,
            )
            return
    if rows[-1][1] > _MOST_CL:
        context.findings.error(path, "gives more than the 17,000 L/s that a station carries.")


def _check_names(context: StationContext, load: Load, path: KeyPath) -> None:
    names = context.point_names()
    for kind in ("flow", "volume"):
        name = getattr(load, kind)
        if name and names.count(name) > 1:
            context.findings.error(
                (*path, kind), "another point has this name. Give each its own."
            )


def _check_derived(context: StationContext) -> None:
    names = context.point_names()
    known = [name for name in names if name not in context.station.derived]
    for name, derived in context.station.derived.items():
        path = context.path("derived", name)
        given = [derived.median_of, derived.ec25_of, derived.tds_of]
        if sum(each is not None for each in given) != 1:
            context.findings.error(path, "must have one of median_of, ec25_of and tds_of.")
            continue
        if names.count(name) > 1:
            context.findings.error(path, "another point has this name. Give each its own.")
        kind = kind_of(derived)
        for number, source in enumerate(sources_of(derived)):
            if source not in known:
                context.findings.error(
                    path,
                    "{source} is no point that stands before it. Known are: {known}.",
                    source=source,
                    known=", ".join(known) or "-",
                )
            elif kind != "median":
                wanted = _WANTED[kind][number]
                _check_quantity(context, source, wanted, path)
        if kind == "ec25" and derived.temperature is None:
            context.findings.error(
                (*path, "temperature"), "is missing: name the point of the water's temperature."
            )
        known.append(name)


_WANTED = {"ec25": ("conductivity_us_cm", "temperature_c"), "tds": ("ec25_us_cm",)}


def _check_wipes(context: StationContext) -> None:
    gates = context.station.gates.values()
    floods = {cause.point for gate in gates for flood in gate.flood for cause in flood.any}
    for sensor_id, sensor in context.station.sensors.items():
        if sensor.wipe_every_s is None:
            continue
        path = context.path("sensors", sensor_id, "wipe_every_s")
        profile = context.profiles.get(sensor.profile)
        if profile and profile.wipe is None:
            context.findings.error(
                path,
                "{profile} knows no request that makes its probe wipe itself. Remove the key.",
                profile=sensor.profile,
            )
        elif profile and profile.wipe.takes_ms > sensor.freeze_max_s * 1000:
            context.findings.error(
                context.path("sensors", sensor_id, "freeze_max_s"),
                "a wipe takes {takes} s: after this its readings count as lost. Raise it.",
                takes=profile.wipe.takes_ms / 1000,
            )
        if floods & set(sensor.points.values()):
            context.findings.error(
                path, "this probe tells of a flood, and a flood never waits. Remove the key."
            )
