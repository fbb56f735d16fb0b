"""Ticks across their wrap, and conditions that stand for longer than a difference is valid."""

from station.core.ticks import TICKS_MASK, Hold, elapsed_ms, later

WRAP = 1 << 30
HALF = 1 << 29
DAY_MS = 86400000
SMALLEST_INT, LARGEST_INT = -(1 << 30), (1 << 30) - 1  # of a 32-bit board without its heap

STARTS = (0, 1, 12345, HALF - 1, HALF, HALF + 1, WRAP - 2, WRAP - 1)
DELTAS = (0, 1, 199, 200, DAY_MS, HALF - 1)


def test_a_difference_is_right_wherever_the_ticks_stand():
    for start in STARTS:
        for delta in DELTAS:
            then = (start + delta) % WRAP
            assert elapsed_ms(then, start) == delta, (start, delta)
            assert elapsed_ms(start, then) == -delta, (start, delta)


def test_later_is_the_inverse_of_elapsed():
    for start in STARTS:
        for delta in DELTAS:
            assert later(start, delta) == (start + delta) % WRAP, (start, delta)
            assert elapsed_ms(later(start, delta), start) == delta, (start, delta)
    assert later(0, -1) == TICKS_MASK


class Watched(int):
    """An integer that notes whether a result would leave a 32-bit board's small int."""

    left = 0

    def _of(self, value):
        if not SMALLEST_INT <= value <= LARGEST_INT:
            Watched.left += 1
        return Watched(value)

    def __add__(self, other):
        return self._of(int(self) + int(other))

    def __sub__(self, other):
        return self._of(int(self) - int(other))

    def __and__(self, other):
        return self._of(int(self) & int(other))

    def __xor__(self, other):
        return self._of(int(self) ^ int(other))


def test_no_step_of_the_arithmetic_leaves_a_small_int():
    Watched.left = 0
    for start in STARTS:
        for delta in DELTAS:
            assert later(Watched(start), Watched(delta)) == (start + delta) % WRAP
            assert elapsed_ms(Watched(start), Watched(delta)) is not None
            assert elapsed_ms(Watched(delta), Watched(start)) is not None
            assert Watched.left == 0, (start, delta)
    Watched(LARGEST_INT) + Watched(1)
    assert Watched.left == 1  # the watch itself can fail


def test_a_hold_is_done_after_its_time_and_not_before():
    for start in STARTS:
        hold = Hold(1000)
        assert not hold.update(start, True)
        assert hold.left_ms(start) == 1000
        assert not hold.update(later(start, 999), True)
        assert hold.left_ms(later(start, 999)) == 1
        assert hold.update(later(start, 1000), True), start
        assert hold.left_ms(later(start, 1000)) == 0


def test_a_break_starts_a_hold_anew():
    hold = Hold(1000)
    hold.update(0, True)
    assert not hold.update(900, False)
    assert hold.left_ms(900) == 1000
    assert not hold.update(1000, True)
    assert not hold.update(1999, True)
    assert hold.update(2000, True)
    assert not hold.update(2100, False)


def test_a_restart_counts_from_then():
    hold = Hold(1000)
    hold.restart(0)
    assert not hold.update(999, True)
    hold.restart(999)
    assert not hold.update(1998, True)
    assert hold.update(1999, True)


def test_a_hold_of_nothing_is_done_at_once():
    hold = Hold(0)
    assert hold.update(5, True)
    assert not hold.update(6, False)
    hold.restart(7)
    assert hold.done


def test_a_hold_stays_done_for_weeks():
    hold = Hold(1000)
    now_ms = WRAP - 5000
    hold.update(now_ms, True)
    for hour in range(1, 30 * 24):
        now_ms = later(now_ms, 3600000)
        assert hold.update(now_ms, True), hour


def test_what_is_left_of_a_hold_is_never_less_than_nothing():
    hold = Hold(1000)
    assert hold.left_ms(0) == 1000
    hold.update(5, True)
    for now_ms, left in ((5, 1000), (1004, 1), (1005, 0), (9000, 0)):
        assert hold.left_ms(now_ms) == left
    hold.update(1005, True)
    assert hold.left_ms(1005) == 0
