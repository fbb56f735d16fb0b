"""Draws random schedules. What there is to go wrong is read where it lives, never listed here."""

from collections.abc import Callable
from dataclasses import fields
from random import Random
from typing import Any

from reedgate_sim.campaign.draw_law import draw_law
from reedgate_sim.campaign.schedule import Entry, Schedule
from reedgate_sim.sealed import MODES
from reedgate_sim.world.faults import KINDS as BUS_FAULTS
from reedgate_sim.world.leaf import GATE_FAULTS, GateFault
from reedgate_sim.world.scenario_file import INPUTS

_SENSORS = ("turbidity", "oxygen", "conductivity", "level")
_TELLS_ERRORS = ("turbidity", "conductivity")  # of the desk's probes
_WRAP_MS = 1 << 30
_LEAST_S, _MOST_S = 150.0, 280.0
_UNPLUGGED = 0.15
_MOST_HANGS = 3  # a fourth may mean safe mode, of which the oracle knows nothing
# what: (clean, beyond a limit, close to it from inside, close to it from outside)
_WATER = {
    "turbidity_ntu": (3.0, 60.0, 9.0, 10.6),
    "do_mg_l": (6.3, 0.7, 2.3, 1.7),
    "conductivity_us_cm": (1185.0, 4000.0, 2450.0, 2530.0),
    "temperature_c": (18.0, 3.0, 35.0, 0.5),
    "stage_mm": (1200.0, 2600.0, 2320.0, 2400.0),
}
# what a register may be made to hold; the last one is true and bad for one of the limits
_GATE_DETAILS = {"permille": (None, 20, 500, 900), "late_us": (150_000, 900_000, 4_000_000)}
_AMOUNTS = (1.0, 20.0, -5.0, 300.0)
_HELD = (float("nan"), float("inf"), float("-inf"), -9999.0, 7999.0, 1e12, 0.0, 50.0)


def draw(seed: int) -> Schedule:
    """The schedule of a seed."""
    chance = Random(f"campaign/{seed}")
    entries = [*_site(chance), *_start(chance)]
    slow = 2.0 if any(each.details.get("buses.field.poll_s", 0) > 2 for each in entries) else 1.0
    end_s = round(chance.uniform(_LEAST_S, _MOST_S) * slow, 1)
    kinds = list(_EVENTS)
    weights = [_EVENTS[kind][0] for kind in kinds]
    for kind in chance.choices(kinds, weights, k=chance.randint(3, 9)):
        at_s = round(chance.uniform(2.0, end_s - 40.0), 3)
        entries += _EVENTS[kind][1](chance, at_s, end_s)
    for one_too_many in [each for each in entries if each.kind == "hang"][_MOST_HANGS:]:
        entries.remove(one_too_many)
    more, end_s = draw_law(Random(f"campaign/law/{seed}"), entries, end_s)
    entries += more
    entries += _unplugged(Random(f"campaign/unplugged/{seed}"), end_s)
    entries.append(Entry(end_s, "end", {}))
    return Schedule(seed, tuple(sorted(entries, key=lambda each: each.at_s)))


def _for_s(chance: Random, at_s: float, end_s: float) -> float:
    """Mostly long enough to act and short enough to pass, sometimes to the end."""
    longest = end_s - at_s
    for_s = longest if chance.random() < 0.12 else chance.choice((6, 25, 60)) * chance.random()
    return round(max(0.3, min(for_s, longest)), 3)


def _site(chance: Random) -> list[Entry]:
    themes = chance.sample(list(_THEMES), k=chance.choice((0, 1, 2, 3, 5)))
    for first, second in _AT_ODDS:
        if first in themes and second in themes:
            themes.remove(second)
    return [Entry(0.0, "site", _THEMES[theme](chance)) for theme in themes]


def _polls(chance: Random) -> dict[str, Any]:
    poll_s = chance.choice((0.5, 1, 2))
    return _paced(chance, poll_s)


def _slow_polls(chance: Random) -> dict[str, Any]:
    return _paced(chance, chance.choice((3, 5)))


