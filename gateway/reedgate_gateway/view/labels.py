"""Names that people read for the codes and quantities of the contract. No sentences here."""

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal

from reedgate_gateway.catalogue import Gate, Name, Point, Station

Translate = Callable[..., str]


def msg(text: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return text


QUANTITIES = {
    "turbidity_ntu": msg("Turbidity"),
    "do_mg_l": msg("Dissolved oxygen"),
    "do_saturation_pct": msg("Oxygen saturation"),
    "conductivity_us_cm": msg("Conductivity"),
    "temperature_c": msg("Water temperature"),
    "depth_mm": msg("Water level"),
    "ec25_us_cm": msg("Conductivity at 25 °C (derived)"),
    "tds_mg_l": msg("Dissolved solids (derived)"),
    "flow_lps": msg("Flow (derived)"),
    "volume_m3": msg("Total volume (derived)"),
}
SHORT_QUANTITIES = {  # where there is no room: the tags of the mimic
    "turbidity_ntu": msg("Turbidity"),
    "do_mg_l": msg("Oxygen"),
    "do_saturation_pct": msg("Saturation"),
    "conductivity_us_cm": msg("Conductivity"),
    "temperature_c": msg("Temp."),
    "depth_mm": msg("Level"),
    "ec25_us_cm": msg("EC25*"),
    "tds_mg_l": msg("TDS*"),
    "flow_lps": msg("Flow*"),
    "volume_m3": msg("Volume*"),
}
STATUSES = {
    "good": msg("Signal good"),
    "maintenance_required": msg("Maintenance required"),
    "out_of_specification": msg("Out of specification"),
    "function_check": msg("Function check"),
    "failure": msg("Failure"),
}
DETAILS = {
    "none": msg("no reason given"),
    "never_read": msg("never read"),
    "no_answer": msg("no answer"),
    "bad_frame": msg("damaged answer"),
    "exception": msg("refused by the instrument"),
    "not_a_number": msg("not a number"),
    "sentinel": msg("the instrument's error value"),
    "out_of_range": msg("outside the possible range"),
    "instrument_error": msg("error of the instrument"),
    "stale": msg("too old"),
    "warming_up": msg("warming up"),
    "not_asked": msg("dead, asked now and then"),
    "not_wet": msg("not known to be under water"),
    "flat_line": msg("the same digits for too long"),
    "rate_of_change": msg("changes faster than water does"),
    "spike": msg("stands out from its neighbours"),
    "over_span": msg("above what the probe can measure"),
    "suspect_too_long": msg("suspect for too long"),
}
RULES = {
    "start": msg("start-up"),
    "estop": msg("emergency stop"),
    "drive": msg("drive protection"),
    "local": msg("local operation"),
    "flood": msg("flood"),
    "quality": msg("water quality"),
    "unknown": msg("water unknown"),
    "pond": msg("pond and load"),
    "remote": msg("remote order"),
    "automatic": msg("automatic"),
}
TARGETS = {"hold": msg("stay"), "open": msg("open"), "closed": msg("closed")}
RESETS = {
    "power_on": msg("power on"),
    "hard": msg("hardware reset"),
    "watchdog": msg("watchdog"),
    "soft": msg("soft reset"),
    "unknown": msg("unknown reason"),
}
STREAMS = {"events": msg("events"), "readings": msg("readings")}
GAPS = {
    "no_space": msg("the station's memory was full"),
    "bit_rot": msg("the station's memory was damaged there"),
    "confirmed_elsewhere": msg("they were confirmed by a store that this gateway no longer has"),
}
REFUSALS = {
    "form": msg("its form is wrong"),
    "proof": msg("it is not sealed with the station's key"),
    "boot": msg("it was meant for another start"),
    "counter": msg("it was seen already"),
    "late": msg("it came too late"),
    "retained": msg("a broker had kept it"),
    "content": msg("what it says cannot be"),
    "ahead": msg("it would stand for too long"),
    "busy": msg("the station's memory had no room at that moment"),
    "hold": msg("an order may not stand for such a time"),
}
NOT_DONE = {  # why an alarm is neither acknowledged nor shelved
    "no_such_alarm": msg("no such alarm stands"),
    "priority_1": msg("one of priority 1 cannot be shelved from afar"),
    "too_long": msg("at most 12 h"),
}
NOT_SENT = {  # why an order does not even go to the station
    "unknown_gate": msg("the site file has no such station and gate"),
    "unknown_action": msg("there is no such order"),
    "no_key": msg("this gateway has no key of the station"),
    "not_connected": msg("nothing is heard of the station now"),
    "other_configuration": msg("the station runs a configuration without that gate"),
    "not_stored": msg("its audit line could not be written"),
}
ROLES = {
    "inlet": msg("Inlet gate"),
    "bypass": msg("Bypass gate"),
    "outlet": msg("Outlet gate"),
    "spill": msg("Spill gate"),
}

# How many decimals help a person; the store keeps all that the contract has.
_SHOWN_DECIMALS = {
    "turbidity_ntu": 1,
    "do_mg_l": 2,
    "do_saturation_pct": 0,
    "conductivity_us_cm": 0,
    "temperature_c": 1,
    "depth_mm": 0,
    "ec25_us_cm": 0,
    "tds_mg_l": 0,
    "flow_lps": 1,
    "volume_m3": 0,
}


def figure(point: Point, value: int | float) -> str:
    """A value of the point without its unit, rounded for people."""
    number = Decimal(value).scaleb(-point.decimals)
    step = Decimal(1).scaleb(-_SHOWN_DECIMALS[point.quantity])
    rounded = number.quantize(step, ROUND_HALF_EVEN)
    return f"{abs(rounded) if rounded.is_zero() else rounded:f}"


def with_unit(point: Point, value: int | float) -> str:
    return f"{figure(point, value)} {point.unit}"


def exact(point: Point, value: int) -> str:
    """A number of the site file (a limit) with its unit, as it was written there."""
    number = Decimal(value).scaleb(-point.decimals).normalize()
    return f"{number:f} {point.unit}"


def duration(tr: Translate, ms: int) -> str:
    """How long, to the second below two minutes, to the minute above two hours."""
    if ms < 10_000 and ms % 1000:
        return tr("{n} s", n=f"{ms / 1000:.1f}")
    seconds = round(ms / 1000)
    if seconds < 120:
        return tr("{n} s", n=seconds)
    minutes, rest = divmod(seconds, 60)
    if minutes < 120:
        return tr("{n} min", n=minutes) if not rest else tr("{n} min {s} s", n=minutes, s=rest)
    return tr("{h} h {n} min", h=minutes // 60, n=minutes % 60)


def left(tr: Translate, ms: int) -> str:
    """A time that still runs, in whole seconds: the last one shown is 1, not 0.4."""
    return duration(tr, -(-ms // 1000) * 1000)


def title(name: Name, language: str) -> str:
    return name.get(language) or name["en"]


def point_label(tr: Translate, station: Station, point: Point) -> str:
    """The quantity's name, with the point's own where another one has the same quantity."""
    label = tr(QUANTITIES[point.quantity])
    same = [other for other in station.points.values() if other.quantity == point.quantity]
    return label if len(same) == 1 else f"{label} {point.name}"


def inside(label: str) -> str:
    """A label within a sentence: without its capital, where the script has any."""
    return label[:1].lower() + label[1:]


def gate_label(tr: Translate, station: Station, gate: Gate) -> str:
    """The gate's role, with its id where another one has the same role."""
    label = tr(ROLES[gate.role])
    same = [other for other in station.gates.values() if other.role == gate.role]
    return label if len(same) == 1 else f"{label} {gate.name}"
