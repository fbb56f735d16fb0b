"""A run of a scenario as one page: water and truth, gates and commands, causes and faults.

All over one time axis, below what was asked of the run.
"""

import html
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from reedgate_contract.quantities import QUANTITIES
from reedgate_sim.scenario.judge import Assertion
from reedgate_sim.scenario.play import Played
from reedgate_sim.scenario.sentence import Tr
from reedgate_sim.scenario.words import said
from reedgate_sim.strips import Bar, Line, Strip, axis, bar, page, strip, table
from reedgate_sim.world.truth import Truth

_TICKS = 6
_MOST_EVENTS = 200
_RULE_STYLES = {
    "start": "b6", "estop": "b2", "drive": "b2", "local": "b5", "flood": "b4", "quality": "b7",
    "unknown": "b3", "pond": "b4", "remote": "b5", "automatic": "b1",
}  # fmt: skip
_COMMAND_STYLES = {"open": "b1", "close": "b2", "out": "b0"}
_GATE_STYLES = ("c0", "c1", "c3", "c2")
_Span = tuple[float, float, str, str]  # from, to, style, words


def write_report(
    path: Path, played: Played, assertions: Sequence[Assertion], tr: Tr, language: str
) -> None:
    file = played.scenario.file
    title = getattr(file.name, language)
    purpose = getattr(file.purpose, language) if file.purpose else ""
    parts = [f"<p>{html.escape(purpose)}</p>"]
    parts.append(_verdict(played, assertions, tr))
    parts.append(f"<h2>{tr('What happened')}</h2>")
    legend = tr("Shaded: an inlet is closed. Dashed: a limit. On the right: the range shown.")
    parts.append(f"<p>{legend}</p>")
    parts += _strips(played, tr)
    parts.append(axis(_ticks(played)))
    parts.append(f"<h2>{tr('Transitions of the gates')}</h2>")
    parts.append(_transitions(played, tr))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(title, parts, language), encoding="utf-8")


def _verdict(played: Played, assertions: Sequence[Assertion], tr: Tr) -> str:
    rows = [
        ("✓" if each.holds else "✗", each.name(tr), each.detail.text(tr)) for each in assertions
    ]
    facts = tr(
        "Scenario {name}, seed {seed}: {virtual} s of the station's time in {real} s.",
        name=played.scenario.name,
        seed=played.seed,
        virtual=round(played.scenario.duration_us / 1_000_000),
        real=f"{played.real_s:.1f}",
    )
    head = ("", tr("What, and when"), tr("What was found"))
    failed = sum(not each.holds for each in assertions)
    verdict = tr("Everything holds.")
    if failed:
        verdict = tr("{failed} of {all} do not hold.", failed=failed, all=len(assertions))
    return f"<p><b>{verdict}</b></p>{table(rows, head)}<p>{facts}</p>"


class _Axis:
    def __init__(self, played: Played):
        self._end_us = played.scenario.duration_us

    def __call__(self, at_us: float) -> float:
        return min(max(at_us / self._end_us, 0.0), 1.0)


def _ticks(played: Played) -> list[str]:
    """In the file's own time, in a unit that suits it."""
    end_s = played.scenario.file.duration_s
    unit, name = next(
        (unit, name)
        for unit, name in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
        if end_s >= 3 * unit or unit == 1
    )
    ticks = [end_s * number / _TICKS / unit for number in range(_TICKS + 1)]
    return [f"{tick:.3g} {name}" for tick in ticks]


def _strips(played: Played, tr: Tr) -> Iterator[str]:
    x = _Axis(played)
    gates = played.station.gates
    shades = [
        (x(start), x(end), "closed")
        for gate, row in gates.items()
        if row.role == "inlet"
        for start, end in _closed(played, gate)
    ]
    looks = [(x(look.now_us), look) for look in played.looks]
    for title, spans in _happenings(played, x, tr):
        yield bar(Bar(title, spans))
    stage = Line(tr("truth"), [(at, look.stage_mm) for at, look in looks], "c2")
    floods = [
        float(cause.limit)
        for gate in gates.values()
        for flood in gate.flood
        for cause in flood.any
        if cause.point
    ]
    flows = [
        Line(gate, [(at, look.gates[gate].discharge_lps) for at, look in looks], style)
        for gate, style in zip(gates, _GATE_STYLES, strict=False)
    ]
    positions = [
        Line(gate, [(at, look.gates[gate].opening_permille) for at, look in looks], style)
        for gate, style in zip(gates, _GATE_STYLES, strict=False)
    ]
    yield strip(Strip(tr("Opening of the gates, permille"), positions, (), shades))
    for gate in gates:
        yield bar(
            Bar(tr("{gate}: command at the pins", gate=gate), _commands(played, gate, x, tr))
        )
        yield bar(Bar(tr("{gate}: ruling rule and cause", gate=gate), _rules(played, gate, x, tr)))
    yield strip(Strip(tr("Stage in the channel, mm"), [stage], sorted(set(floods)), shades))
    yield strip(Strip(tr("Discharge, l/s"), flows, (), shades))
    yield from (strip(each) for each in _points(played, x, looks, shades, tr))


