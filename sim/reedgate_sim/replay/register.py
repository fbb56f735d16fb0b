"""What an instrument's register holds for a value of its point."""

import struct
from collections.abc import Callable

from reedgate_boards.site.profiles import load_profile
from reedgate_boards.site.schema_station import Station
from reedgate_contract.quantities import QUANTITIES


def register_of(station: Station, point: str) -> tuple[str, Callable[[float], tuple[int, int]]]:
    """The point's quantity, and the two words of the big-endian float for a value of it."""
    (sensor, quantity) = next(
        (sensor, quantity)
        for sensor in station.sensors.values()
        for quantity, name in sensor.points.items()
        if name == point
    )
    row = load_profile(sensor.profile).points[quantity]
    offset = float(sensor.zero_offset_mm) if quantity == "depth_mm" else 0.0
    unit = 10 ** QUANTITIES[quantity][2]
    times = row.den / row.num / 10**row.decimals

    def words_of(value: float) -> tuple[int, int]:
        return struct.unpack(">HH", struct.pack(">f", (value * unit - offset) * times))

    return quantity, words_of
