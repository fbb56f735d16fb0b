"""Trips that need several conditions at once, and trips by redundant probes."""

from core_parts import DEADBAND, LIMIT, MAX_AGE_MS, changed, poll, table

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.core.judgement import AllOf, Redundant, Several
from station.core.limit import Limit
from station.core.ticks import TICKS_MASK, later

FIELDS = {
    "point": 0,
    "side": layout.SIDE_ABOVE,
    "limit": LIMIT,
    "deadband": DEADBAND,
    "polls": 2,
    "of": 3,
    "delay_ms": 0,
    "lost_hold_ms": 2000,
}
LOST = "MMMMMM"  # polls of a second: none usable of the last three, for longer than the hold


class Watch:
    """Every probe is polled each second by its letter; then comes a scan."""

    def __init__(self, count, redundant=False, **changes):
        self.readings = table(count)
        self.limits = [
            Limit(self.readings, changed(FIELDS, point=point, **changes)) for point in range(count)
        ]
        self.now_ms = TICKS_MASK - 2500
        if redundant:
            agree = {"agree": 3000, "agree_ms": 3000}
            self.judgement = Redundant(self.limits, agree)
        else:
            self.judgement = AllOf(self.limits)

    def tell(self, *letters):
        """letters: for each probe a text, all as long as the first."""
        for at in range(len(letters[0])):
            for point in range(len(letters)):
                poll(self.readings, self.now_ms, letters[point][at], point)
            self.readings.age(self.now_ms)
            self.judgement.scan(self.now_ms)
            self.now_ms = later(self.now_ms, 1000)
        return self.judgement


class Waits:
    point = 0

    def __init__(self, left):
        self.left = left

    def left_ms(self, now_ms):
        return self.left


def test_what_several_wait_for_is_the_longest_wait():
    for waits in ((0, 3000, 2000), (3000, 0, 1000), (1000, 2000, 3000)):
        assert Several([Waits(left) for left in waits]).left_ms(0) == 3000


def test_all_conditions_must_trip_at_once():
    watch = Watch(3)
    assert not watch.tell("iii", "iii", "iii").tripped
    assert not watch.tell("BBBB", "BBBB", "iiii").tripped
    assert not watch.tell("iiii", "iiii", "BBBB").tripped
    assert watch.tell("BB", "BB", "BB").tripped
    assert not watch.tell("ii", "BB", "BB").tripped


def test_a_run_is_one_of_every_condition():
    for letters in (("i", "B"), ("B", "i")):
        watch = Watch(2, delay_ms=60000)
        assert not watch.tell(*letters).run, letters
    assert Watch(2, delay_ms=60000).tell("B", "B").run


def test_one_condition_inside_with_all_good_permits():
    watch = Watch(2)
    assert watch.tell("i", "i").permissive
    assert watch.tell("B", "i").permissive
    assert not watch.tell("B", "B").permissive
    assert not watch.tell("d", "d").permissive  # within the deadband is not inside
    for letter in "M+nsgW":
        assert not watch.tell(letter, "i").permissive, letter
        watch.tell("iii", "iii")


def test_it_is_lost_with_any_of_its_measurements_and_names_it():
    watch = Watch(2)
    watch.tell("iii", "iii")
    judgement = watch.tell("iiiiii", LOST)
    assert judgement.lost
    assert judgement.lost_point == 1
    assert not watch.tell("iii", "iii").lost


def test_it_has_never_been_good_until_all_have_been():
    watch = Watch(2)
    judgement = watch.tell("i", "n")
    assert judgement.never_good
    assert judgement.lost_point == 1
    assert not watch.tell("i", "i").never_good


def test_a_bypassed_condition_is_left_out_and_permits_nothing():
    watch = Watch(2)
    watch.tell("iii", "iii")
    watch.limits[1].bypass(True)
    assert not watch.tell("iii", "iii").permissive
    assert watch.tell("BB", "ii").tripped
    watch.limits[0].bypass(True)
    assert not watch.tell("BB", "BB").tripped
    watch.limits[0].bypass(False)
    watch.limits[1].bypass(False)
    assert watch.tell("B", "B").tripped  # they have judged on meanwhile


