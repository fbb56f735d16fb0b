"""In every combination of demands one way for the water stays open: tried one by one."""

from itertools import product

from reedgate_boards.site.schema_gate import Gate

_RESTING = (("open", "closed"), ("closed", "open"))

Demand = tuple[str, str | None]  # who rules, and the position; None: as its inlet


def without_a_way(inlet: Gate, bypass: Gate) -> tuple[str, str, str] | None:
    """The first combination that leaves inlet and bypass both closed, else None.

    Every set of causes that can stand together at the inlet (each trip or lost measurement, rule
    7, each flood) and at the bypass (each flood of its own) is put to the law's order, from either
    resting state, with and without power. Gives who rules the inlet, who rules the bypass, and
    whether the power is on.
    """
    for (demand, wanted), (own, own_position), rest, powered in product(
        _inlet_demands(inlet), _bypass_demands(bypass), _RESTING, (True, False)
    ):
        first = _moved(wanted, rest[0])
        follows = "open" if first == "closed" else "hold"
        second = _moved(own_position or follows, rest[1])
        if not powered:
            battery = "closed" if inlet.on_power_loss == "closes_battery" else first
            first, second = inlet.spring or battery, bypass.spring or second
        if first == second == "closed":
            return demand, own, "on" if powered else "off"
    return None


def _inlet_demands(inlet: Gate) -> list[Demand]:
    """What the law's order makes of each set of causes, each outcome once."""
    floods = [(f"flood {flood.name}", flood.position) for flood in inlet.flood]
    trips = [("trip", "closed") for _ in inlet.trips or ("any",)]
    others = [("rule 7", "closed")] if inlet.pond or inlet.use or inlet.load else []
    return _first_of([*floods, *trips, *others], ("automatic", "hold"))


def _bypass_demands(bypass: Gate) -> list[Demand]:
    floods = [(f"flood {flood.name}", flood.position) for flood in bypass.flood]
    return _first_of(floods, ("follows", None))


def _first_of(causes: list[Demand], otherwise: Demand) -> list[Demand]:
    """What every set of causes comes to, each outcome once: the first cause in it rules, so it is
    one of the causes, or none. The simplest set is told first.
    """
    return list(dict.fromkeys((otherwise, *reversed(causes))))


def _moved(demand: str, rest: str) -> str:
    return rest if demand == "hold" else demand
