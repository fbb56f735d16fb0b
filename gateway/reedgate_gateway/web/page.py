"""The page as HTML: whole for a visit, in fragments for the readers who stay.

Rendered once for each language and span in use, however many are watching. No routes here, and no
decision about what may be shown: that is `view`'s.
"""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from reedgate_boards.site.language import LANGUAGES, translator
from reedgate_contract import codes
from reedgate_gateway.alarms import Alarms
from reedgate_gateway.catalogue import Station
from reedgate_gateway.clock import Clock, Instant
from reedgate_gateway.state import State, gate_series, point_series
from reedgate_gateway.store import Bucket, Event, Store
from reedgate_gateway.view.alarm_view import alarm_lines
from reedgate_gateway.view.backfill import trend_gaps, with_recorded
from reedgate_gateway.view.budget_view import budget_rows
from reedgate_gateway.view.events import Line, line
from reedgate_gateway.view.labels import GAPS, point_label, title
from reedgate_gateway.view.record_view import UpstreamNow, alarms, record_rows
from reedgate_gateway.view.site_view import Speaker, StationView, station_views
from reedgate_gateway.view.trend import SPANS, Span, Trend, trend

FRAGMENTS = (
    "top",
    "alarms",
    "gates",
    "mimic",
    "cards",
    "trend",
    "budgets",
    "record",
    "events",
    "foot",
)
EVENTS_SHOWN = 40
GAPS_SHOWN = 100
TURN_S = 1.0
SHORTEST_TURN_S = 0.2  # however fast messages come
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Past:
    """What the page shows of the store but for the trends."""

    events: Sequence[Event]
    new_journals: Mapping[str, int]  # station: when the journal that is not its first was begun


