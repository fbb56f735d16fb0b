"""A probe that wipes itself: its reading stands for a while, its limits do not miss it."""

from core_parts import changed, poll, table

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.core.freeze import Freeze
from station.core.limit import Limit
from station.core.ticks import TICKS_MASK, later

FIELDS = {
    "point": 0,
    "side": layout.SIDE_ABOVE,
    "limit": 10000,
    "deadband": 2000,
    "polls": 2,
    "of": 3,
    "delay_ms": 0,
    "lost_hold_ms": 60000,
}
WIPE = {
    "every_ms": 300000,
    "takes_ms": 12000,
    "freeze_max_ms": 30000,
    "name": b"",
    "reply_size": 8,
}
SCAN_MS = 200
MINUTES = 60000


class Watch:
    """One limit on one probe, polled every second, scanned every 200 ms."""

    def __init__(self, **changes):
        self.readings = table()
        self.limit = Limit(self.readings, FIELDS)
        self.freeze = Freeze(self.readings, [0], [self.limit], changed(WIPE, **changes))
        self.readings.freezes.append(self.freeze)
        self.now_ms = TICKS_MASK - 60000
        self.passed_ms = 0

    def tell(self, letters):
        """A poll by each letter, and the scans of its second."""
        for letter in letters:
            if not self.freeze.swallows(self.now_ms, letter not in "MCX"):
                poll(self.readings, self.now_ms, letter)
            for _ in range(5):
                self.scan()
        return self

    def scan(self):
        self.readings.age(self.now_ms)
        self.freeze.scan(self.now_ms)
        self.limit.scan(self.now_ms)
        self.now_ms = later(self.now_ms, SCAN_MS)

    def begin(self):
        return self.freeze.begin(self.now_ms)


def test_while_it_wipes_nothing_that_it_reads_counts():
    for letter in "BnsgM":
        watch = Watch().tell("iii")
        assert watch.begin()
        watch.tell(letter * 12)
        assert watch.limit.permissive, letter
        assert not watch.limit.tripped, letter
        assert not watch.limit.lost, letter
        assert watch.readings.value[0] == 5000
        assert watch.readings.flag[0] == codes.FLAG_GOOD


def test_its_first_answer_after_the_wipe_counts_and_ends_it():
    watch = Watch().tell("iii")
    watch.begin()
    watch.tell("B" * 12)
    watch.tell("B")
    assert not watch.freeze.active
    assert watch.limit.beyond_count == 1
    assert watch.tell("B").limit.tripped


def test_without_an_answer_it_is_lost_at_once_when_its_time_is_over():
    watch = Watch().tell("iii")
    watch.begin()
    watch.tell("M" * 29)
    assert not watch.limit.lost
    watch.tell("MM")
    assert watch.limit.lost
    assert not watch.limit.permissive
    assert watch.readings.detail[0] == codes.DETAIL_STALE
    assert watch.tell("i").limit.lost  # fewer than k of the last n
    assert not watch.tell("i").limit.lost


def test_without_a_poll_either():
    watch = Watch().tell("iii")
    watch.begin()
    for _ in range(30 * 5):
        watch.scan()
    assert not watch.limit.lost
    watch.scan()
    assert watch.limit.lost


def test_it_starts_from_good_readings_inside_the_limit_only():
    for letter in "BMnsgW":
        watch = Watch().tell("iii" + letter)
        assert not watch.begin(), letter
    watch = Watch().tell("iii")
    watch.readings.doubt(0, True)
    assert not watch.tell("i").begin()
    assert not Watch().begin()


def test_a_poll_that_still_counts_keeps_it_from_starting():
    watch = Watch().tell("iiiBi")
    assert not watch.begin()
    assert watch.tell("ii").begin()


def test_within_the_deadband_it_may_start():
    watch = Watch().tell("ddd")
    assert watch.begin()
    assert not watch.tell("MMM").limit.permissive


def test_no_more_than_a_minute_in_any_ten():
    watch = Watch().tell("iii")
    for _ in range(2):
        assert watch.begin()
        watch.tell("M" * 12 + "iii")
        assert not watch.freeze.active
    assert not watch.begin()
    watch.tell("i" * (570 - 15))
    assert not watch.begin()
    watch.tell("i" * 45)
    assert watch.begin()
    watch = Watch(freeze_max_ms=60000).tell("iii")
    assert watch.begin()
    watch.tell("M" * 12 + "iii")
    assert not watch.begin()


def test_a_second_one_does_not_prolong_the_first():
    watch = Watch().tell("iii")
    assert watch.begin()
    watch.tell("MM")
    assert not watch.begin()
