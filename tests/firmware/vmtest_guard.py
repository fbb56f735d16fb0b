"""The count of bad starts on a flash in memory: what is counted, and in which order."""

import errno

from vm_flash import Chip, again, mount

from reedgate_contract import codes
from station.drivers import guard as guards


class _System:
    """The chip: why it started, and what was done to its watchdog and its flash, in order."""

    cause = codes.RESET_POWER_ON
    done = []  # noqa: RUF012 - emptied at each start

    @staticmethod
    def reset_cause():
        return _System.cause

    @staticmethod
    def watchdog(timeout_ms):
        _System.done.append("watchdog")

    @staticmethod
    def read_file(path):
        with open(path, "rb") as stream:
            return stream.read()


class _Twin(guards.Twin):
    def write(self, content):
        _System.done.append("write")
        super().write(content)


guards.system = _System
guards.Twin = _Twin


def board(fails=0):
    chip = mount(Chip(24))
    with open(guards.CONFIG_PATH, "wb") as stream:
        stream.write(b"a configuration")
    chip.fails = fails
    return chip


def start(cause):
    """A start, and what the guard did in it."""
    _System.cause = cause
    _System.done.clear()
    guard = guards.Guard()
    guard.begin()
    return guard


def test_the_watchdog_runs_before_the_flash_is_written():
    chip = board()
    start(codes.RESET_POWER_ON)
    assert _System.done == ["watchdog", "write"]
    again(chip)
    assert start(codes.RESET_WATCHDOG).bad == 1
    assert _System.done == ["watchdog", "write"]


def test_bad_starts_in_a_row_end_in_safe_mode_and_then_in_none():
    chip = board()
    start(codes.RESET_POWER_ON)
    for bad in range(1, guards.GIVE_UP + 2):
        chip = again(chip)
        guard = start(codes.RESET_WATCHDOG)
        assert guard.bad == min(bad, guards.GIVE_UP)
        assert (guard.verdict() is not None) == (bad >= guards.MOST_BAD)
        assert ("watchdog" in _System.done) == (bad < guards.GIVE_UP)


def test_where_the_flash_takes_no_count_the_first_bad_start_is_one_too_many():
    chip = board(fails=errno.EIO)
    assert start(codes.RESET_POWER_ON).verdict() is None
    for _ in range(2):
        verdict = start(codes.RESET_WATCHDOG).verdict()
        assert "does not take the count" in verdict
        assert "watchdog" in verdict
    chip.fails = 0
    assert start(codes.RESET_WATCHDOG).verdict() is None


def test_a_count_that_stood_there_goes_on_being_judged():
    chip = board()
    start(codes.RESET_POWER_ON)
    chip.fails = errno.EIO
    assert start(codes.RESET_POWER_ON).verdict() is None
    assert start(codes.RESET_HARD).verdict() is not None
