"""What a schedule has beside water, lines and supply: the people and contacts of the site.

Drawn from a chance of its own, and after all else: `draw` gives what it gave without it.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from reedgate_contract.envelope import UNTIL_RELEASED
from reedgate_sim.campaign.account import VALID
from reedgate_sim.campaign.schedule import Entry

FORMS = ("forged", "replayed", "late", "ahead", "other boot")  # of orders without effect
_WIPED_S = 390.0  # behind the first wipe, with what follows from it
_MOST_THEMES = (0, 1, 1, 2, 3)
_BAD = (("turbidity_ntu", 60.0), ("do_mg_l", 0.7), ("conductivity_us_cm", 4000.0))

Drawn = Sequence[Entry]


def draw_law(chance: Random, drawn: Drawn, end_s: float) -> tuple[list[Entry], float]:
    """What comes to the entries drawn so far, and when the run ends now."""
    names = chance.sample(list(_THEMES), k=chance.choice(_MOST_THEMES))
    found = [Entry(0.0, "site", {"terminals.healthy": "RELAY_5"})]
    spring = any("gates.main.spring" in each.details for each in drawn)
    if "wipes" in names:
        end_s = max(end_s, _WIPED_S)
    for name in names:
        changes, events, most = _THEMES[name]
        if spring and name in _MOTORS_ONLY:
            continue
        found.append(Entry(0.0, "site", changes(chance)))
        for _ in range(chance.randint(1, most)):
            found += events(chance, round(chance.uniform(8.0, end_s - 45.0), 3), end_s)
    return found, end_s


def _acts(chance: Random, name: str, at_s: float, longest_s: float, end_s: float) -> Entry:
    short = chance.random() < 0.15  # between two scans, perhaps
    for_s = chance.uniform(0.05, 0.6) if short else chance.uniform(1.0, longest_s)
    return Entry(at_s, "contact", {"input": name, "for_s": round(min(for_s, end_s - at_s), 3)})


def _reset(chance: Random, after_s: float, end_s: float) -> Entry:
    at_s = round(min(max(after_s + chance.uniform(-1.0, 20.0), 0.5), end_s - 1.5), 3)
    return Entry(at_s, "contact", {"input": "reset", "for_s": 1.0})


def _upset(chance: Random, at_s: float, end_s: float) -> Entry:
    what, to = chance.choice(_BAD)
    for_s = round(min(chance.uniform(20.0, 70.0), end_s - at_s), 3)
    return Entry(at_s, "water", {"what": what, "to": to, "rise_s": 0.0, "for_s": for_s})


def _contacts(chance: Random, at_s: float, end_s: float) -> list[Entry]:
    """Rule 5's, mostly with the reset after it, at times with what overrules it."""
    name = chance.choice(("emergency_close", "upstream_alarm"))
    acts = _acts(chance, name, at_s, 30.0, end_s)
    found = [acts]
    if chance.random() < 0.7:
        found.append(_reset(chance, at_s + acts.details["for_s"], end_s))
    if chance.random() < 0.35:
        other = chance.choice(("flood", "estop"))
        soon_s = round(max(at_s + chance.uniform(-8.0, 12.0), 0.5), 3)
        found.append(_acts(chance, other, soon_s, 25.0, end_s))
        if other == "estop":
            found.append(_reset(chance, soon_s + found[-1].details["for_s"], end_s))
    return found


def _hands(chance: Random, at_s: float, end_s: float) -> list[Entry]:
    """Somebody takes the gate, and holds a button or two; often while the water is bad."""
    for_s = round(min(chance.uniform(4.0, 45.0), end_s - at_s), 3)
    found = [Entry(at_s, "contact", {"input": "local", "for_s": for_s})]
    for _ in range(chance.randint(0, 4)):
        button = chance.choice(("local_open", "local_close"))
        press_s = round(at_s + chance.uniform(-2.0, for_s + 2.0), 3)
        found.append(_acts(chance, button, max(press_s, 0.5), 14.0, end_s))
    if chance.random() < 0.6:
        soon_s = round(max(at_s + chance.uniform(-20.0, for_s), 0.5), 3)
        found.append(
            _upset(chance, soon_s, end_s)
            if chance.random() < 0.6
            else _acts(chance, "flood", soon_s, 30.0, end_s)
        )
    return found


def _mains(chance: Random, at_s: float, end_s: float) -> list[Entry]:
    return [_acts(chance, "mains", at_s, 40.0, end_s)]


def _orders(chance: Random, at_s: float, end_s: float) -> list[Entry]:
    """A few for one gate, some of them without a right, at times while the water is bad."""
    found = []
    for _ in range(chance.randint(1, 5)):
        action = chance.choice(("open", "open", "close", "close", "release", "reset"))
        hold_s = chance.choice((3, 10, 30, 90)) if action in ("open", "close") else 0
        if action == "close" and chance.random() < 0.3:
            hold_s = UNTIL_RELEASED
        form = VALID if chance.random() < 0.6 else chance.choice(FORMS)
        row = {"gate": "main", "action": action, "hold_s": hold_s, "form": form}
        found.append(Entry(round(at_s, 3), "order", row))
        at_s = min(at_s + chance.uniform(0.1, 25.0), end_s - 1.0)
    if chance.random() < 0.3:
        soon_s = round(max(at_s + chance.uniform(-40.0, 0.0), 0.5), 3)
        found.append(_upset(chance, soon_s, end_s))
    return found