def test_of_two_probes_either_trips_and_both_must_permit():
    watch = Watch(2, True)
    assert watch.tell("ii", "ii").permissive
    assert not watch.tell("d", "i").permissive
    assert watch.tell("BB", "ii").tripped
    watch.tell("iii", "iii")
    assert watch.tell("ii", "BB").tripped


def test_of_two_probes_one_lost_closes_nothing_and_opens_nothing():
    watch = Watch(2, True)
    watch.tell("iii", "iii")
    judgement = watch.tell("iiiiii", LOST)
    assert not judgement.lost
    assert not judgement.permissive
    assert watch.tell("BB", "MM").tripped
    watch.tell("iii", "MMM")
    assert watch.tell(LOST, LOST).lost


def test_of_three_probes_two_trip_and_two_permit():
    for odd in range(3):
        watch = Watch(3, True)
        good = ["iii"] * 3
        watch.tell(*good)
        one = list(good)
        one[odd] = "BBB"
        judgement = watch.tell(*one)
        assert not judgement.tripped
        assert judgement.permissive
        watch.tell(*good)
        two = ["BBB"] * 3
        two[odd] = "iii"
        judgement = watch.tell(*two)
        assert judgement.tripped
        assert not judgement.permissive


def test_of_three_with_one_lost_either_trips_and_both_must_permit():
    watch = Watch(3, True)
    watch.tell("iii", "iii", "iii")
    assert watch.tell("iiiiii", "iiiiii", LOST).permissive
    assert not watch.tell("d", "i", "M").permissive
    assert watch.tell("BB", "ii", "MM").tripped


def test_of_three_with_two_lost_the_last_one_judges_alone():
    watch = Watch(3, True)
    watch.tell("iii", "iii", "iii")
    judgement = watch.tell("iiiiii", LOST, LOST)
    assert judgement.permissive
    assert not judgement.lost
    assert watch.tell("BB", "MM", "MM").tripped
    watch.tell("iii", "MMM", "MMM")
    assert watch.tell(LOST, LOST, LOST).lost


def test_a_probe_that_spoke_against_it_and_is_lost_then_is_no_consent():
    watch = Watch(3, True)
    watch.tell("iii", "iii", "iii")
    watch.tell("i", "i", "d")
    assert not watch.tell("iiiiii", LOST, LOST).permissive
    watch.tell("iii", "iii", "iii")
    assert watch.tell("iii", "iii", "iii").permissive


def test_probes_that_differ_for_long_are_all_suspect():
    watch = Watch(2, True)
    watch.tell("iii", "iii")  # 5000 both
    judgement = watch.tell("iii", "ddd")  # 9000: 4000 apart, not yet for three seconds
    assert not judgement.suspect
    assert watch.tell("ii", "dd").suspect
    for point in range(2):
        assert watch.readings.flag[point] == codes.FLAG_SUSPECT
        assert watch.readings.detail[point] == codes.DETAIL_NONE  # by it the gateway knows why
        assert watch.readings.usable(point)
    assert not watch.tell("i", "e").permissive  # 3000 apart: they agree, from the next poll on
    assert watch.tell("i", "e").permissive
    assert watch.readings.flag[0] == codes.FLAG_GOOD


def test_it_means_nothing_which_of_them_says_more():
    watch = Watch(2, True)
    assert watch.tell("dddddd", "iiiiii").suspect
    watch = Watch(3, True)
    assert watch.tell("iiiiii", "dddddd", "iiiiii").suspect


def test_suspect_probes_still_trip():
    watch = Watch(2, True)
    watch.tell("iiiiii", "LLLLLL")
    assert watch.judgement.suspect
    assert watch.tell("ii", "BB").tripped


def test_a_probe_without_a_number_differs_from_nobody():
    watch = Watch(2, True)
    assert MAX_AGE_MS < 6000
    watch.tell("iii", "iii")
    assert not watch.tell("iiiiii", LOST).suspect
