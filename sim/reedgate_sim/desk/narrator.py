"""Tells in the terminal what the plant does: calmly, a line for each thing that happens."""

from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from reedgate_boards.site.budgets import TripBudget
from reedgate_boards.site.schema_gate import Gate, Trip
from reedgate_contract.quantities import QUANTITIES
from reedgate_sim.desk.verdict import Verdict
from reedgate_sim.world.plant import Plant
from reedgate_sim.world.truth import GateTruth, Truth

_STATUS_US = 15_000_000  # between two lines when nothing happens


class Narrator:
    """Follows one inlet, its bypass and the first of its trips; feeds the verdict."""

    def __init__(
        self,
        plant: Plant,
        inlet: str,
        gate: Gate,
        trip: Trip,
        budget: TripBudget,
        quantity: str,
        tr: Callable[..., str],
        console: Console,
    ):
        self._plant, self._inlet, self._gate, self._trip = plant, inlet, gate, trip
        self.tr, self._console = tr, console
        self._unit = QUANTITIES[quantity][1]
        self._name = _name_of(quantity, tr)
        limit = trip.all[0]
        side = "above" if limit.above is not None else "below"
        self._point = limit.point
        self._beyond = plant.watch(limit.point, side, float(limit.limit))
        self._not_clear = plant.watch(limit.point, side, float(limit.clear_at))
        self.verdict = Verdict(budget, round(gate.travel_timeout_s * 1000))
        self._was_beyond = self._was_uneasy = False
        self._gates: dict[str, GateTruth] = {}
        self._told_us = -_STATUS_US

    def look(self) -> bool:
        """After each event of the run. Gives False: the run goes on."""
        truth = self._plant.truth()
        self.verdict.take(truth, self._inlet, self._gate.bypass, self._beyond.since_us)
        self._tell_water(truth)
        for name, gate in truth.gates.items():
            self._tell_gate(truth, name, gate, self._gates.get(name))
        self._gates = truth.gates
        if truth.now_us - self._told_us >= _STATUS_US:
            self._tell_status(truth)
        return False

    def _say(self, truth: Truth, text: str, style: str = "") -> None:
        self._told_us = truth.now_us
        line = Text(f"{truth.now_us / 1e6:7.1f} s  ", style="dim")
        line.append(text, style=style)
        self._console.print(line, soft_wrap=True)

    def _tell_water(self, truth: Truth) -> None:
        beyond = self._beyond.since_us is not None
        uneasy = self._not_clear.since_us is not None
        trip = self._trip
        if beyond and not self._was_beyond and self.verdict.relay_us is None:
            text = self.tr(
                "The water turns bad: {name} {value} {unit}, its limit is {limit}. "
                "Confirming: {polls} of {of} polls, {delay} s.",
                name=self._name,
                value=self._figure(truth),
                unit=self._unit,
                limit=trip.all[0].limit,
                polls=trip.confirm.polls,
                of=trip.confirm.of,
                delay=trip.confirm.delay_s,
            )
            self._say(truth, text, "yellow")
        if self._was_uneasy and not uneasy and self.verdict.relay_us is not None:
            text = self.tr(
                "The water is good again: {name} {value} {unit}, clear of the limit. "
                "It must stay so for {hold} s.",
                name=self._name,
                value=self._figure(truth),
                unit=self._unit,
                hold=max(trip.clear_hold_s, self._gate.reopen_hold_s),
            )
            self._say(truth, text, "green")
        self._was_beyond, self._was_uneasy = beyond, uneasy

    def _tell_gate(self, truth: Truth, name: str, now: GateTruth, was: GateTruth | None) -> None:
        if was is None:
            return
        if name == self._inlet:
            self._tell_inlet(truth, now, was)
        elif now.at_open and not was.at_open:
            self._say(truth, self.tr("The bypass is open: the water goes around."))
        elif was.at_open and not now.at_open:
            self._say(truth, self.tr("The bypass closes."))

    def _tell_inlet(self, truth: Truth, now: GateTruth, was: GateTruth) -> None:
        verdict = self.verdict
        if now.contacts["close"] and not was.contacts["close"]:
            text = self.tr(
                "Close relay on, {ms} ms after the register passed its limit "
                "(at most {budget} ms). The gate travels.",
                ms=verdict.relay_ms if verdict.relay_ms is not None else "?",
                budget=verdict.budget_ms,
            )
            self._say(truth, text, "bold")
        if now.contacts["open"] and not was.contacts["open"]:
            text = self.tr("Open relay on: the holds have passed. The gate travels.")
            self._say(truth, text, "bold")
        if now.at_closed and not was.at_closed:
            self._say(truth, self.tr("The gate is closed."), "bold red")
        if now.at_open and not was.at_open:
            self._say(truth, self.tr("The gate is open."), "bold green")

    def _tell_status(self, truth: Truth) -> None:
        gate = truth.gates[self._inlet]
        text = self.tr(
            "{name} {value} {unit}; the gate is {opening} % open and passes {flow} L/s.",
            name=self._name,
            value=self._figure(truth),
            unit=self._unit,
            opening=round(gate.opening_permille / 10),
            flow=round(gate.discharge_lps),
        )
        self._say(truth, text, "dim")

    def _figure(self, truth: Truth) -> str:
        return f"{truth.points[self._point]:.1f}"


def _name_of(quantity: str, tr: Callable[..., str]) -> str:
    """How people call a quantity."""
    names = {
        "turbidity_ntu": tr("turbidity"),
        "do_mg_l": tr("dissolved oxygen"),
        "conductivity_us_cm": tr("conductivity"),
        "temperature_c": tr("temperature"),
        "depth_mm": tr("level"),
    }
    return names.get(quantity, quantity)