def _paced(chance: Random, poll_s: float) -> dict[str, Any]:
    changes: dict[str, Any] = {"buses.field.poll_s": poll_s}
    for sensor in _SENSORS:
        max_age_s = round(poll_s * chance.choice((2, 3, 5)), 3)
        changes[f"sensors.{sensor}.max_age_s"] = max_age_s
    changes["start_grace_s"] = round(5 * poll_s + 2, 3)
    return changes


def _confirm(chance: Random) -> dict[str, Any]:
    changes = {}
    for trip in ("turbid", "saline", "airless"):
        of = chance.randint(1, 5)
        polls = chance.randint(1, of)
        delay_s = chance.choice((0, 0, 2, 5, 8))
        changes[f"gates.main.trips.{trip}.confirm"] = {
            "polls": polls,
            "of": of,
            "delay_s": delay_s,
        }
        changes[f"gates.main.trips.{trip}.lost_hold_s"] = chance.choice((0, 2, 5, 10))
    return changes


def _clearing(chance: Random) -> dict[str, Any]:
    changes = {}
    for trip in ("turbid", "saline", "airless"):
        clears = chance.choice(("hold_then_clear", "hold_then_clear", "reset_only"))
        changes[f"gates.main.trips.{trip}.clears"] = clears
        hold_s = None if clears == "reset_only" else chance.choice((2, 10, 20))
        changes[f"gates.main.trips.{trip}.clear_hold_s"] = hold_s
    return changes


def _reopening(chance: Random) -> dict[str, Any]:
    return {
        "gates.main.reopen_hold_s": chance.choice((1, 5, 10, 20)),
        "gates.main.openings_per_hour": chance.choice((1, 2, 12)),
        "gates.main.min_closed_s": chance.choice((0, 5, 25)),
    }


def _flood(chance: Random) -> dict[str, Any]:
    return {
        "gates.main.flood.0.flood_clear_s": chance.choice((5, 20, 40)),
        "gates.main.flood.0.any.1.debounce_ms": chance.choice((0, 500, 2000, 4000)),
        "gates.main.flood.0.stage_lost": chance.choice(("contact", "flood")),
    }


def _drive(chance: Random) -> dict[str, Any]:
    travel_s = chance.choice((2, 5, 8, 15))
    return {
        "gates.main.travel_s": travel_s,
        "gates.main.travel_timeout_s": travel_s + chance.choice((1, 3)),
        "gates.main.reverse_dead_ms": chance.choice((0, 300, 500, 1500)),
        "gates.main.backoff_ms": chance.choice((500, 1500, 3000)),
        "gates.main.retries": chance.choice((0, 1, 2)),
    }


def _spring_inlet(_: Random) -> dict[str, Any]:
    return {
        "gates.main.drive": "spring_return",
        "gates.main.spring": "closed",
        "gates.main.terminals": {"open": None, "close": None, "at_open": None, "out": "RELAY_1"},
        "gates.main.on_power_loss": "closes_spring",
        "gates.main.fixed_way": "an overflow weir",
        "gates.main.reverse_dead_ms": None,
        "gates.main.backoff_ms": None,
        "gates.main.retries": None,
    }


def _motor_bypass(chance: Random) -> dict[str, Any]:
    return {
        "gates.around.drive": "two_relay",
        "gates.around.spring": None,
        "gates.around.terminals": {
            "out": None,
            "open": "RELAY_3",
            "close": "RELAY_4",
            "at_open": "DI_12",
            "at_closed": "DI_13",
        },
        "gates.around.reverse_dead_ms": chance.choice((200, 800)),
        "gates.around.retries": chance.choice((0, 2)),
        "gates.around.backoff_ms": 1000,
        "gates.main.fixed_way": "an overflow weir",
    }


def _scan(chance: Random) -> dict[str, Any]:
    return {"scan_ms": chance.choice((100, 250, 400, 500))}


def _record(chance: Random) -> dict[str, Any]:
    return {"uplink.record_s": chance.choice((1, 5)), "uplink.live_s": chance.choice((0.5, 5))}