class Page:
    """Fragments of the page by (language, span), made anew when the state has changed."""

    def __init__(
        self,
        state: State,
        store: Store,
        clock: Clock,
        readers: Executor,
        trouble: Callable[[], str | None],
        upstreams: Callable[[], Sequence[UpstreamNow]] = tuple,
        alarms: Alarms | None = None,
    ):
        """readers: where the store is read, so that nobody waits for the disk on the loop."""
        self._state = state
        self._store = store
        self._clock = clock
        self._readers = readers
        self._trouble = trouble
        self._upstreams = upstreams
        self._zone = ZoneInfo(state.catalogue.timezone)
        self.alarms = alarms or Alarms()
        self._speakers = {
            language: Speaker(translator("reedgate_gateway", language), language, self._zone)
            for language in LANGUAGES
        }
        self._templates = Environment(
            loader=PackageLoader("reedgate_gateway.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._read_trouble: str | None = None
        self._past: _Past | None = None
        self._trends: dict[str, tuple[int, dict[str, Trend]]] = {}
        self._rendered: dict[tuple[str, str], tuple[int, dict[str, str]]] = {}
        self._locks: dict[Any, asyncio.Lock] = {}
        self._version = 0
        self._dirty = asyncio.Event()
        self._turn = asyncio.Event()

    def changed(self) -> None:
        """The state is another one."""
        self._dirty.set()

    def events_changed(self) -> None:
        """The store has new events."""
        self._past = None
        self._dirty.set()

    async def run(self) -> None:
        """Turns the page: soon after a change, and every second, because ages grow."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TURN_S):
                    await self._dirty.wait()
            self._dirty.clear()
            self.turn()
            await asyncio.sleep(SHORTEST_TURN_S)

    def turn(self) -> None:
        self._version += 1
        self.alarms.look(self._state, self._clock())
        self._turn.set()
        self._turn = asyncio.Event()

    async def turned(self) -> None:
        """Waits for the next turn."""
        await self._turn.wait()

    async def whole(self, language: str, span: str) -> str:
        return self._templates.get_template("page.html").render(
            fragments=await self.fragments(language, span),
            catalogue_title=title(self._state.catalogue.title, language),
            languages=LANGUAGES,
            **self._common(language, span),
        )

    async def fragments(self, language: str, span: str) -> dict[str, str]:
        key = (language, span)
        async with self._locks.setdefault(key, asyncio.Lock()):
            version, rendered = self._rendered.get(key, (-1, {}))
            if version != self._version:
                version = self._version
                rendered = await self._render(language, SPANS[span])
                self._rendered[key] = (version, rendered)
            return rendered

    def _common(self, language: str, span: str) -> dict[str, Any]:
        speaker = self._speakers[language]
        return {"tr": speaker.tr, "language": language, "span": span, "spans": tuple(SPANS)}

    async def _render(self, language: str, span: Span) -> dict[str, str]:
        now = self._clock()
        speaker = self._speakers[language]
        trends = await self._trends_of(span, now)
        past = await self._past_of()
        views = station_views(speaker, self._state, now)
        context = self._common(language, span.key) | {
            "stations": views,
            "now": speaker.time(now.unix_ms),
            "today": speaker.date(now.unix_ms),
            "timezone": self._state.catalogue.timezone,
            "trouble": self._trouble() or self._read_trouble,
            "trends": self._trend_rows(speaker, views, trends),
            "events": self._lines(speaker, past),
            "budgets": budget_rows(speaker, self._state),
            "record": record_rows(speaker, self._state, self._upstreams(), now),
            "alarm_lines": alarm_lines(speaker, self._state.catalogue, self.alarms),
            "alarms": alarms(speaker, self._state, past.new_journals, now),
            "gap_texts": {code: speaker.tr(text) for code, text in GAPS.items()},
            "date_of": speaker.date,
            "time_of": speaker.time,
            "rejected": sum(self._state.rejected.values()),
            "last_rejected": self._state.last_rejected,
        }
        render = self._templates.get_template
        return {name: render(f"{name}.html").render(context) for name in FRAGMENTS}

    async def _past_of(self) -> _Past:
        if self._past is None:
            self._past = await self._read(self._read_past, _Past((), {}))
        return self._past

    def _read_past(self) -> _Past:
        new_journals = {
            name: self._store.new_journal_ms(name) for name in self._state.catalogue.stations
        }
        return _Past(
            self._store.events(EVENTS_SHOWN),
            {name: at_ms for name, at_ms in new_journals.items() if at_ms is not None},
        )

    def _lines(self, speaker: Speaker, past: _Past) -> list[Line]:
        lines = (
            line(speaker.tr, speaker.language, self._state.catalogue, item) for item in past.events
        )
        return [found for found in lines if found is not None]

    def _trend_rows(
        self, speaker: Speaker, views: list[StationView], trends: dict[str, Trend]
    ) -> list[tuple[str, list[tuple[str, str, Trend]]]]:
        """For each station its trends with their labels and units."""
        rows = []
        for view in views:
            station = self._state.catalogue.stations[view.name]
            rows.append(
                (
                    view.title,
                    [
                        (
                            point_label(speaker.tr, station, point),
                            point.unit,
                            trends[f"{view.name}.{point.name}"],
                        )
                        for point in station.points.values()
                        if f"{view.name}.{point.name}" in trends
                    ],
                )
            )
        return rows

    async def _trends_of(self, span: Span, now: Instant) -> dict[str, Trend]:
        async with self._locks.setdefault(span.key, asyncio.Lock()):
            made_ms, trends = self._trends.get(span.key, (None, {}))
            if made_ms is None or now.monotonic_ms - made_ms >= span.refresh_ms:
                trends = await self._read(lambda: self._make_trends(span, now), {})
                self._trends[span.key] = (now.monotonic_ms, trends)
            return trends

    def _make_trends(self, span: Span, now: Instant) -> dict[str, Trend]:
        until_s = (now.unix_ms // 1000 // span.step_s + 1) * span.step_s
        from_s = until_s - span.seconds
        gaps = self._store.gaps(GAPS_SHOWN)
        made = {}
        for station in self._state.catalogue.stations.values():
            closed = self._closed_steps(station, from_s, until_s, span.step_s)
            missing = trend_gaps(gaps, station.name, from_s, until_s)
            for point in station.points.values():
                made[f"{station.name}.{point.name}"] = trend(
                    point,
                    [limit for _gate, _rule, limit in station.limits_of(point.name)],
                    self._buckets(station, point.name, from_s, until_s, span.step_s),
                    closed,
                    missing,
                    span=span,
                    until_s=until_s,
                    period_s=station.live_ms / 1000,
                    zone=self._zone,
                )
        return made

    def _closed_steps(self, station: Station, from_s: int, until_s: int, step_s: int) -> list[int]:
        closed: set[int] = set()
        for gate in station.gates.values():
            if gate.role == "inlet":
                series = gate_series(station, gate)
                shut = codes.POSITION_CLOSED
                closed.update(self._store.steps_with(series, shut, from_s, until_s, step_s))
        return sorted(closed)

    def _buckets(
        self, station: Station, point: str, from_s: int, until_s: int, step_s: int
    ) -> list[Bucket]:
        live = self._store.trend(point_series(station, point), from_s, until_s, step_s)
        recorded = self._store.readings(station.name, point, from_s * 1000, until_s * 1000)
        return with_recorded(live, recorded, from_s, step_s)

    async def _read(self, read: Callable[[], Any], otherwise: Any) -> Any:
        """From the store; without it the rest of the page is still worth seeing."""
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._readers, read)
        except sqlite3.Error as exc:
            if self._read_trouble is None:
                _log.error("the store cannot be read: %s", exc)
            self._read_trouble = str(exc)
            return otherwise
        self._read_trouble = None
        return found
