"""A state: all that changes in the objects of a station and of the world around it, as bytes.

The objects are walked once, from their roots; each attribute that can change, and each element of
an array, is a slot. A state is one byte a slot: the number of the slot's value in its own book of
values met so far. Times are kept as ages in the configuration's unit, so that a state says nothing
of when it was reached. The books grow as states are met and belong to one exploration.
"""

from array import array
from collections import deque
from collections.abc import Callable
from operator import getitem, itemgetter, setitem

TICKS = 1 << 30
_MOST = 256

# Time stamps, and when they mean something: one that does not is no part of a state. A mistake
# here shows in sound.py, where the same objects run on without being taken apart.
_ALIVE: dict[tuple[str, str], Callable] = {
    ("Hold", "since_ms"): lambda hold, _: hold.running and not hold.done,
    ("Limit", "_run_start_ms"): lambda limit, _: limit.run and not limit._delay_passed,
    ("TwoRelayDrive", "_started_ms"): lambda drive, _: drive.direction != 0,
    ("Readings", "_taken_ms"): lambda readings, point: readings.usable(point),
    ("InletGate", "openings_ms"): lambda gate, index: index < gate.openings,
    ("Recurrence", "_at_ms"): lambda recurrence, index: index < recurrence.kept & 3,
    ("Freeze", "_since_ms"): lambda freeze, _: freeze.active,
    ("Freeze", "_ends_ms"): lambda freeze, index: index < freeze._ended,
    ("Station", "now_ms"): lambda *_: False,  # told: the time of the last decision
}
# What else means something at times only: then it is a part of the state, and else the first of
# its values.
_AT_TIMES: dict[tuple[str, str], Callable] = {
    ("TwoRelayDrive", "_last_direction"): lambda drive: not (drive.direction or drive._rest.done),
    ("TwoRelayDrive", "_from_end"): lambda drive: drive.direction and drive.travel_min_ms,
}
# What is known by its class: of the numbers that count, one stands for all that are judged alike.
_CLASSED = ("Readings", "value")
# What is told to people only. `detail` is of a reading, `clears_by` of a trip.
_TOLD = {"wait", "wait_ms", "detail", "cause_of", "stage_is_lost", "clears_by"}
_TOLD |= {"alarms", "healthy", "idle"}
_TOLD |= {"content", "_now"}  # of the latches: made from the rest by look()
# Written in every scan before anything reads it.
_ANEW = {("Hands", "target"), ("Station", "reset_edge"), ("Remote", "reset_edge")}
_ANEW |= {("Remote", "_came_order"), ("Remote", "_came_hold_ms")}  # with each order that comes
# Numbers of which only so much is ever looked at: restarts in a row, by "two or more"; a reading's
# age, by whether there was ever one: what it is comes from `_taken_ms` in each scan.
_AT_MOST = {"_restarts": 2, "age_ms": 0}
_DURATIONS = {"hold_ms", "_came_hold_ms", "age_ms"}  # changed, but no point in time


