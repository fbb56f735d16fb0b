"""Reaction budgets as people read them: what the site file promises of each limit. Pure."""

from dataclasses import dataclass

from reedgate_gateway.catalogue import Budget, Station
from reedgate_gateway.state import State
from reedgate_gateway.view.labels import duration, exact, gate_label, point_label
from reedgate_gateway.view.sentences import trip_on
from reedgate_gateway.view.site_view import Speaker


@dataclass(frozen=True)
class BudgetRow:
    gate: str
    limit: str
    clean: str  # every poll answered
    fault: str  # polls lost, the bus mute
    closed: str  # at its closed switch


def budget_rows(speaker: Speaker, state: State) -> list[BudgetRow]:
    return [
        _row(speaker, station, budget)
        for station in state.catalogue.stations.values()
        for budget in station.budgets
    ]


def _row(speaker: Speaker, station: Station, budget: Budget) -> BudgetRow:
    tr, gate = speaker.tr, station.gates[budget.gate]
    point = station.points[budget.point]
    found = trip_on(gate, budget.point)
    label = point_label(tr, station, point)
    if found is not None:
        label += f" {'>' if found[1].above else '<'} {exact(point, found[1].limit)}"
    times = (budget.to_relay_clean, budget.to_relay_fault, budget.to_closed)
    shown = [
        tr("{n} s", n=f"{ms / 1000:.1f}") if ms < 120_000 else duration(tr, ms) for ms in times
    ]
    return BudgetRow(gate_label(tr, station, gate), label, *shown)
