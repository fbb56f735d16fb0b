"""The alarms of a site whose one station says what a test wants, in virtual time."""

import feed
from gateway_rig import KEYS, StandingClock, take

from reedgate_gateway.alarms import Alarms
from reedgate_gateway.state import State


class Watch:
    """A site whose one station says what a test wants."""

    def __init__(self, catalogue):
        self.clock, self.station = StandingClock(), feed.Station()
        self.state, self.alarms = State(catalogue, keyed=KEYS), Alarms()
        self.say()

    def say(self, points=None, gates=None):
        take(self.state, self.clock, self.station.live(points, gates))
        return self.look()

    def look(self):
        self.alarms.look(self.state, self.clock())
        return [str(alarm.key) for alarm in self.alarms.shown]

    def say_for(self, ms, points=None, gates=None):
        for _ in range(ms // 500):
            self.clock.advance(500)
            said = self.say(points, gates)
        return said

    def groups(self):
        return [
            (str(head.key), [str(each.key) for each in those])
            for head, those in self.alarms.groups()
        ]