class Slots:
    """roots: objects of the core, and ours, which name their own slots in STATE.

    left_out: objects that no decision reads. asleep: (object, function) pairs; while the function
    gives true, what the object holds means nothing. unit_ms: of ages. whole: load() puts back each
    slot, whatever has happened since the last save(). classes: of each point, what stands for a
    number that counts, by number.
    """

    def __init__(self, roots, changing, unit_ms, left_out=(), asleep=(), classes=(), whole=False):
        self.unit_ms = unit_ms
        self._whole = whole
        self._containers, self._keys, self._stamps, self._capped = [], [], [], []
        self._at_times, self._owners = [], []
        self._classes, self._classed = classes, []
        self.names = []
        self._changing = changing
        self._met = {id(each) for each in left_out}
        self._kept = list(roots)  # ids stay theirs
        for root in roots:
            self._walk(root)
        self._asleep = [
            (sleeps, [at for at, owner in enumerate(self._owners) if owner is thing])
            for thing, sleeps in asleep
        ]
        self._lists = [[] for _ in self._keys]
        self._books = [{} for _ in self._keys]
        self._sort_out()

    def __len__(self):
        return len(self._keys)

    def _walk(self, thing):
        if id(thing) in self._met:
            return
        self._met.add(id(thing))
        if isinstance(thing, list | tuple):
            for each in thing:
                self._walk(each)
        elif type(thing).__module__.startswith("station.core") or hasattr(thing, "STATE"):
            self._take(thing)

    def _take(self, thing):
        values = vars(thing)
        ours = getattr(thing, "STATE", None)
        for name, value in list(values.items()):
            passed_by = name in _TOLD or (type(thing).__name__, name) in _ANEW
            if passed_by or (ours is not None and name not in ours):
                continue
            if _holds_numbers(value):  # may be written to under another name: always slots
                for index in range(len(value)):
                    self._add(value, index, thing, name)
            elif value is None or isinstance(value, int):
                if ours is not None or name in self._changing:
                    self._add(values, name, thing, name)
            else:
                self._walk(value)

    def _add(self, container, key, thing, name):
        self._containers.append(container)
        self._keys.append(key)
        self._owners.append(thing)
        place = "" if key == name else f"[{key}]"
        self.names.append(f"{type(thing).__name__}.{name}{place}")
        if name in _AT_MOST:
            self._capped.append((len(self._keys) - 1, _AT_MOST[name]))
        if (type(thing).__name__, name) in _AT_TIMES:
            alive = _AT_TIMES[type(thing).__name__, name]
            self._at_times.append((len(self._keys) - 1, alive, thing, container[key]))
        if (type(thing).__name__, name) == _CLASSED and self._classes:
            self._classed.append((len(self._keys) - 1, thing.usable, key, self._classes[key]))
        if not name.endswith("_ms") or name in _DURATIONS:
            return
        kind = next((each for each in _kinds(thing) if (each, name) in _ALIVE), None)
        if kind is None:
            raise TypeError(f"slots.py does not know whether {name} of {thing!r} is a time stamp")
        self._stamps.append((len(self._keys) - 1, _ALIVE[kind, name], thing, key))

    def _sort_out(self):
        """What load() has to put back: where save() has met one value only, that one stands."""
        always = {each[0] for each in (*self._stamps, *self._at_times, *self._capped)}
        always.update(each[0] for each in self._classed)
        for _, indices in self._asleep:
            always.update(indices)
        lists = enumerate(self._lists)
        put = [at for at, met in lists if self._whole or len(met) > 1 or at in always]
        self._put = itemgetter(*put)
        self._put_containers = self._put(self._containers)
        self._put_keys = self._put(self._keys)
        self._put_lists = self._put(self._lists)
        self._put_stamps = [put.index(index) for index, _, _, _ in self._stamps]

    def save(self, now_ms: int) -> bytes:
        raw = list(map(getitem, self._containers, self._keys))
        self._make_ages(raw, now_ms)
        self._leave_out(raw)
        try:
            return bytes(map(getitem, self._books, raw))
        except KeyError:
            self._learn(raw)
            return bytes(map(getitem, self._books, raw))

    def _make_ages(self, raw: list, now_ms: int) -> None:
        unit_ms = self.unit_ms
        for index, alive, thing, key in self._stamps:
            if alive(thing, key):
                age_ms = (now_ms - raw[index]) & (TICKS - 1)
                raw[index] = (age_ms + unit_ms // 2) // unit_ms % (TICKS // unit_ms)
            else:
                raw[index] = 0

    def _leave_out(self, raw: list) -> None:
        """Of what is no part of a state, or only by its class."""
        for index, alive, thing, first in self._at_times:
            if not alive(thing):
                raw[index] = first
        for index, most in self._capped:
            raw[index] = min(raw[index], most)
        for index, usable, point, classes in self._classed:
            if usable(point):
                raw[index] = classes[raw[index]]
        for sleeps, indices in self._asleep:
            if sleeps():
                for index in indices:
                    raw[index] = 0

    def _learn(self, raw):
        for index in range(len(raw)):
            book, value = self._books[index], raw[index]
            if value not in book:
                if len(book) == _MOST:
                    raise OverflowError(f"{self.names[index]}: more than {_MOST} values")
                book[value] = len(book)
                self._lists[index].append(value)
        self._sort_out()

    def load(self, state: bytes, now_ms: int) -> None:
        """Of this or a later state: what it does not put back has to stand since the last save."""
        raw = list(map(getitem, self._put_lists, self._put(state)))
        for index in self._put_stamps:
            raw[index] = (now_ms - raw[index] * self.unit_ms) & (TICKS - 1)
        deque(map(setitem, self._put_containers, self._put_keys, raw), maxlen=0)

    def share(self, other: "Slots") -> None:
        """Name values as another of the same site does, of whose slots these are the first."""
        self._books, self._lists = other._books[: len(self)], other._lists[: len(self)]
        self._sort_out()

    def values(self, state: bytes) -> list:
        """What the bytes stand for, in the order of `names`."""
        return list(map(getitem, self._lists, state))


def _holds_numbers(value):
    if isinstance(value, array | bytearray):
        return True
    return isinstance(value, list) and bool(value) and all(type(each) is int for each in value)


def _kinds(thing):
    return [each.__name__ for each in type(thing).__mro__]
