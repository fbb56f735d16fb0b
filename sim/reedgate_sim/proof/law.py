"""What a property is to the explorer: it looks at the world before and after each scan.

STATE names what a law has to remember; it becomes a part of the state (slots.py), so whatever is
counted has to stop at a bound, and a list stays the same object.
"""


class Broken(Exception):
    """A property does not hold. rule: its name in CONTROL.md. sentence: of the catalogue, which
    `values` fill; what: in English.
    """

    def __init__(self, rule: str, sentence: str, /, **values: str):
        self.rule = rule
        self.sentence = sentence
        self.values = values
        self.what = sentence.format(**values)
        super().__init__(f"{rule}: {self.what}")


class Law:
    """One property, or a few that look at the same things."""

    STATE: tuple[str, ...] = ()

    def __init__(self, world):
        self.world = world

    def start(self) -> None:
        """The station was switched on (again)."""

    def note(self) -> None:
        """A step begins; a restart, if there is one, is still to come."""

    def before(self) -> None:
        """The inputs of this scan are there, the station has not decided."""

    def after(self) -> None:
        """It has. Raises Broken."""


def counted(count: int, most: int) -> int:
    return count + 1 if count < most else most
