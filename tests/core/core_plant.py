"""The plant of the tests in this folder: leaves that leave and reach their switches."""

from reedgate_contract import codes
from reedgate_contract import config as layout


class Leaf:
    """One gate leaf, its place counted in milliseconds of travel from closed.

    `stuck`: it does not move. `shown`: what a broken switch shows, by its name.
    """

    def __init__(self, fields, opening):
        self.travel_ms = fields["travel_ms"]
        self.at_ms = self.travel_ms * opening // 1000
        self.two_relay = fields["drive"] == layout.DRIVE_TWO_RELAY
        self.spring = fields["spring"]
        self.stuck = False
        self.stops_at_ms = -1  # a stone: the leaf does not get below this
        self.shown = {}
        self.wired = ("at_open", "at_closed")

    def move(self, story, prefix, for_ms):
        if self.two_relay:
            way = story.output(prefix + "open") - story.output(prefix + "close")
        else:
            way = 1 if self.spring == codes.TARGET_OPEN else -1
            if story.output(prefix + "out"):
                way = -way
        if self.stuck:
            return
        at_ms = min(self.travel_ms, max(0, self.at_ms + way * for_ms))
        if way < 0:
            at_ms = max(at_ms, min(self.stops_at_ms, self.at_ms))
        self.at_ms = at_ms

    def switch(self, name):
        if name in self.shown:
            return self.shown[name]
        return 1 if self.at_ms == (self.travel_ms if name == "at_open" else 0) else 0
