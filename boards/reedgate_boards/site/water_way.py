"""In every combination of demands one way for the water stays open: tried one by one."""

from collections.abc import Iterator
from itertools import product

from reedgate_boards.site.schema_gate import Flood, Gate

_RESTING = (("open", "closed"), ("closed", "open"))


def without_a_way(inlet: Gate, bypass: Gate) -> tuple[str, str, str] | None:
    """The first combination that leaves inlet and bypass both closed, else None.

    Every set of causes that can stand at the same time (each trip or lost measurement, rule 7,
    each flood; one flood of both gates with the same causes is one) is put to the law's order at
    both gates, from either resting state, with and without power. Gives who rules the inlet, who
    rules the bypass, and whether the power is on.
    """
    for standing in _combinations(inlet, bypass):
        for rest, powered in product(_RESTING, (True, False)):
            demand, wanted = _inlet_demand(inlet, standing)
            first = _moved(wanted, rest[0])
            own, wanted = _flood_demand(bypass, standing) or (
                "follows",
                "open" if first == "closed" else "hold",
            )
            second = _moved(wanted, rest[1])
            if not powered:
                first, second = inlet.spring or first, bypass.spring or second
            if first == second == "closed":
                return demand, own, "on" if powered else "off"
    return None


def _combinations(inlet: Gate, bypass: Gate) -> Iterator[frozenset[str]]:
    """Fewest causes first, so that what is told is the simplest."""
    floods = dict.fromkeys(_cause(flood) for gate in (inlet, bypass) for flood in gate.flood)
    causes = [*(f"trip {name}" for name in inlet.trips), *floods]
    if inlet.pond or inlet.use or inlet.load:
        causes.append("rule 7")
    if not inlet.trips:
        causes.insert(0, "trip")
    found = [
        frozenset(cause for cause, stands in zip(causes, each, strict=True) if stands)
        for each in product((False, True), repeat=len(causes))
    ]
    yield from sorted(found, key=len)


def _cause(flood: Flood) -> str:
    """Floods of two gates with the same points and contacts stand together."""
    return "flood " + repr(sorted(repr(cause) for cause in flood.any))


def _inlet_demand(inlet: Gate, standing: frozenset[str]) -> tuple[str, str]:
    flood = _flood_demand(inlet, standing)
    if flood:
        return flood
    trip = next((each for each in sorted(standing) if each.startswith("trip")), None)
    if trip:
        return trip, "closed"
    return ("rule 7", "closed") if "rule 7" in standing else ("automatic", "hold")


def _flood_demand(gate: Gate, standing: frozenset[str]) -> tuple[str, str] | None:
    """Of the first listed that stands."""
    for flood in gate.flood:
        if _cause(flood) in standing:
            return f"flood {flood.name}", flood.position
    return None


def _moved(demand: str, rest: str) -> str:
    return rest if demand == "hold" else demand
