"""Slumber: what a probe says that may have slept."""

from station.core.slumber import Slumber
from station.core.ticks import later

AWAKE_MS = 10000


def slumber(settle_ms=0, first_ms=0):
    return Slumber({"awake_ms": AWAKE_MS, "settle_ms": settle_ms}, first_ms)


def test_the_first_answer_of_all_is_old():
    probe = slumber()
    assert probe.is_old(0)
    assert not probe.is_old(1000)


def test_one_that_is_asked_in_time_stays_awake_and_one_that_is_not_sleeps():
    for first_ms in (0, 2**30 - 15000):  # and across the wrap of the ticks
        probe = slumber(first_ms=first_ms)
        probe.is_old(first_ms)
        assert not probe.is_old(later(first_ms, AWAKE_MS - 1))
        assert probe.is_old(later(first_ms, 2 * AWAKE_MS - 1))
        assert not probe.is_old(later(first_ms, 2 * AWAKE_MS))


def test_it_settles_from_its_first_answer_on():
    probe = slumber(settle_ms=5000)
    assert [probe.is_old(second * 1000) for second in range(7)] == [True] * 5 + [False] * 2


def test_it_may_be_silent_for_longer_than_ticks_tell():
    probe = slumber()
    probe.is_old(0)
    now_ms = 0
    for _ in range(2**30 // 5000):
        now_ms = later(now_ms, 5000)
        probe.look(now_ms)
    assert probe.is_old(now_ms)
