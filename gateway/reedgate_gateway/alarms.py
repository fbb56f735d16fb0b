"""What a person has to act on, by priority; what follows from a first-out stands under it. Pure.

Alarms are made of what the stations say; acknowledging and shelving go no further than this file:
no rule of a station reads them. Which word makes which alarm stands in alarm_causes.py.
"""

from dataclasses import dataclass

from reedgate_gateway.alarm_causes import (
    PRIORITIES,
    Key,
    calibrations_due,
    causes_of,
    slow_causes,
    unsaid_of,
)
from reedgate_gateway.clock import Instant
from reedgate_gateway.state import State

ON_DELAY_MS = 5_000  # priority 1: none
OFF_DELAY_MS = 60_000
FIRST_WORD_MS = 60_000  # so long after the gateway's start a station may be silent
LONGEST_SHELF_MS = 12 * 3_600_000
LONGEST_UNSAID_MS = 3_600_000  # no bypass of a measurement is longer


@dataclass
class Alarm:
    key: Key
    since_ms: int  # unix: when its cause began
    began_ms: int  # monotonic
    stood_ms: int  # monotonic: when it was last said to stand
    raised: bool = False
    gone_ms: int | None = None  # monotonic: since when its cause is gone
    under: Key | None = None  # the first-out that it follows from
    acknowledged_by: str | None = None
    shelved_until_ms: int | None = None  # monotonic

    @property
    def priority(self) -> int:
        return PRIORITIES[self.key.kind]


class Alarms:
    """look() at each turn; `shown` is what people see then."""

    def __init__(self) -> None:
        self._alarms: dict[Key, Alarm] = {}
        self._started_ms: int | None = None
        self._slow: dict[Key, int] = {}  # on-delays of their own
        self.shown: list[Alarm] = []

    def look(self, state: State, now: Instant) -> None:
        """What a station that is silent said last goes on standing."""
        if self._started_ms is None:
            self._started_ms = now.monotonic_ms
            for station in state.catalogue.stations.values():
                self._slow.update(slow_causes(station))
        heard = now.monotonic_ms - self._started_ms >= FIRST_WORD_MS
        standing: dict[Key, Key | None] = {}
        silent = set()
        unsaid: set[Key] = set()
        for name, station in state.stations.items():
            standing.update(dict.fromkeys(calibrations_due(station.station, now.unix_ms)))
            if station.fresh(now):
                standing.update(causes_of(name, station))
                unsaid.update(unsaid_of(name, station))
            elif station.live_at is not None or heard:
                silent.add(name)
                standing[Key(name, "station_lost")] = None
        self._take(standing, now)
        for key, alarm in list(self._alarms.items()):
            if key in standing:
                continue
            if key.station in silent:
                alarm.under = Key(key.station, "station_lost")
            elif key not in unsaid or now.monotonic_ms - alarm.stood_ms >= LONGEST_UNSAID_MS:
                self._going(alarm, now)
        self._show(now)

    def _take(self, standing: dict[Key, Key | None], now: Instant) -> None:
        for key, under in standing.items():
            if key not in self._alarms:
                self._alarms[key] = Alarm(key, now.unix_ms, now.monotonic_ms, now.monotonic_ms)
            alarm = self._alarms[key]
            alarm.stood_ms = now.monotonic_ms
            alarm.gone_ms = None
            alarm.under = under

    def _show(self, now: Instant) -> None:
        for alarm in self._alarms.values():
            delay_ms = 0 if alarm.priority == 1 else ON_DELAY_MS
            delay_ms = max(delay_ms, self._slow.get(alarm.key, 0))
            if alarm.gone_ms is None and now.monotonic_ms - alarm.began_ms >= delay_ms:
                alarm.raised = True
            if alarm.shelved_until_ms is not None and now.monotonic_ms >= alarm.shelved_until_ms:
                alarm.shelved_until_ms = None
        raised = [alarm for alarm in self._alarms.values() if alarm.raised]
        self.shown = sorted(raised, key=lambda alarm: (alarm.priority, alarm.began_ms, alarm.key))

    def _going(self, alarm: Alarm, now: Instant) -> None:
        if alarm.gone_ms is None:
            alarm.gone_ms = now.monotonic_ms
        if not alarm.raised or now.monotonic_ms - alarm.gone_ms >= OFF_DELAY_MS:
            del self._alarms[alarm.key]

    def groups(self) -> list[tuple[Alarm, list[Alarm]]]:
        """Each alarm that follows from no other one that is shown, with those that follow."""
        there = {alarm.key: alarm for alarm in self.shown}
        heads = [alarm for alarm in self.shown if self._head_of(alarm, there) is None]
        return [
            (head, [alarm for alarm in self.shown if self._head_of(alarm, there) == head.key])
            for head in heads
        ]

    def _head_of(self, alarm: Alarm, there: dict[Key, Alarm]) -> Key | None:
        """The first-out at the end of the line; None: it is one itself."""
        head, seen = alarm.under, {alarm.key}
        while head in there and head not in seen and there[head].under in there:
            seen.add(head)
            head = there[head].under
        return head if head in there and head != alarm.key else None

    def acknowledge(self, text: str, person: str) -> str | None:
        """None, or the reason why not. It says that somebody has seen it, and nothing else."""
        alarm = self._shown(text)
        if alarm is None:
            return "no_such_alarm"
        alarm.acknowledged_by = person
        return None

    def shelve(self, text: str, for_ms: int, now: Instant) -> str | None:
        """None, or the reason why not."""
        alarm = self._shown(text)
        if alarm is None:
            return "no_such_alarm"
        if alarm.priority == 1:
            return "priority_1"
        if not 0 < for_ms <= LONGEST_SHELF_MS:
            return "too_long"
        alarm.shelved_until_ms = now.monotonic_ms + for_ms
        return None

    def _shown(self, text: str) -> Alarm | None:
        return next((alarm for alarm in self.shown if str(alarm.key) == text), None)
