"""When a reaction to a limit is not measured: the premises of the control law, by what was done.

Taken from the scenario's rows and the plant's registers, never from what the station says of
itself. What a scan or a poll can hide from the station counts for it.
"""

from typing import Any

from reedgate_boards.site.budgets import FloodBudget, total_ms
from reedgate_boards.site.fields import milliseconds
from reedgate_boards.site.points import station_points
from reedgate_sim.campaign.timeline import END_US, Span, touches
from reedgate_sim.scenario.play import Played
from reedgate_sim.world.scenario_file import Contact

_SEEN_US = 1_000_000  # until a scan has surely looked, and its debounce is over
_HORN_US = 31_000_000  # service lasts so long after the second press


def lives_of(played: Played) -> list[Span]:
    """From each start of the board to the cut or the reset that ended it."""
    ends = sorted([*played.cuts, *(at_us for at_us, _ in played.resets)])
    return [
        (start_us, next((each for each in ends if each > start_us), END_US))
        for start_us in played.starts
    ]


class Premises:
    """What may rule a gate before its quality trips do: rules 1 to 4, each by its name."""

    def __init__(self, played: Played, gate_id: str, floods: list[FloodBudget]):
        self._played = played
        self._rows = played.scenario.file.contact
        faults = [row for row in played.scenario.file.gate_fault if row.gate == gate_id]
        driven = [(played.scenario.us(row.from_s), END_US) for row in faults]
        self._spans = {
            "estop": self._until_reset("estop", gate_id),
            "drive": [*driven, *self._until_reset("torque", gate_id)],
            "local": [*self._local(gate_id), *self._service()],
            "flood": self._floods(gate_id, floods),
        }

    def missing(self, from_us: int, until_us: int) -> str:
        """The first rule that may have stood within a time; "" when all were quiet."""
        named = self._spans.items()
        return next((name for name, spans in named if touches(spans, from_us, until_us)), "")

    def _contacts(self, name: str, gate_id: str | None = None) -> list[Contact]:
        return [row for row in self._rows if row.input == name and row.gate in (None, gate_id)]

    def _span(self, row: Any) -> Span:
        us = self._played.scenario.us
        return us(row.from_s), END_US if row.until_s is None else us(row.until_s)

    def _until_reset(self, name: str, gate_id: str) -> list[Span]:
        """They latch: until the panel's reset after the release."""
        resets = sorted(self._span(row)[0] for row in self._contacts("reset"))
        found = []
        for row in self._contacts(name, gate_id):
            first, last = self._span(row)
            ended_us = next((each for each in resets if each > last), END_US)
            found.append((first, ended_us + _SEEN_US))
        return found

    def _local(self, gate_id: str) -> list[Span]:
        spans = (self._span(row) for row in self._contacts("local", gate_id))
        return [(first, last + _SEEN_US) for first, last in spans]

    def _service(self) -> list[Span]:
        """One press begins it, the next ends it, after the horn."""
        presses = sorted(self._span(row)[0] for row in self._contacts("service"))
        ends = [*(each + _HORN_US for each in presses[1::2]), END_US]
        return list(zip(presses[::2], ends, strict=False))

    def _floods(self, gate_id: str, floods: list[FloodBudget]) -> list[Span]:
        """Those that want another position than closed, their hold and its delay included."""
        station = self._played.station
        slack_ms = 2 * max((total_ms(each.to_relay) for each in floods), default=0)
        found: list[Span] = []
        for flood in station.gates[gate_id].flood:
            if flood.position == "closed":
                continue
            after_us = (milliseconds(flood.flood_clear_s) + slack_ms) * 1000
            signs, lost = self._signs(gate_id, flood)
            if flood.stage_lost == "flood":
                signs += lost
            spans = [(first, last + after_us) for first, last in signs]
            for first, last in sorted(lost):  # a lost stage ends no flood
                if touches(spans, first, last):
                    spans.append((first, last + after_us))
            found += spans
        return found

    def _signs(self, gate_id: str, flood: Any) -> tuple[list[Span], list[Span]]:
        """(when a cause stood, when the probe of one may have been lost)."""
        signs: list[Span] = []
        lost: list[Span] = []
        sensor_of = {
            name: point.sensor for name, point in station_points(self._played.station).items()
        }
        for cause in flood.any:
            if cause.contact:
                rows = self._contacts("flood", gate_id)
                signs += [self._span(row) for row in rows if row.flood in (None, flood.name)]
                continue
            high, not_low = self._played.high[gate_id, flood.name, cause.point]
            signs += [span for span in not_low if touches(high, *span)]
            faults = self._played.scenario.file.fault
            lost += [self._span(row) for row in faults if row.sensor == sensor_of[cause.point]]
        return signs, lost
