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
_MOST_THEMES = (0, 1, 1, 2, 3)
_BAD = (("turbidity_ntu", 60.0), ("do_mg_l", 0.7), ("conductivity_us_cm", 4000.0))

Drawn = Sequence[Entry]


def draw_law(chance: Random, drawn: Drawn, end_s: float) -> list[Entry]:
    """What comes to the entries drawn so far."""
    names = chance.sample(list(_THEMES), k=chance.choice(_MOST_THEMES))
    found = [Entry(0.0, "site", {"terminals.healthy": "RELAY_5"})]
    spring = any("gates.main.spring" in each.details for each in drawn)
    for name in names:
        changes, events = _THEMES[name]
        if spring and name in _MOTORS_ONLY:
            continue
        found.append(Entry(0.0, "site", changes))
        for _ in range(chance.randint(1, 3)):
            found += events(chance, round(chance.uniform(8.0, end_s - 45.0), 3), end_s)
    return found


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


_MOTORS_ONLY = ("hands", "mains")
# name: (what the site has for it, what draws its events)
_THEMES: dict[str, tuple[dict[str, Any], Callable[[Random, float, float], list[Entry]]]] = {
    "contacts": (
        {
            "gates.main.terminals.emergency_close": "DI_8",
            "gates.main.terminals.upstream_alarm": "DI_14",
        },
        _contacts,
    ),
    "hands": (
        {
            "gates.main.terminals.local": "DI_4",
            "gates.main.terminals.local_open": "DI_5",
            "gates.main.terminals.local_close": "DI_6",
        },
        _hands,
    ),
    "mains": (
        {"terminals.mains_ok": "DI_10", "gates.main.on_power_loss": "closes_battery"},
        _mains,
    ),
    "orders": ({}, _orders),
}
