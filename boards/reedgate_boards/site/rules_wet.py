"""Rules of `wet_when`: by which point a probe is known to be under water."""

from reedgate_boards.site.context import SitePoint, StationContext
from reedgate_boards.site.rules_limit import is_carried, tell_unknown_point
from reedgate_boards.site.schema_station import Sensor
from reedgate_boards.site.source import KeyPath
from reedgate_contract.quantities import QUANTITIES


def check_wet(context: StationContext) -> None:
    for sensor_id, sensor in context.station.sensors.items():
        path = context.path("sensors", sensor_id, "wet_when")
        if not sensor.wet_when.always and not context.validated.was_removed(path):
            _check_witness(context, sensor_id, sensor, path)


def _check_witness(context: StationContext, sensor_id: str, sensor: Sensor, path: KeyPath) -> None:
    wet = sensor.wet_when
    if wet.point is None or (wet.above is None) == (wet.below is None):
        context.findings.error(path, "must have a point, and either `above` or `below`.")
    elif wet.point not in context.point_names():
        tell_unknown_point(context, wet.point, (*path, "point"))
    elif wet.point in context.points:
        witness = context.points[wet.point]
        side = "above" if wet.above is not None else "below"
        if is_carried(context, witness, wet.bound, (*path, side)):
            _check_bound(context, sensor, witness, (*path, side))
        _check_order(context, sensor_id, sensor, witness, (*path, "point"))


def _check_bound(
    context: StationContext, sensor: Sensor, witness: SitePoint, path: KeyPath
) -> None:
    low, high = witness.low, witness.high
    if not low < sensor.wet_when.bound < high:
        context.findings.error(
            path,
            "must lie inside what {profile} can measure, {low} to {high} {unit}: else the probe "
            "is always wet, or never.",
            profile=witness.giver,
            low=low,
            high=high,
            unit=QUANTITIES[witness.quantity][1],
        )


def _check_order(
    context: StationContext, sensor_id: str, sensor: Sensor, witness: SitePoint, path: KeyPath
) -> None:
    """One step only: a witness is judged by nobody, or by itself before the others are."""
    point = sensor.wet_when.point
    if witness.sensor_id is None:
        context.findings.error(path, "is reckoned from others. Choose a point of a sensor.")
        return
    other = context.station.sensors[witness.sensor_id].wet_when
    if witness.sensor_id == sensor_id:
        if next(iter(sensor.points.values())) != point:
            context.findings.error(
                path,
                "is judged after others of this sensor. Put it first in `points`.",
            )
    elif not other.always and other.point != point:
        context.findings.error(
            path,
            "is a point of sensor {other}, which has to be known to be wet itself. Choose a point "
            'of a sensor with wet_when = "always".',
            other=witness.sensor_id,
        )
