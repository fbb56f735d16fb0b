"""The books of one body of water: what came, what was made or taken out in it, what left."""

from dataclasses import dataclass


@dataclass
class Book:
    """Since the start: cubic metres, or grams."""

    held_at_start: float
    came: float = 0.0
    made: float = 0.0
    removed: float = 0.0
    left: float = 0.0

    def error(self, held: float) -> float:
        """What does not add up, as a share of everything that moved or stands."""
        gained, lost = self.came + self.made, self.left + self.removed
        return (self.held_at_start + gained - lost - held) / max(
            1e-12, self.held_at_start + gained
        )


def mixed(
    book: Book,
    held: float,
    brought: float,
    away_m3: float,
    settling_m3: float = 0.0,
    floor: float = 0.0,
) -> float:
    """The new concentration of a mixed volume after one implicit step, booked but for what came.

    held: what it held, brought: what came in, away_m3: its new volume and what flowed out of it.
    settling_m3: volume cleaned down to `floor` in the step; what is cleaner already stays so.
    """
    mixture = (held + brought) / away_m3
    if settling_m3 <= 0.0 or mixture <= floor:
        return mixture
    new = (held + brought + settling_m3 * floor) / (away_m3 + settling_m3)
    book.removed += settling_m3 * (new - floor)
    return new


def mixed_temperature_c(
    held_c: float,
    volume_m3: float,
    came_c: float,
    came_m3: float,
    air_c: float,
    exchanged_m3: float,
) -> float:
    """exchanged_m3: as if so much water of the air's temperature took part."""
    heat = held_c * volume_m3 + came_c * came_m3 + air_c * exchanged_m3
    return heat / (volume_m3 + came_m3 + exchanged_m3)
