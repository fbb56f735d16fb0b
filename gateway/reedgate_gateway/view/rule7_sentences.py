"""Why rule 7 closes or caps a gate, and what a bypassed measurement means: one sentence each."""

from collections.abc import Callable

from reedgate_gateway.catalogue import Station
from reedgate_gateway.content import Cause
from reedgate_gateway.view.labels import Translate, inside, msg, point_label

_OF_POINT = {
    "pond_full": msg("The pond is full, by its {point}: it takes no more water."),
    "use": msg("Not fit for its use: {point} is beyond the limit of the use profile, or unknown."),
    "bypassed": msg(
        "The measurement {point} is bypassed at the station for a while: it trips nothing, and "
        "the gate does not open."
    ),
}
_OF_LOAD = {
    "load_peak": msg("More flows in at a time than the wetland takes: the gate is throttled."),
    "load_day": msg("In the last 24 h as much has flowed in as the wetland takes in a day."),
    "flow_unknown": msg("The flow is unknown: the gate is open by its stated part only."),
}
CAUSES = (*_OF_POINT, *_OF_LOAD)
WAITS = {
    "pond": msg("It opens when there is room again and the water is fit."),
    "load": msg("It opens further when the load has fallen."),
    "bypass": msg("The bypass of the measurement ends in {left}."),
    "wipe": msg("A probe is wiping itself; it opens afterwards."),
}


def rule7_sentence(tr: Callable[..., str] | Translate, station: Station, cause: Cause) -> str:
    """cause: one whose name is in CAUSES."""
    if cause.name in _OF_LOAD:
        return tr(_OF_LOAD[cause.name])
    point = station.points.get(cause.subject)
    label = inside(point_label(tr, station, point)) if point else cause.subject
    return tr(_OF_POINT[cause.name], point=label)
