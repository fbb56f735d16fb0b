"""A quality trip: latched when its limit trips, cleared by its own rule and by nothing else."""

from core_parts import DEADBAND, LIMIT, NOTHING, changed, poll, table

from reedgate_contract import config as layout
from station.core.recurrence import Recurrence
from station.core.ticks import TICKS_MASK, later
from station.core.trip import Trip

FIELDS = {
    "point": 0,
    "side": layout.SIDE_ABOVE,
    "limit": LIMIT,
    "deadband": DEADBAND,
    "polls": 2,
    "of": 3,
    "delay_ms": 0,
    "lost_hold_ms": 3000,
    "clears": layout.CLEARS_HOLD_THEN_CLEAR,
    "clear_hold_ms": 3000,
    "flow_past": layout.FLOW_PAST_PUMP,
}
RESET_ONLY = layout.CLEARS_RESET_ONLY


class Watch:
    def __init__(self, **changes):
        self.readings = table()
        self.trip = Trip(self.readings, changed(FIELDS, **changes))
        self.passed = False  # by water that the bypass takes
        self.now_ms = TICKS_MASK - 3300  # the ticks wrap in every story

    def tell(self, letters, reset=False):
        """A scan after each poll, a second apart; is it latched in the end?"""
        for letter in letters:
            poll(self.readings, self.now_ms, letter)
            self.scan(reset)
            self.now_ms = later(self.now_ms, 1000)
        return self.trip.latched

    def scan(self, reset=False):
        self.readings.age(self.now_ms)
        self.trip.scan(self.now_ms, reset, self.passed)
        return self.trip.latched


def test_it_latches_in_the_scan_in_which_its_limit_trips():
    for clears in (layout.CLEARS_HOLD_THEN_CLEAR, RESET_ONLY):
        watch = Watch(clears=clears)
        assert not watch.tell("iiB")
        assert watch.tell("B")


def test_hold_then_clear_needs_its_hold_of_good_water_without_a_break():
    watch = Watch()
    assert watch.tell("iBB")
    assert watch.tell("i")  # B is still k: the limit itself is tripped
    assert watch.tell("iii")  # B is below k, for 0, 1 and 2 s
    assert not watch.tell("i")


def test_a_break_of_any_kind_starts_the_hold_anew():
    for letter in "BLd" + NOTHING:
        watch = Watch()
        watch.tell("iBBiiii")
        assert watch.tell(letter), letter
        assert watch.tell("iii"), letter
        assert not watch.tell("ii"), letter


def test_hold_then_clear_does_not_listen_to_a_reset():
    watch = Watch(clear_hold_ms=60000)
    watch.tell("iBBii")
    assert watch.tell("iiiiii", reset=True)


def test_reset_only_clears_by_a_reset_while_its_cause_is_gone():
    watch = Watch(clears=RESET_ONLY)
    assert watch.tell("iBB")
    assert watch.tell("i" * 100)  # never by itself
    for letter in "BLd" + NOTHING:
        assert watch.tell(letter, reset=True), letter
    assert watch.tell("iiii")
    assert not watch.scan(reset=True)
    assert not watch.scan()


def test_a_reset_before_its_cause_is_gone_is_not_remembered():
    watch = Watch(clears=RESET_ONLY)
    watch.tell("iBB")
    watch.scan(reset=True)
    assert watch.tell("iiiiii")


def test_a_code_that_this_build_does_not_know_never_clears():
    for clears in (0, 4, 255):
        watch = Watch(clears=clears)
        watch.tell("iBB")
        assert watch.tell("i" * 20), clears
        assert watch.tell("ii", reset=True), clears


def test_lost_water_neither_latches_nor_clears():
    watch = Watch()
    assert not watch.tell("iiMMMMMM")
    assert watch.trip.limit.lost
    watch = Watch()
    watch.tell("iBB")
    assert watch.tell("MMMMMMMM")


def test_it_latches_again_when_the_water_turns_in_the_scan_of_the_reset():
    watch = Watch(clears=RESET_ONLY)
    watch.tell("iBBiii")
    assert not watch.scan(reset=True)
    watch.tell("B")
    assert watch.tell("B")


def test_never_good_until_the_first_good_reading():
    watch = Watch()
    assert watch.trip.never_good
    watch.tell(NOTHING)
    assert watch.trip.never_good
    watch.tell("i")
    assert not watch.trip.never_good
    watch.tell("MMMMMM")
    assert not watch.trip.never_good


def test_without_upstream_water_past_the_probe_only_a_reset_clears():
    for flow_past in (layout.FLOW_PAST_NONE, layout.FLOW_PAST_BYPASS):
        watch = Watch(flow_past=flow_past)
        watch.tell("iBB")
        assert watch.tell("i" * 60)
        assert not watch.scan(reset=True)
        assert not watch.tell("i", reset=True)


def test_water_that_the_bypass_takes_past_the_probe_counts_while_it_does():
    watch = Watch(flow_past=layout.FLOW_PAST_BYPASS)
    watch.tell("iBBiii")
    watch.passed = True
    assert watch.tell("iii")  # its hold starts with the water
    watch.passed = False
    assert watch.tell("iiii")
    watch.passed = True
    assert watch.tell("iii")
    assert not watch.tell("i")


def _trips(watch, times):
    """It trips so often, each time until it clears by itself."""
    for _ in range(times):
        watch.tell("iBB")
        assert not watch.tell("iiiii")


def test_the_third_trip_of_one_cause_in_a_day_waits_for_a_reset():
    watch = Watch()
    _trips(watch, 2)
    watch.tell("iBB")
    assert watch.tell("i" * 60)
    assert not watch.tell("i", reset=True)
    watch.tell("iBB")  # within the same day: the next one too
    assert watch.tell("i" * 60)


def test_trips_of_before_a_day_are_forgotten():
    watch = Watch()
    _trips(watch, 2)
    for _ in range(24):
        watch.now_ms = later(watch.now_ms, 3600000)
        watch.scan()
    _trips(watch, 2)
    watch.tell("iBB")
    assert watch.tell("i" * 60)


def test_how_often_it_tripped_outlives_a_restart():
    watch = Watch()
    _trips(watch, 2)
    other = Watch()
    other.trip.recurrence.restore(watch.trip.recurrence.kept, other.now_ms)
    other.tell("iBB")
    third = Watch()
    third.trip.recurrence.restore(other.trip.recurrence.kept, third.now_ms)
    third.trip.latched = True
    assert third.tell("i" * 60)
    assert not third.tell("i", reset=True)


def test_a_contact_clears_with_its_cause_whatever_flows():
    watch = Watch(clears=layout.CLEARS_CAUSE_GONE, flow_past=layout.FLOW_PAST_NONE)
    assert watch.tell("iBB")
    assert not watch.tell("ii")


def test_what_is_kept_of_recurrence_says_what_it_said():
    for kept in (0, 1, 2):
        recurrence = Recurrence()
        recurrence.restore(kept, 0)
        assert (recurrence.kept, recurrence.insists) == (kept, False)
    recurrence = Recurrence()
    for now_ms in (0, 1000, 2000):
        recurrence.tripped(now_ms)
    again = Recurrence()
    again.restore(recurrence.kept, 3000)
    assert again.insists
    assert again.kept == recurrence.kept
