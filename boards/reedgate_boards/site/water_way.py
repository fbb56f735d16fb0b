"""In every combination of demands one way for the water stays open: tried one by one."""

from itertools import product

from reedgate_boards.site.schema_gate import Gate


def without_a_way(inlet: Gate, bypass: Gate) -> tuple[str, str, str] | None:
    """The first combination of demands that leaves inlet and bypass both closed, else None.

    Every demand of the inlet (automatic, trip, each flood) meets every demand of the bypass (its
    inlet's, each flood of its own), from either resting state, with and without power.
    """
    inlet_demands = {"automatic": "hold", "trip": "closed"}
    inlet_demands |= {f"flood {flood.name}": flood.position for flood in inlet.flood}
    bypass_demands = {"follows": None}
    bypass_demands |= {f"flood {flood.name}": flood.position for flood in bypass.flood}
    resting = (("open", "closed"), ("closed", "open"))
    for demand, own, rest, powered in product(
        inlet_demands, bypass_demands, resting, (True, False)
    ):
        first = _moved(inlet_demands[demand], rest[0])
        follows = "open" if first == "closed" else "hold"
        second = _moved(bypass_demands[own] or follows, rest[1])
        if not powered:
            battery = "closed" if inlet.on_power_loss == "closes_battery" else first
            first, second = inlet.spring or battery, bypass.spring or second
        if first == second == "closed":
            return demand, own, "on" if powered else "off"
    return None


def _moved(demand: str, rest: str) -> str:
    return rest if demand == "hold" else demand
