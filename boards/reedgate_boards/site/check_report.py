"""What `site check` says of a good site: for people as tables, for scripts as JSON."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table as RichTable

from reedgate_boards.site.budgets import Budgets, Terms, budgets, total_ms
from reedgate_boards.site.bus_time import GUARD_MS
from reedgate_boards.site.compiler import compile_station, config_hash
from reedgate_boards.site.explain import defaults_of
from reedgate_boards.site.findings import Findings
from reedgate_boards.site.language import translator
from reedgate_boards.site.line_time import line_time
from reedgate_boards.site.record_budget import (
    ERASES_PER_FLUSH,
    UNEVENNESS,
    RecordBudget,
    check_records,
    record_budget,
)
from reedgate_boards.site.rules_uplink import lines_of
from reedgate_boards.site.safety import safety_hash
from reedgate_boards.site.schema import Site
from reedgate_boards.site.source import ROOM
from reedgate_boards.site.tables import whole
from reedgate_contract.config import MAX_SIZE

# Names of terms as people read them; in JSON the keys themselves.
TERM_NAMES = {
    "confirm": "confirmation",
    "poll": "poll",
    "polls": "lost polls",
    "frame": "frames",
    "bus_wait": "wait for the bus",
    "freeze_max": "freeze while it wipes",
    "debounce": "debounce",
    "scan": "scan",
    "stall": "stall",
    "dead_time": "dead time",
    "relay": "relay",
    "to_relay_fault": "to the relay",
    "travel": "travel",
    "retries": "retries after a jam",
}
BOUND_NAMES = {
    "to_relay_clean": "at the relay, all answer",
    "to_relay_fault": "at the relay, probes fail",
    "to_closed": "closed",
}


def as_json(site: Site | None, findings: Findings) -> dict[str, Any]:
    every = [budgets(site, station_id) for station_id in site.stations] if site else []
    record = [record_budget(site, station_id) for station_id in site.stations] if site else []
    if site is not None:
        check_records(site, findings)
    return {
        "ok": site is not None,
        "errors": [each.text("en") for each in findings.errors],
        "warnings": [each.text("en") for each in findings.warnings],
        "budgets_ms": {
            ".".join((station.station, *limit)): bounds
            for station in every
            for limit, bounds in _limits(station)
        },
        "let_through_m3": {
            ".".join((station.station, trip.gate, trip.trip)): trip.let_through_m3
            for station in every
            for trip in station.trips
        },
        "bus": [
            {
                "station": station.station,
                "bus": bus.bus,
                "load": bus.load,
                "cycle_ms": bus.cycle_ms,
                "worst_cycle_ms": bus.worst_cycle_ms,
                "probe_ms": bus.probe_ms,
                "guard_ms": GUARD_MS,
            }
            for station in every
            for bus in station.buses
        ],
        "lines": [asdict(line_time(site, line)) for line in (lines_of(site) if site else ())],
        "outage_h": {each.station: each.outage_h for each in record},
        "flash_years": {each.station: each.flash_years for each in record},
    }


def _limits(station: Budgets) -> Iterator[tuple[tuple[str, ...], dict[str, int]]]:
    for trip in station.trips:
        yield (trip.gate, trip.trip), {key: total_ms(getattr(trip, key)) for key in BOUND_NAMES}
    for flood in station.floods:
        yield (flood.gate, flood.flood, flood.cause), {"to_relay": total_ms(flood.to_relay)}


def print_report(site: Site, findings: Findings, explain: bool, language: str) -> None:
    tr, console = translator(ROOM, language), Console(highlight=False, markup=False)

    def line(text: str) -> None:
        console.print(text, soft_wrap=True)

    check_records(site, findings)
    for warning in findings.warnings:
        line(f"{tr('Note:')} {warning.text(language)}")
    for station_id in site.stations:
        reckoned = budgets(site, station_id)
        console.print(_budget_table(reckoned, tr))
        for text in _terms(reckoned, tr):
            line(text)
        console.print(_bus_table(reckoned, tr))
        for text in _record(record_budget(site, station_id), tr):
            line(text)
        blob = compile_station(site, station_id)
        values = {"size": len(blob), "most": MAX_SIZE, "hash": config_hash(blob)}
        values["safety"] = safety_hash(blob)
        line(
            tr(
                "Compiled: {size} of at most {most} bytes, hash {hash}, safety keys {safety}.",
                **values,
            )
        )
    for text in _lines(site, tr):
        line(text)
    if explain:
        line(tr("Defaults that apply:"))
        for key, value, reason in defaults_of(site):
            shown = "" if value is None else f" = {value}"
            line(f"  {key}{shown}: {tr(reason)}")
    line(tr("{file} may be used.", file=findings.source.file))


def _budget_table(reckoned: Budgets, tr: Callable[..., str]) -> RichTable:
    title = tr("Reaction budgets of station {station}, in ms", station=reckoned.station)
    table = RichTable(title=title, title_justify="left", caption_justify="left")
    table.add_column(tr("gate"))
    table.add_column(tr("limit"))
    for bound in BOUND_NAMES:
        table.add_column(tr(BOUND_NAMES[bound]), justify="right")
    table.add_column(tr("passed, m3"), justify="right")
    table.add_column(tr("probe itself"), justify="right")
    for trip in reckoned.trips:
        cells = [str(total_ms(getattr(trip, bound))) for bound in BOUND_NAMES]
        volume = "-" if trip.let_through_m3 is None else f"{trip.let_through_m3:.1f}"
        cells += [volume, str(trip.probe_response_ms)]
        table.add_row(trip.gate, f"{trip.trip}: {trip.point}", *cells)
    for flood in reckoned.floods:
        relay = str(total_ms(flood.to_relay))
        table.add_row(flood.gate, f"{flood.flood}: {flood.cause}", relay, "", "", "", "")
    table.caption = tr(
        "From the first value beyond the limit in the probe's register; the probe's own response "
        "comes before it. Dead time counts only when the gate is just opening. Passed is what "
        "still flows in until closed, at the highest flow of the rating; - where there is none."
    )
    return whole(table)


def _terms(reckoned: Budgets, tr: Callable[..., str]) -> Iterator[str]:
    for trip in reckoned.trips:
        for bound in BOUND_NAMES:
            terms = _sum(getattr(trip, bound), tr)
            yield f"  {trip.gate} {trip.trip}, {tr(BOUND_NAMES[bound])}: {terms}"
    for flood in reckoned.floods:
        yield f"  {flood.gate} {flood.flood}, {flood.cause}: {_sum(flood.to_relay, tr)}"


def _sum(terms: Terms, tr: Callable[..., str]) -> str:
    return " + ".join(f"{tr(TERM_NAMES[key])} {ms}" for key, ms in terms.items())


def _bus_table(reckoned: Budgets, tr: Callable[..., str]) -> RichTable:
    table = RichTable(title=tr("Buses"), title_justify="left", caption_justify="left")
    table.add_column(tr("bus"))
    table.add_column(tr("load"))
    table.add_column(tr("round, all answer"))
    table.add_column(tr("round, all mute"))
    table.add_column(tr("a dead one that is back is asked within"))
    for bus in reckoned.buses:
        load = f"{100 * bus.load:.1f} %"
        rounds = (f"{ms} ms" for ms in (bus.cycle_ms, bus.worst_cycle_ms, bus.probe_ms))
        table.add_row(bus.bus, load, *rounds)
    table.caption = tr(
        "An answer that comes up to {guard} ms after its time-out is never taken for a later one.",
        guard=GUARD_MS,
    )
    return whole(table)


def _lines(site: Site, tr: Callable[..., str]) -> Iterator[str]:
    for name in lines_of(site):
        reckoned = line_time(site, name)
        yield tr(
            "Line {line}: {stations} stations asked in {round_ms} ms, load {percent} %, and the "
            "rest of the time carries about {records} records/s of the journal.",
            line=name,
            stations=reckoned.stations,
            round_ms=reckoned.round_ms,
            percent=round(100 * reckoned.load),
            records=reckoned.records_per_s,
        )


def _record(reckoned: RecordBudget, tr: Callable[..., str]) -> Iterator[str]:
    yield tr(
        "The journal covers {hours} h of outage: ({segments} segments - 1) × {records} records "
        "/ {points} points × {record_s} s.",
        hours=reckoned.outage_h,
        segments=reckoned.segments,
        records=reckoned.segment_records,
        points=reckoned.points,
        record_s=reckoned.record_s,
    )
    yield tr(
        "The flash lasts {years} years: {blocks} blocks × {cycles} erases × {flush_s} s a flush "
        "/ {erases} erases a flush / {unevenness} for uneven wear.",
        years=reckoned.flash_years,
        blocks=reckoned.blocks,
        cycles=reckoned.erase_cycles,
        flush_s=reckoned.flush_s,
        erases=float(ERASES_PER_FLUSH),
        unevenness=UNEVENNESS,
    )
