"""The whole page as values: what the templates show, in one language, at one instant.

Pure: state and instant in, frozen values out. Templates only place and escape what stands here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from reedgate_gateway.catalogue import Gate, Limit
from reedgate_gateway.clock import Instant
from reedgate_gateway.content import GateEvent
from reedgate_gateway.ingest import GateNow
from reedgate_gateway.naming import Reading
from reedgate_gateway.state import State, StationNow
from reedgate_gateway.view import readings
from reedgate_gateway.view.closing import Closing, closing_of
from reedgate_gateway.view.labels import (
    DETAILS,
    SHORT_QUANTITIES,
    STATUSES,
    TARGETS,
    Translate,
    duration,
    exact,
    figure,
    gate_label,
    msg,
    point_label,
    title,
    with_unit,
)
from reedgate_gateway.view.mimic import LeafPicture, Picture, picture
from reedgate_gateway.view.sentences import (
    ALARMS,
    HEADLINES,
    GateStory,
    fault_sentence,
    motion,
    next_step,
    why,
)

STALE = "stale"


@dataclass(frozen=True)
class Speaker:
    """The language and the clock face of one reader."""

    tr: Translate
    language: str
    zone: tzinfo

    def time(self, unix_ms: int) -> str:
        return datetime.fromtimestamp(unix_ms / 1000, self.zone).strftime("%H:%M:%S")

    def date(self, unix_ms: int) -> str:
        return datetime.fromtimestamp(unix_ms / 1000, self.zone).strftime("%Y-%m-%d")


@dataclass(frozen=True)
class LimitCard:
    text: str  # "above 10 NTU"
    margin: str
    beyond: bool


@dataclass(frozen=True)
class Card:
    name: str
    label: str
    short: str
    value: str  # empty: there is none to show
    unit: str
    state: str
    status: str
    reason: str
    age: str
    beyond: bool
    limits: tuple[LimitCard, ...]


@dataclass(frozen=True)
class GateCard:
    name: str
    role: str
    label: str
    state: str
    headline: str
    why: str
    next: str
    fault: str
    alarms: tuple[str, ...]
    target: str
    alarm: bool
    confirming: bool  # a limit is exceeded and the gate may soon close
    known: bool
    closing: Closing | None  # of an inlet: why it closed last


@dataclass(frozen=True)
class Mimic:
    picture: Picture
    source: str
    inlet: GateCard
    bypass: GateCard | None
    summary: str
    tags: tuple[Card, ...]
    water_point: str  # the one whose value colours the water; empty: none does


@dataclass(frozen=True)
class StationView:
    name: str
    title: str
    fresh: bool
    silence: str  # what to say while it is not fresh
    cards: tuple[Card, ...]
    gates: tuple[GateCard, ...]
    mimics: tuple[Mimic, ...]
    about: str


def station_views(speaker: Speaker, state: State, now: Instant) -> list[StationView]:
    return [_station_view(speaker, station, now) for station in state.stations.values()]


def _station_view(speaker: Speaker, now_of: StationNow, now: Instant) -> StationView:
    tr, station = speaker.tr, now_of.station
    shown = readings.shown_points(now_of, now)
    cards = {name: _card(speaker, now_of, point) for name, point in shown.items()}
    gates = {
        name: _gate_card(speaker, now_of, gate, shown, now) for name, gate in station.gates.items()
    }
    birth = now_of.birth
    about = ""
    if birth is not None:
        about = tr(
            "Board {board}, firmware {firmware}, configuration {config}",
            board=birth.board,
            firmware=birth.firmware,
            config=birth.config_hash,
        )
        if birth.safety_hash:
            about += tr(", safety keys {hash}", hash=birth.safety_hash)
    return StationView(
        name=station.name,
        title=title(station.title, speaker.language),
        fresh=now_of.fresh(now),
        silence=_silence(speaker, now_of, now),
        cards=tuple(cards.values()),
        gates=tuple(gates.values()),
        mimics=tuple(
            _mimic(speaker, now_of, gate, gates, cards, shown, now)
            for gate in station.gates.values()
            if gate.role == "inlet"
        ),
        about=about,
    )


def _silence(speaker: Speaker, now_of: StationNow, now: Instant) -> str:
    tr = speaker.tr
    if now_of.fresh(now):
        return ""
    if now_of.live_at is None:
        return tr("Nothing heard from the station yet. What it does now is not known here.")
    return tr(
        "No word from the station since {time} ({age} ago). It goes on by itself;"
        " what it does now is not known here.",
        time=speaker.time(now_of.live_at.unix_ms),
        age=duration(tr, now_of.since_live_ms(now) // 1000 * 1000),
    )


_STATES = {
    readings.SUSPECT: msg("Suspect"),
    readings.UNUSABLE: msg("Not usable"),
    readings.STALE: msg("Out of date"),
    readings.NONE: msg("No value"),
}


def _card(speaker: Speaker, now_of: StationNow, shown: readings.Shown) -> Card:
    tr, point = speaker.tr, shown.point
    status = tr(STATUSES[shown.status] if shown.state == readings.GOOD else _STATES[shown.state])
    said = shown.detail == "none" or shown.state == readings.STALE
    reason = "" if said else tr(DETAILS[shown.detail])
    return Card(
        name=point.name,
        label=point_label(tr, now_of.station, point),
        short=tr(SHORT_QUANTITIES[point.quantity]),
        value="" if shown.value is None else figure(point, shown.value),
        unit=point.unit,
        state=shown.state,
        status=status,
        reason=reason,
        age=_age(tr, shown),
        beyond=shown.beyond,
        limits=tuple(_limit_card(tr, shown, limit) for limit in shown.limits),
    )


def _age(tr: Translate, shown: readings.Shown) -> str:
    if shown.age_ms is None:
        return tr("never read")
    if shown.value is None:
        return tr("last read {age} ago", age=duration(tr, shown.age_ms // 1000 * 1000))
    if shown.age_ms < 10_000:
        return tr("{age} old", age=tr("{n} s", n=f"{shown.age_ms // 100 / 10:.1f}"))
    return tr("{age} old", age=duration(tr, shown.age_ms))


def _limit_card(tr: Translate, shown: readings.Shown, limit: Limit) -> LimitCard:
    bound = exact(shown.point, limit.limit)
    text = (
        tr("at most {limit}", limit=bound) if limit.above else tr("at least {limit}", limit=bound)
    )
    if shown.value is None:
        return LimitCard(text, tr("margin not known"), False)
    margin = limit.margin(shown.value)
    if limit.beyond(shown.value):
        return LimitCard(text, tr("beyond by {n}", n=with_unit(shown.point, -margin)), True)
    return LimitCard(text, tr("margin {n}", n=with_unit(shown.point, margin)), False)


def _gate_card(
    speaker: Speaker,
    now_of: StationNow,
    gate: Gate,
    points: Mapping[str, readings.Shown],
    now: Instant,
) -> GateCard:
    tr = speaker.tr
    label = gate_label(tr, now_of.station, gate)
    gate_now = now_of.live.gates.get(gate.name) if now_of.live else None
    if gate_now is None or not now_of.fresh(now):
        return GateCard(
            gate.name,
            gate.role,
            label,
            STALE,
            tr("Not known"),
            "",
            "",
            "",
            (),
            "",
            False,
            False,
            False,
            _closing(speaker, now_of, gate),
        )
    state = motion(gate_now.position, now_of.leaves[gate.name].direction)
    story = _story(speaker, now_of, gate, gate_now, points)
    return GateCard(
        name=gate.name,
        role=gate.role,
        label=label,
        state=state,
        headline=tr(HEADLINES[state]),
        why=why(story),
        next=next_step(story),
        fault=fault_sentence(tr, gate_now.fault),
        alarms=tuple(tr(ALARMS[alarm]) for alarm in gate_now.alarms),
        target=tr(TARGETS[gate_now.target]),
        alarm=gate_now.rule not in ("automatic", "start", "remote")
        or gate_now.fault != "none"
        or gate_now.cause.name == "bypassed"
        or bool(gate_now.alarms),
        confirming=gate_now.wait == "confirm",
        known=True,
        closing=_closing(speaker, now_of, gate),
    )


def _closing(speaker: Speaker, now_of: StationNow, gate: Gate) -> Closing | None:
    happened = now_of.closings.get(gate.name)
    if happened is None or gate.role != "inlet":
        return None
    when = f"{speaker.date(happened.time_ms)} {speaker.time(happened.time_ms)}"
    time = f"≈ {when}" if happened.uncertain else when
    return closing_of(speaker.tr, now_of.station, happened, time)


def _story(
    speaker: Speaker,
    now_of: StationNow,
    gate: Gate,
    gate_now: GateNow,
    points: Mapping[str, readings.Shown],
) -> GateStory:
    tripped: Reading | None = None
    time = ""
    ruling = now_of.rulings.get(gate.name)
    content = ruling.content if ruling is not None else None
    if isinstance(content, GateEvent) and content.cause == gate_now.cause:
        tripped = content.points.get(gate_now.cause.subject)
        time = ("≈ " if ruling.uncertain else "") + speaker.time(ruling.time_ms)
    return GateStory(speaker.tr, now_of.station, gate, gate_now, points, tripped, time)


def _mimic(
    speaker: Speaker,
    now_of: StationNow,
    gate: Gate,
    gates: Mapping[str, GateCard],
    cards: Mapping[str, Card],
    points: dict[str, readings.Shown],
    now: Instant,
) -> Mimic:
    tr = speaker.tr
    inlet = gates[gate.name]
    bypass = gates.get(gate.bypass) if gate.bypass else None
    summary = tr("{gate}: {state}.", gate=inlet.label, state=inlet.headline)
    if bypass is not None:
        summary += " " + tr("{gate}: {state}.", gate=bypass.label, state=bypass.headline)
    return Mimic(
        picture=picture(
            now_of.station,
            gate,
            points,
            _leaf(now_of, inlet, now),
            _leaf(now_of, bypass, now) if bypass is not None else None,
        ),
        source=title(gate.source, speaker.language) if gate.source else tr("Source"),
        inlet=inlet,
        bypass=bypass,
        summary=summary,
        tags=tuple(cards.values()),
        water_point=next(
            (name for name, point in points.items() if point.point.quantity == "turbidity_ntu"), ""
        ),
    )


def _leaf(now_of: StationNow, card: GateCard, now: Instant) -> LeafPicture:
    if not card.known:
        return LeafPicture(None, card.state)
    return LeafPicture(now_of.leaves[card.name].permille(now.monotonic_ms), card.state)
