"""How far the record has come: what waits at each station and for each upstream. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reedgate_gateway.clock import Instant
from reedgate_gateway.state import State, StationNow
from reedgate_gateway.view.labels import duration, title
from reedgate_gateway.view.site_view import Speaker

NEW_JOURNAL_ALARM_MS = 24 * 3_600_000  # until somebody can acknowledge it


@dataclass(frozen=True)
class UpstreamNow:
    """How an upstream stands, as its relay says."""

    name: str
    connected: bool
    waiting: int
    oldest_ms: int | None  # unix: when the oldest of what waits came here


@dataclass(frozen=True)
class Row:
    label: str
    text: str
    kind: str  # good | move (something waits) | stale | alarm: icons of the page


def record_rows(
    speaker: Speaker, state: State, upstreams: Sequence[UpstreamNow], now: Instant
) -> list[Row]:
    rows = [_station_row(speaker, station, now) for station in state.stations.values()]
    return rows + [_upstream_row(speaker, upstream, now) for upstream in upstreams]


def _station_row(speaker: Speaker, now_of: StationNow, now: Instant) -> Row:
    tr = speaker.tr
    label = tr("At station {station}", station=title(now_of.station.title, speaker.language))
    if now_of.live is None or not now_of.fresh(now):
        return Row(label, tr("not known while nothing is heard from it"), "stale")
    waiting = now_of.live.backlog
    counts = {name: each.count for name, each in waiting.items()}
    if not any(counts.values()):
        return Row(label, tr("everything it recorded is confirmed"), "good")
    ages = [each.oldest_s for each in waiting.values() if each.oldest_s is not None]
    text = tr(
        "{events} events and {readings} readings wait",
        events=counts.get("events", 0),
        readings=counts.get("readings", 0),
    )
    if ages:
        text += tr(", the oldest for {age}", age=duration(tr, max(ages) * 1000))
    return Row(label, text, "move")


def _upstream_row(speaker: Speaker, upstream: UpstreamNow, now: Instant) -> Row:
    tr = speaker.tr
    label = tr("To {upstream}", upstream=upstream.name)
    if not upstream.waiting:
        text = tr("everything is passed on")
    else:
        text = tr("{n} messages wait", n=upstream.waiting)
        if upstream.oldest_ms is not None:
            age_ms = max(now.unix_ms - upstream.oldest_ms, 0)
            text += tr(", the oldest for {age}", age=duration(tr, age_ms // 1000 * 1000))
    if upstream.connected:
        return Row(label, text, "move" if upstream.waiting else "good")
    return Row(label, tr("not connected") + tr("; ") + text, "alarm")


def alarms(
    speaker: Speaker, state: State, new_journals: Mapping[str, int], now: Instant
) -> list[str]:
    """What somebody has to look at, one sentence each."""
    tr = speaker.tr
    found = []
    for name, now_of in state.stations.items():
        shown = title(now_of.station.title, speaker.language)
        since_ms = new_journals.get(name)
        if since_ms is not None and now.unix_ms - since_ms < NEW_JOURNAL_ALARM_MS:
            found.append(
                tr(
                    "The station {station} has begun a new journal ({date} {time}). What it had"
                    " not delivered of the old one is lost. Find out why its memory was renewed.",
                    station=shown,
                    date=speaker.date(since_ms),
                    time=speaker.time(since_ms),
                )
            )
        if name in state.without_key:
            found.append(
                tr(
                    "This gateway has no key of station {station}: it takes none of its records."
                    " Put the key into {file} of the data directory and start the gateway again.",
                    station=shown,
                    file=f"keys/{name}.key",
                )
            )
    return found
