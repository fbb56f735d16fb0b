"""What a person has to act on, by priority; what follows from a first-out stands under it. Pure.

Alarms are made of what the stations say; acknowledging and shelving go no further than this file:
no rule of a station reads them. Which word makes which alarm stands in alarm_causes.py. That one
was seen outlives a restart of the gateway; a shelf does not: then it is shown again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

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
from reedgate_gateway.store import Seen

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

    def __init__(
        self,
        seen: Iterable[Seen] = (),
        keep: Callable[[list[Seen]], None] = lambda rows: None,
    ) -> None:
        """seen: what was kept when the gateway ran before. keep: takes what is to be kept."""
        self._seen = {Key(each.station, each.kind, each.subject): each for each in seen}
        self._keep = keep
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
        if heard:
            self._forget(silent)
        for key in self._alarms.keys() - standing.keys():
            self._unsaid(self._alarms[key], silent, unsaid, now)
        self._show(now)

    def _take(self, standing: dict[Key, Key | None], now: Instant) -> None:
        for key, under in standing.items():
            if key not in self._alarms:
                self._alarms[key] = self._begun(key, now)
            alarm = self._alarms[key]
            alarm.stood_ms = now.monotonic_ms
            alarm.gone_ms = None
            alarm.under = under

    def _begun(self, key: Key, now: Instant) -> Alarm:
        """What stands in a station's first word is what was seen before the gateway's restart."""
        alarm = Alarm(key, now.unix_ms, now.monotonic_ms, now.monotonic_ms)
        seen = self._seen.pop(key, None)
        if seen is not None:
            alarm.since_ms, alarm.acknowledged_by = seen.since_ms, seen.person
        return alarm

    def _forget(self, silent: set[str]) -> None:
        """What was seen, and was over when its station was heard again."""
        gone = [key for key in self._seen if key.station not in silent]
        if gone:
            self._keep([replace(self._seen.pop(key), person=None) for key in gone])

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

    def _unsaid(self, alarm: Alarm, silent: set[str], unsaid: set[Key], now: Instant) -> None:
        """One that nobody says to stand is over, unless nobody can say so."""
        if alarm.key.station in silent:
            alarm.under = Key(alarm.key.station, "station_lost")
        elif alarm.key not in unsaid or now.monotonic_ms - alarm.stood_ms >= LONGEST_UNSAID_MS:
            self._going(alarm, now)

    def _going(self, alarm: Alarm, now: Instant) -> None:
        if alarm.gone_ms is None:
            alarm.gone_ms = now.monotonic_ms
        if not alarm.raised or now.monotonic_ms - alarm.gone_ms >= OFF_DELAY_MS:
            del self._alarms[alarm.key]
            if alarm.acknowledged_by is not None:
                self._keep([_seen(alarm, None)])

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
        self._keep([_seen(alarm, person)])
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


def _seen(alarm: Alarm, person: str | None) -> Seen:
    key = alarm.key
    return Seen(key.station, key.kind, key.subject, alarm.since_ms, person)
