"""Why a gate closed last: one sentence, and the readings of that very scan. Pure."""

from dataclasses import dataclass

from reedgate_contract import codes
from reedgate_gateway.catalogue import Station
from reedgate_gateway.content import USABLE, GateEvent
from reedgate_gateway.journal_read import Happened
from reedgate_gateway.naming import Reading
from reedgate_gateway.view.events import reason_of
from reedgate_gateway.view.labels import DETAILS, Translate, duration, point_label, with_unit


@dataclass(frozen=True)
class Closing:
    answer: str
    readings: tuple[str, ...]


def closing_of(tr: Translate, station: Station, happened: Happened, time: str) -> Closing | None:
    """time: when, as people read it. None for an event of a gate that the site file lost."""
    event = happened.content
    if not isinstance(event, GateEvent) or event.gate not in station.gates:
        return None
    return Closing(
        tr("Closed at {time}: {reason}", time=time, reason=reason_of(tr, station, event)),
        tuple(
            _reading(tr, station, name, reading)
            for name, reading in event.points.items()
            if name in station.points
        ),
    )


def _reading(tr: Translate, station: Station, name: str, reading: Reading) -> str:
    point = station.points[name]
    label = point_label(tr, station, point)
    if reading.flag not in USABLE or reading.value is None:
        detail = tr(DETAILS[codes.DETAIL_NAMES[reading.detail]])
        return tr("{point}: not usable, {detail}", point=label, detail=detail)
    age = duration(tr, (reading.age_ms or 0) // 100 * 100)
    text = with_unit(point, reading.value)
    if reading.flag == codes.FLAG_SUSPECT:
        return tr("{point}: {value}, suspect, {age} old", point=label, value=text, age=age)
    return tr("{point}: {value}, {age} old", point=label, value=text, age=age)