def _sewage_limits(chance: Random) -> dict[str, Any]:
    """A trip of two conditions at once, inside the limits of each probe's own trip."""
    conditions = [
        {"point": "do_mg_l", "below": 2.9, "deadband": 0.3},
        {"point": "conductivity_us_cm", "above": 1500, "deadband": 100},
    ]
    clears = chance.choice(("reset_only", "hold_then_clear"))
    trip = {
        "all": conditions,
        "confirm": {"polls": 2, "of": 3, "delay_s": chance.choice((0, 3))},
        "side": "upstream",
        "flow_past": "bypass",
        "clears": clears,
        "lost_hold_s": 5,
        "basis": {"site": "signature of untreated sewage"},
    }
    if clears == "hold_then_clear":
        trip["clear_hold_s"] = 10
    return {"gates.main.trips.raw_sewage": trip}


def _sewage(chance: Random, at_s: float, end_s: float) -> list[Entry]:
    """Both values, one a little after the other; at times one alone."""
    found = []
    for what, to in (("do_mg_l", 2.7), ("conductivity_us_cm", 1650.0)):
        begin_s = round(at_s + chance.uniform(0.0, 6.0), 3)
        for_s = round(min(chance.uniform(15.0, 60.0), end_s - begin_s), 3)
        row = {"what": what, "to": to, "rise_s": 0.0, "for_s": for_s}
        found.append(Entry(begin_s, "water", row))
    if chance.random() < 0.3:
        found.pop(chance.randrange(2))
    if chance.random() < 0.5:
        found.append(_reset(chance, at_s + 40.0, end_s))
    return found


def _quick(chance: Random) -> dict[str, Any]:
    """So that a gate closes and opens several times in a run."""
    only = chance.random() < 0.25
    return {
        "gates.main.travel_s": 2,
        "gates.main.travel_timeout_s": 4,
        "gates.main.reopen_hold_s": 1,
        "gates.main.min_closed_s": 0,
        "gates.main.openings_per_hour": 12,
        "gates.main.trips.turbid.confirm": {"polls": 1, "of": 1, "delay_s": 0},
        "gates.main.trips.turbid.lost_hold_s": 2,
        "gates.main.trips.turbid.clears": "reset_only" if only else "hold_then_clear",
        "gates.main.trips.turbid.clear_hold_s": None if only else 2,
    }


def _waves(chance: Random, _: float, end_s: float) -> list[Entry]:
    """One cause again and again; the third time somebody has to come."""
    found = []
    at_s = chance.uniform(12.0, 20.0)
    while at_s < end_s - 25.0 and len(found) < 5:
        row = {"what": "turbidity_ntu", "to": 60.0, "rise_s": 0.0, "for_s": 15.0}
        found.append(Entry(round(at_s, 3), "water", row))
        at_s += chance.uniform(30.0, 45.0)
    if chance.random() < 0.5:
        found.append(_reset(chance, chance.uniform(40.0, end_s - 20.0), end_s))
    return found


def _pond(_: Random) -> dict[str, Any]:
    full = {"point": "stage_mm", "above": 2100, "deadband": 50}
    return {"gates.main.pond": {"full": full, "lost_hold_s": 5}}


def _filled(chance: Random, at_s: float, end_s: float) -> list[Entry]:
    """Full, at times so full that the river's flood overrules it."""
    to = chance.choice((2200.0, 2200.0, 2250.0, 2600.0))
    for_s = round(min(chance.uniform(8.0, 180.0), end_s - at_s), 3)  # polls confirm it at last
    row = {"what": "stage_mm", "to": to, "rise_s": chance.choice((0.0, 10.0)), "for_s": for_s}
    return [Entry(at_s, "water", row)]


def _wipe(chance: Random) -> dict[str, Any]:
    return {
        "sensors.turbidity.wipe_every_s": 300,
        "sensors.turbidity.freeze_max_s": chance.choice((13, 20, 30)),
    }


def _wiped(chance: Random, _: float, end_s: float) -> list[Entry]:
    """What comes while the probe wipes itself: bad water, its silence, an opening that waits."""
    at_s = round(chance.uniform(285.0, 315.0), 3)
    for_s = round(min(chance.uniform(5.0, 50.0), end_s - at_s), 3)
    kind = chance.choice(("upset", "other", "dead", "nothing"))
    if kind == "dead":
        row = {"sensor": "turbidity", "fault": "dead", "for_s": for_s}
        return [Entry(at_s, "bus", row)]
    if kind == "nothing":
        return []
    what, to = _BAD[0] if kind == "upset" else _BAD[1]
    begin_s = at_s if kind == "upset" else round(at_s - 35.0, 3)
    return [Entry(begin_s, "water", {"what": what, "to": to, "rise_s": 0.0, "for_s": for_s})]


def _wired(**terminals: str) -> Callable[[Random], dict[str, Any]]:
    """Contacts of the inlet."""
    changes = {f"gates.main.terminals.{key}": name for key, name in terminals.items()}
    return lambda _: changes


def _on_battery(_: Random) -> dict[str, Any]:
    return {"terminals.mains_ok": "DI_10", "gates.main.on_power_loss": "closes_battery"}


def _as_it_is(_: Random) -> dict[str, Any]:
    return {}


_MOTORS_ONLY = ("hands", "mains")
# name: (what the site has for it, what draws its events, how often at most)
_Theme = tuple[
    Callable[[Random], dict[str, Any]], Callable[[Random, float, float], list[Entry]], int
]
_THEMES: dict[str, _Theme] = {
    "contacts": (_wired(emergency_close="DI_8", upstream_alarm="DI_14"), _contacts, 3),
    "hands": (_wired(local="DI_4", local_open="DI_5", local_close="DI_6"), _hands, 3),
    "mains": (_on_battery, _mains, 3),
    "orders": (_as_it_is, _orders, 3),
    "sewage": (_sewage_limits, _sewage, 3),
    "waves": (_quick, _waves, 1),
    "pond": (_pond, _filled, 3),
    "wipes": (_wipe, _wiped, 2),
}
