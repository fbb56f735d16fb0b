"""How much light falls on the water: a half-sine from sunrise to sunset, 1 with the sun overhead.

No clouds: a scenario that wants a dull week lowers what grows by other means.
"""

import math

DAY_S = 86400
_TILT = math.radians(23.44)
_SOLSTICE_DAY = 355  # of the year: the shortest
_YEAR_DAYS = 365.25


def light(latitude_deg: float, day_of_year: float, hour: float) -> float:
    """At an hour by the sun, highest at 12."""
    latitude = math.radians(latitude_deg)
    declination = -_TILT * math.cos(2 * math.pi * (day_of_year - _SOLSTICE_DAY) / _YEAR_DAYS)
    noon = max(0.0, math.cos(latitude - declination))
    half_day_h = _half_day_h(latitude, declination)
    from_noon_h = abs(hour - 12)
    if from_noon_h >= half_day_h:
        return 0.0
    return noon * math.cos(math.pi / 2 * from_noon_h / half_day_h)


def _half_day_h(latitude: float, declination: float) -> float:
    """From sunrise to noon."""
    cosine = -math.tan(latitude) * math.tan(declination)
    return math.degrees(math.acos(min(1.0, max(-1.0, cosine)))) / 15
