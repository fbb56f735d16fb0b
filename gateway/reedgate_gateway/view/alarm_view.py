"""Alarms as people read them: what it is, since when, what follows from it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from reedgate_gateway.alarms import Alarm, Alarms
from reedgate_gateway.catalogue import Catalogue
from reedgate_gateway.view.labels import gate_label, msg, point_label, title
from reedgate_gateway.view.site_view import Speaker

TEXTS = {
    "demand_not_met": msg("{what}: it does not obey a demand. Go there and move it by hand."),
    "flood": msg("{what}: flood."),
    "flood_stage_lost": msg("{what}: the stage that tells of a flood is lost."),
    "drive_fault_with_demand": msg("{what}: its drive has a fault while it is needed."),
    "local_with_demand": msg("{what}: in local operation while it is needed."),
    "estop": msg("{what}: emergency stop."),
    "station_lost": msg("{what}: nothing is heard of it."),
    "not_healthy": msg("{what}: it says that it is not healthy."),
    "quality_trip": msg("{what}: closed by the water's quality."),
    "lost_signal": msg("{what}: closed because a measurement is lost."),
    "position_unknown": msg("{what}: its limit switches contradict each other."),
    "pond_full": msg("{what}: the pond is full."),
    "mains_lost": msg("{what}: no mains."),
    "bypassed": msg("{what}: bypassed at the station for a while, no trip looks at it."),
    "drive_fault": msg("{what}: its drive has a fault."),
    "local_idle": msg("{what}: left in local operation."),
    "service": msg("{what}: in service."),
    "proof_test_due": msg("{what}: a full stroke is due as a proof test."),
    "suspect": msg("{what}: suspect values."),
    "discrepancy": msg("{what}: its redundant probes differ by more than they may."),
    "one_probe_left": msg("{what}: one probe of three is left, and the gate goes by it alone."),
    "breaker_open": msg("{what}: does not answer any more."),
    "calibration_due": msg("{what}: calibration is due."),
}


@dataclass(frozen=True)
class AlarmLine:
    key: str
    priority: int
    text: str
    since: str
    seen: str  # by whom; empty: by nobody yet
    shelved: bool
    under: tuple[str, ...]  # what follows from it


def alarm_lines(speaker: Speaker, catalogue: Catalogue, alarms: Alarms) -> list[AlarmLine]:
    return [_line(speaker, catalogue, head, those) for head, those in alarms.groups()]


def _line(
    speaker: Speaker, catalogue: Catalogue, alarm: Alarm, under: Sequence[Alarm]
) -> AlarmLine:
    tr = speaker.tr
    return AlarmLine(
        key=str(alarm.key),
        priority=alarm.priority,
        text=_text(speaker, catalogue, alarm),
        since=tr("since {time}", time=speaker.time(alarm.since_ms)),
        seen=tr("seen by somebody") if alarm.acknowledged_by else "",
        shelved=alarm.shelved_until_ms is not None,
        under=tuple(_text(speaker, catalogue, each) for each in under),
    )


def _text(speaker: Speaker, catalogue: Catalogue, alarm: Alarm) -> str:
    tr, subject = speaker.tr, alarm.key.subject
    station = catalogue.stations[alarm.key.station]
    what = title(station.title, speaker.language)
    if subject in station.gates:
        what = gate_label(tr, station, station.gates[subject])
    elif subject in station.points:
        what = point_label(tr, station, station.points[subject])
    return tr(TEXTS[alarm.key.kind], what=what)