_THEMES: dict[str, Callable[[Random], dict[str, Any]]] = {
    "polls": _polls,
    "slow polls": _slow_polls,
    "confirm": _confirm,
    "clearing": _clearing,
    "reopening": _reopening,
    "flood": _flood,
    "drive": _drive,
    "spring inlet": _spring_inlet,
    "motor bypass": _motor_bypass,
    "scan": _scan,
    "record": _record,
}


_AT_ODDS = (("spring inlet", "drive"), ("slow polls", "polls"))


def _start(chance: Random) -> list[Entry]:
    details: dict[str, Any] = {}
    if chance.random() < 0.3:
        details["first_tick_ms"] = chance.choice((_WRAP_MS // 2, _WRAP_MS)) - chance.randint(
            0, 150_000
        )
    if chance.random() < 0.2:
        details["inlet"] = "closed"
    if chance.random() < 0.15:  # room for a few files; the journal has to take from its front
        details["blocks"] = chance.choice((24, 32, 48))
    if chance.random() < 0.3:
        details["stage_mm"] = _WATER["stage_mm"][0]
    return [Entry(0.0, "start", details)] if details else []


def _water(chance: Random, at_s: float, end_s: float) -> list[Entry]:
    what = chance.choice(list(_WATER))
    _, *levels = _WATER[what]
    to = chance.choice((levels[0], levels[0], *levels))
    row = {"what": what, "to": to, "rise_s": chance.choice((0.0, 0.0, 3.0, 30.0))}
    spike = chance.random() < 0.2
    longest = chance.uniform(0.3, 3.0) if spike else chance.uniform(10.0, 70.0)
    for_s = round(min(longest, end_s - at_s), 3)
    return [Entry(at_s, "water", row | {"for_s": for_s})]


def _bus(chance: Random, at_s: float, end_s: float) -> list[Entry]:
    """One fault, or one that comes and goes."""
    kind = chance.choice(BUS_FAULTS)
    able = _TELLS_ERRORS if kind == "error" else _SENSORS
    row: dict[str, Any] = {"sensor": chance.choice(able), "fault": kind}
    # each kind takes what it knows of these
    row["value"] = chance.choice(_HELD if kind == "value" else _AMOUNTS)
    row["delay_ms"] = chance.choice((5.0, 30.0, 150.0, 310.0, 450.0, 900.0))
    row["count"] = chance.randint(1, 12)
    row["code"] = chance.randint(1, 11)
    if chance.random() < 0.25:
        spans = [(at_s + 4 * n, chance.uniform(0.5, 3.5)) for n in range(chance.randint(3, 9))]
        spans = [(begin, for_s) for begin, for_s in spans if begin + for_s < end_s]
    else:
        spans = [(at_s, _for_s(chance, at_s, end_s))]
    found = [Entry(round(begin, 3), "bus", row | {"for_s": round(x, 3)}) for begin, x in spans]
    if chance.random() < 0.3:  # while a probe fails, the water turns bad
        lasts_s = round(min(chance.uniform(5, 60), end_s - at_s), 3)
        found.append(_demand(chance, at_s, lasts_s))
    return found


def _unplugged(chance: Random, end_s: float) -> list[Entry]:
    """At times a probe's cable is out for longer than any limit waits.

    From a chance of its own, so that the other schedules stay as they were.
    """
    if chance.random() > _UNPLUGGED:
        return []
    at_s = round(chance.uniform(10.0, end_s - 70.0), 3)
    for_s = round(chance.uniform(40.0, min(100.0, end_s - at_s)), 3)
    row = {"sensor": chance.choice(_SENSORS), "fault": "dead", "for_s": for_s}
    return [Entry(at_s, "bus", row)]


def _gate(chance: Random, at_s: float, end_s: float) -> list[Entry]:
    """A fault, and mostly something that makes the gate move while it lasts."""
    gate = "main" if chance.random() < 0.7 else "around"
    for_s = max(_for_s(chance, at_s, end_s), min(chance.uniform(5, 90), end_s - at_s))
    row = {"gate": gate, "fault": chance.choice(GATE_FAULTS), "for_s": round(for_s, 3)}
    for field in fields(GateFault):  # what it takes beside its kind and its time
        if field.name in _GATE_DETAILS:
            row[field.name] = chance.choice(_GATE_DETAILS[field.name])
    found = [Entry(at_s, "gate", row)]
    if chance.random() < 0.8:
        soon_s = round(min(at_s + chance.uniform(-3, 10), end_s - 1), 3)
        lasts_s = round(min(for_s + chance.uniform(-5, 20), end_s - soon_s), 3)
        found.append(_demand(chance, max(soon_s, 0.5), max(lasts_s, 0.3)))
    return found


def _demand(chance: Random, at_s: float, for_s: float) -> Entry:
    """What a gate has to move for."""
    if chance.random() < 0.25:
        return Entry(at_s, "contact", {"input": "flood", "for_s": for_s})
    what = chance.choice(("turbidity_ntu", "do_mg_l", "conductivity_us_cm"))
    row = {"what": what, "to": _WATER[what][1], "rise_s": 0.0}
    return Entry(at_s, "water", row | {"for_s": for_s})


def _contact(chance: Random, at_s: float, end_s: float) -> list[Entry]:
    name = chance.choice(INPUTS)
    short = name == "reset" or chance.random() < 0.3
    longest = chance.uniform(0.05, 3.0) if short else chance.uniform(4.0, 40.0)
    for_s = round(min(longest, end_s - at_s), 3)
    found = [Entry(at_s, "contact", {"input": name, "for_s": for_s})]
    if name == "estop" and chance.random() < 0.5:  # it is pressed because something moves
        early_s = max(round(at_s - chance.uniform(0, 12), 3), 0.5)
        found.append(_demand(chance, early_s, round(min(40.0, end_s - early_s), 3)))
    if name != "reset" and chance.random() < 0.6:  # somebody comes and resets
        again_s = round(min(at_s + for_s + chance.uniform(-1.0, 15.0), end_s - 1), 3)
        found.append(Entry(max(again_s, 0.5), "contact", {"input": "reset", "for_s": 1.0}))
    return found


def _broker(chance: Random, at_s: float, end_s: float) -> list[Entry]:
    mode = chance.choice([each for each in MODES if each != "ok"])
    return [Entry(at_s, "broker", {"mode": mode, "for_s": _for_s(chance, at_s, end_s)})]


def _drop(_: Random, at_s: float, __: float) -> list[Entry]:
    return [Entry(at_s, "drop", {})]


def _gateway(chance: Random, at_s: float, end_s: float) -> list[Entry]:
    return [Entry(at_s, "gateway", {"for_s": _for_s(chance, at_s, end_s)})]


def _power(chance: Random, at_s: float, end_s: float) -> list[Entry]:
    """One cut, or a brown-out: several starts that do not get far."""
    times = chance.choice((1, 1, 2, 4, 8))
    found = []
    for _ in range(times):
        off_s = round(chance.choice((0.01, 0.3, 2.0, 10.0)), 3)
        found.append(Entry(round(at_s, 3), "power", {"off_s": off_s}))
        at_s += off_s + chance.uniform(0.02, 1.5)
        if at_s > end_s - 30:
            break
    return found


def _cut(chance: Random, at_s: float, _: float) -> list[Entry]:
    row = {"operation": chance.randint(1, 20), "torn": chance.random() < 0.5}
    return [Entry(at_s, "cut", row | {"off_s": chance.choice((0.3, 3.0))})]


def _hang(_: Random, at_s: float, __: float) -> list[Entry]:
    return [Entry(at_s, "hang", {})]


COMMANDS = ("forged", "replayed", "late", "other boot", "unknown topic", "noise")


def _command(chance: Random, at_s: float, _: float) -> list[Entry]:
    return [Entry(at_s, "command", {"form": chance.choice(COMMANDS)})]


# kind: (how often, what draws it)
_EVENTS: dict[str, tuple[int, Callable[[Random, float, float], list[Entry]]]] = {
    "water": (12, _water),
    "bus": (6, _bus),
    "gate": (4, _gate),
    "contact": (7, _contact),
    "broker": (3, _broker),
    "drop": (1, _drop),
    "gateway": (2, _gateway),
    "power": (3, _power),
    "cut": (3, _cut),
    "hang": (1, _hang),
    "command": (1, _command),
}
