"""Flood causes: at the first usable poll, after a contact's debounce, until clear for its hold."""

from core_parts import DEADBAND, LIMIT, MAX_AGE_MS, NOTHING, poll, table

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.core.flood import Flood, FloodContact, FloodPoint
from station.core.ticks import TICKS_MASK, later

SCAN_MS = 100
CLEAR_MS = 6000


class Watch:
    """One flood of a stage (limit as in core_parts) and, when wired, of a contact."""

    def __init__(self, stage_lost=layout.STAGE_LOST_CONTACT, side=layout.SIDE_ABOVE, points=1):
        self.readings = table(points)
        fields = {"position": codes.TARGET_OPEN, "stage_lost": stage_lost, "clear_ms": CLEAR_MS}
        self.flood = Flood(fields)
        for point in range(points):
            fields = {"point": point, "side": side, "limit": LIMIT, "deadband": DEADBAND}
            self.flood.points.append(FloodPoint(self.readings, fields))
        self.contact = bytearray([1])
        self.flood.contacts.append(FloodContact({"active_open": 1, "debounce_ms": 2000}, 0))
        self.now_ms = TICKS_MASK - 4200
        self.starting = False

    def scan(self):
        self.readings.age(self.now_ms)
        standing = self.flood.scan(self.now_ms, self.contact, self.starting)
        self.now_ms = later(self.now_ms, SCAN_MS)
        return standing

    def tell(self, letters, point=0):
        """A poll a second, ten scans after each; does it stand in the end?"""
        standing = False
        for letter in letters:
            poll(self.readings, self.now_ms, letter, point)
            for _ in range(10):
                standing = self.scan()
        return standing

    def run(self, for_ms):
        standing = False
        for _ in range(for_ms // SCAN_MS):
            standing = self.scan()
        return standing

    def time_to_clear(self):
        begun_ms = self.now_ms
        for second in range(100):
            poll(self.readings, self.now_ms, "i")
            for scan in range(10):
                if not self.scan():
                    return second * 1000 + scan * SCAN_MS
        raise AssertionError(f"stands for ever since {begun_ms}")


def test_a_stage_acts_at_its_first_usable_poll_beyond():
    watch = Watch()
    assert not watch.tell("iiL")  # at the limit is not beyond
    poll(watch.readings, watch.now_ms, "B")
    assert watch.scan()


def test_a_stage_below_its_limit():
    watch = Watch(side=layout.SIDE_BELOW)
    assert not watch.tell("BBL")
    assert watch.tell("d")


def test_a_poll_beyond_that_no_scan_saw_counts():
    watch = Watch()
    watch.tell("ii")
    poll(watch.readings, watch.now_ms, "B")
    poll(watch.readings, watch.now_ms, "i")
    assert watch.scan()


def test_what_is_no_number_starts_nothing():
    for letter in NOTHING:
        watch = Watch()
        assert not watch.tell("ii" + letter * 8), letter


def test_it_ends_when_clear_for_its_hold():
    watch = Watch()
    assert watch.tell("iiB")
    assert watch.time_to_clear() == CLEAR_MS


def test_clear_is_less_than_limit_less_deadband_and_good():
    for letter in "BLde" + NOTHING:  # "e" is exactly limit less deadband: not below it
        watch = Watch()
        watch.tell("iiB")
        assert watch.tell("iiiiii" + letter), letter  # one scan before the hold was over
        assert watch.tell("iiiiii"), letter
        assert not watch.tell("i"), letter


def test_a_lost_stage_does_not_end_a_flood_however_long():
    watch = Watch()
    watch.tell("iiB")
    assert watch.run(100 * CLEAR_MS)
    assert watch.flood.stage_is_lost
    assert watch.time_to_clear() == CLEAR_MS


def test_a_contact_acts_after_its_debounce_and_a_broken_wire_is_a_flood():
    watch = Watch()
    watch.tell("ii")
    watch.contact[0] = 0
    poll(watch.readings, watch.now_ms, "i")
    assert not watch.run(2000)
    assert watch.scan()


def test_a_chattering_contact_does_not_start_but_does_not_let_it_end_either():
    watch = Watch()
    watch.tell("ii")
    for _ in range(20):
        watch.contact[0] = 0
        assert not watch.tell("i")
        watch.contact[0] = 1
        assert not watch.tell("i")
    watch.contact[0] = 0
    assert watch.tell("iii")
    for _ in range(20):
        watch.contact[0] = 1
        assert watch.tell("i")
        watch.contact[0] = 0
        assert watch.tell("i")
    watch.contact[0] = 1
    assert watch.time_to_clear() == CLEAR_MS


def test_a_contact_that_is_active_when_made():
    contact = FloodContact({"active_open": 0, "debounce_ms": 0}, 0)
    assert contact.scan(0, bytearray([1])) == 1
    assert contact.scan(0, bytearray([0])) == 2


def test_the_contact_decides_while_the_stage_is_lost():
    watch = Watch()
    assert not watch.tell("iiMMMMMM")
    watch.contact[0] = 0
    assert watch.run(3000)
    watch.contact[0] = 1
    assert watch.run(10 * CLEAR_MS)  # until the stage can say that it is clear


def test_a_lost_stage_may_be_chosen_to_be_a_flood():
    for letter in NOTHING:
        watch = Watch(stage_lost=layout.STAGE_LOST_FLOOD)
        assert not watch.tell("iii")
        assert not watch.tell(letter), letter  # one poll without an answer is no loss
        assert not watch.tell("i" + letter + letter), letter
        assert watch.tell(letter), letter
    watch = Watch(stage_lost=layout.STAGE_LOST_FLOOD)
    watch.tell("i")
    assert not watch.run(MAX_AGE_MS - 1000)
    assert watch.scan()  # no polls at all: by its age
    assert watch.time_to_clear() == CLEAR_MS


def test_a_stage_that_was_not_read_yet_is_not_lost_before_the_start_is_over():
    watch = Watch(stage_lost=layout.STAGE_LOST_FLOOD)
    watch.starting = True
    assert not watch.run(10 * MAX_AGE_MS)
    watch.starting = False
    assert watch.scan()


def test_a_stage_beyond_and_a_contact_act_while_starting():
    watch = Watch()
    watch.starting = True
    assert watch.tell("B")
    other = Watch()
    other.starting = True
    other.contact[0] = 0
    assert other.run(3000)


def test_all_points_must_be_clear_and_any_may_call():
    watch = Watch(points=2)
    watch.tell("i", 1)
    assert watch.tell("B", 1)
    watch.tell("iii", 0)
    assert watch.run(10 * CLEAR_MS)  # point 1 has said nothing since
    for _ in range(8):
        poll(watch.readings, watch.now_ms, "i", 1)
        watch.tell("i", 0)
    assert not watch.scan()