def _closed(played: Played, gate: str) -> Iterator[tuple[int, int]]:
    """When the leaf really was closed."""
    start_us = None
    for look in played.looks:
        closed = look.gates[gate].opening_permille <= 0
        if closed and start_us is None:
            start_us = look.now_us
        elif not closed and start_us is not None:
            yield start_us, look.now_us
            start_us = None
    if start_us is not None:
        yield start_us, played.scenario.duration_us


def _points(played: Played, x: _Axis, looks: list, shades: list, tr: Tr) -> Iterator[Strip]:
    station = played.station
    limits: dict[str, set[float]] = {}
    for gate in station.gates.values():
        rows = [each for trip in gate.trips.values() for each in trip.all]
        rows += [cause for flood in gate.flood for cause in flood.any if cause.point]
        for row in rows:
            limits.setdefault(row.point, set()).add(float(row.limit))
    for sensor in station.sensors.values():
        for quantity, point in sensor.points.items():
            told = [
                (x(at_us), live["points"][point]["value"])
                for at_us, live in played.live
                if point in live["points"]
            ]
            held = [(at, _finite(look.points[point])) for at, look in looks]
            lines = [Line(tr("told"), told, "c0")]
            if held != (water := [(at, _in_water(look, quantity)) for at, look in looks]):
                lines.insert(0, Line(tr("register"), held, "c1"))
            lines.insert(0, Line(tr("water"), water, "c2"))
            title = f"{point}, {QUANTITIES[quantity][1]}"
            yield Strip(title, lines, sorted(limits.get(point, ())), shades)


def _in_water(look: Truth, quantity: str) -> float | None:
    """The truth beside what the probe makes of it."""
    if quantity == "depth_mm":
        return look.stage_mm
    return look.at_probes.get(quantity)


def _finite(value: float) -> float | None:
    return value if abs(value) < 1e9 else None  # NaN too


def _commands(played: Played, gate: str, x: _Axis, tr: Tr) -> list[_Span]:
    words = {"open": tr("opens"), "close": tr("closes"), "out": tr("energized")}
    spans = []
    since: dict[str, int] = {}
    for at_us, name, coil, level in played.commands:
        if name != gate:
            continue
        if level:
            since.setdefault(coil, at_us)
        elif coil in since:
            spans.append((x(since.pop(coil)), x(at_us), _COMMAND_STYLES[coil], words[coil]))
    for coil, at_us in since.items():
        spans.append((x(at_us), 1.0, _COMMAND_STYLES[coil], words[coil]))
    return spans


def _rules(played: Played, gate: str, x: _Axis, tr: Tr) -> list[_Span]:
    told = [each for each in played.transitions if each["gate"] == gate]
    ends = [each["at_us"] for each in told[1:]] + [played.scenario.duration_us]
    spans: list[_Span] = []
    for each, end_us in zip(told, ends, strict=True):
        words = [each["rule"], each["cause"], each["fault"]]
        if each["cause"].startswith(each["rule"]):  # "quality: …" says its rule itself
            del words[0]
        words = " · ".join(said(tr, word) for word in words if word != "none")
        style = _RULE_STYLES[each["rule"]]
        if spans and spans[-1][3] == words:
            spans[-1] = (spans[-1][0], x(end_us), style, words)
        else:
            spans.append((x(each["at_us"]), x(end_us), style, words))
    return spans


def _happenings(played: Played, x: _Axis, tr: Tr) -> Iterator[tuple[str, list[_Span]]]:
    """What the file did to contacts, probes, gates and the network; and starts of the board."""
    scenario = played.scenario
    groups: dict[str, list] = {}

    def add(group: str, row: Any, words: str, style: str) -> None:
        end_us = scenario.duration_us if row.until_s is None else scenario.us(row.until_s)
        groups.setdefault(group, []).append((x(scenario.us(row.from_s)), x(end_us), style, words))

    file = scenario.file
    for row in file.contact:
        add(tr("contact {name}", name=row.input), row, row.input, "b5")
    for row in file.fault:
        add(tr("fault of {name}", name=row.sensor), row, row.kind, "b3")
    for row in file.gate_fault:
        add(tr("fault of {name}", name=row.gate), row, row.kind, "b2")
    for row in file.broker:
        add(tr("broker"), row, row.mode, "b6")
    for row in file.gateway_death:
        add(tr("gateway"), row, tr("killed"), "b6")
    if len(played.starts) > 1:
        ends = [*played.starts[1:], scenario.duration_us]
        groups[tr("starts of the board")] = [
            (x(start), x(end), "b0" if number % 2 else "b6", str(number + 1))
            for number, (start, end) in enumerate(zip(played.starts, ends, strict=True))
        ]
    yield from groups.items()


def _transitions(played: Played, tr: Tr) -> str:
    lapse = played.scenario.file.time_lapse
    rows = [
        (
            f"{each['at_us'] * lapse / 1_000_000:.1f}",
            each["gate"],
            *(said(tr, each[key]) for key in ("rule", "cause", "first_out", "position", "drive")),
        )
        for each in played.transitions[:_MOST_EVENTS]
    ]
    head = (
        "s", tr("gate"), tr("rule"), tr("cause"), tr("first-out"), tr("position"), tr("movement")
    )  # fmt: skip
    more = len(played.transitions) - len(rows)
    note = f"<p>{tr('and {more} more', more=more)}</p>" if more > 0 else ""
    return table(rows, head) + note
