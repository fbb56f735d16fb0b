"""What an answer of a probe may be, by the letter of its class: the ends of the class.

The explorer is given the first of them, which lies beside the boundary: one number further, and it
would be of another class. Random scans are given any (sound.py). A state has the class, not the
number: whichever of a class has come, all of them lead on alike, or sound.py finds it.
"""

from reedgate_contract import config as layout
from reedgate_sim.proof.site import (
    ABOVE,
    BELOW,
    BETWEEN,
    BEYOND,
    DEADBAND,
    DOUBTED,
    INSIDE,
    LIMIT,
    MOST,
    NAN,
    NEARLY,
    Site,
)

# as in station.core.fixed: no number, and the two infinities
_NO_NUMBER = {NAN: (-1073741821,), ABOVE: (-1073741822,), BELOW: (-1073741823,)}


class Numbers:
    """Of one point. by_letter: what may come; class_of: of each number that may, the one that
    stands for its class in a state.
    """

    def __init__(self, side: int, is_stage: bool):
        """is_stage: of a flood, which is clear only beyond its deadband, not at the end of it."""
        above = side == layout.SIDE_ABOVE
        sign, room = (-1, LIMIT) if above else (1, MOST - LIMIT)
        clear = DEADBAND + is_stage  # so far from the limit is inside
        away = {
            INSIDE: (clear, clear + 1, room),
            BETWEEN: (0, clear // 2, clear - 1),
            NEARLY: (clear - 1, 0),
            BEYOND: (-1, -5, room - MOST),
        }
        away[DOUBTED] = away[BEYOND]
        self.by_letter = {
            letter: tuple(LIMIT + sign * each for each in every) for letter, every in away.items()
        }
        self.by_letter |= _NO_NUMBER
        first = {letter: every[0] for letter, every in self.by_letter.items()}
        self.class_of = {}
        for number in range(MOST + 1):
            inward = sign * (number - LIMIT)
            letter = BEYOND if inward < 0 else BETWEEN if inward < clear else INSIDE
            self.class_of[number] = first[letter]


def numbers_of(site: Site) -> list[Numbers]:
    """Of each point, in the order of `Site.words`."""
    judged = [Numbers(each.side, False) for each in site.limits]
    floods = [flood for gate in site.gates for flood in gate.floods if flood.words]
    return judged + [Numbers(flood.side, True) for flood in floods]
