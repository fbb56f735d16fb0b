"""Rules of `calibrated` and `calibrate_every_days`: when a probe is to be calibrated again.

The gateway asks people for it; a board reads neither key.
"""

import datetime

from reedgate_boards.site.context import StationContext
from reedgate_boards.site.schema_station import Sensor
from reedgate_boards.site.source import KeyPath

_A_DAY = datetime.timedelta(days=1)  # it is tomorrow already somewhere


def check_calibrations(context: StationContext) -> None:
    for sensor_id, sensor in context.station.sensors.items():
        _check_sensor(context, sensor, context.path("sensors", sensor_id))


def _check_sensor(context: StationContext, sensor: Sensor, path: KeyPath) -> None:
    day, every = (*path, "calibrated"), (*path, "calibrate_every_days")
    today = datetime.datetime.now(datetime.UTC).date()
    if sensor.calibrated is not None and sensor.calibrated > today + _A_DAY:
        context.findings.error(day, "lies in the future. Write the day of the last calibration.")
    if context.validated.was_removed(day) or context.validated.was_removed(every):
        return
    if sensor.calibrated is None and sensor.calibrate_every_days is not None:
        context.findings.error(
            day, "is missing: from that day on the days are counted. Add it, as 2026-03-01."
        )
    elif sensor.calibrated is not None and sensor.calibrate_every_days is None:
        context.findings.error(
            every, "is missing: say after how many days the probe is to be calibrated again."
        )
    elif sensor.calibration_due is not None and sensor.calibration_due <= today:
        context.findings.warning(
            day,
            "its calibration has been due since {day}: the gateway raises an alarm. Calibrate it, "
            "and write the new day here.",
            day=sensor.calibration_due,
        )
