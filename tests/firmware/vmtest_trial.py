"""The trial of a start, and what is written when it has proved itself."""

import binascii
import errno

from vm_flash import Chip, again, mount

from station.app.trial import TRIAL_S, Trial
from station.drivers.flash import Copy, same


class _Guard:
    def __init__(self):
        self.proved = 0

    def prove(self):
        self.proved += 1


class _Scan:
    count = 0
    overruns = 0


class _Copy:
    def __init__(self, pieces):
        self.left = pieces
        self.fails = 0

    def step(self):
        if self.fails:
            raise OSError(errno.EIO)
        self.left -= 1
        return not self.left


def trial(copy=None):
    return Trial(_Guard(), copy), _Scan()


def test_it_is_over_after_its_time_and_told_once():
    made, scan = trial()
    scan.count = 600
    for second in range(TRIAL_S):
        made.look(second, scan)
        assert not made.due
    made.look(TRIAL_S, scan)
    assert made.due
    made.step()
    assert not made.due
    for second in range(TRIAL_S, 5 * TRIAL_S, 10):
        made.look(second, scan)
    assert made._guard.proved == 1


def test_one_that_is_late_too_often_is_tried_again():
    made, scan = trial()
    scan.count, scan.overruns = 600, 61
    made.look(TRIAL_S, scan)
    assert not made.due
    scan.count, scan.overruns = 1200, 121  # not late at all, and yet a tenth of all
    made.look(2 * TRIAL_S - 1, scan)
    assert not made.due
    made.look(2 * TRIAL_S, scan)
    assert made.due


def test_the_configuration_is_copied_before_the_start_is_good():
    copy = _Copy(3)
    made, scan = trial(copy)
    made.look(TRIAL_S, scan)
    copy.fails = 1
    for _ in range(3):
        try:
            made.step()
            raise AssertionError("it was no error")
        except OSError:
            pass
    assert made.due
    copy.fails = 0
    for _ in range(3):
        made.step()
        assert made.due
        assert not made._guard.proved
    made.step()
    assert made._guard.proved
    assert not made.due


def write(name, content):
    with open(name, "wb") as stream:
        stream.write(content)


def test_a_copy_is_the_old_one_until_its_last_piece():
    for size in (1, 1024, 3000, 8192):
        chip = mount(Chip(24))
        old, new = bytes(700), b"new." * (size // 4 + 1)
        write("from", new)
        write("to", old)
        steps = 0
        crc32 = binascii.crc32(new) & 0xFFFFFFFF
        copy = Copy("from", "to", crc32)
        while True:
            last = copy.step()
            steps += 1
            if last:
                break
            chip = again(chip)  # a cut here: what is on flash is still the old one
            with open("to", "rb") as stream:
                assert stream.read() == old
            copy = Copy("from", "to", crc32)
            for _ in range(steps):
                copy.step()
        chip = again(chip)
        assert same("from", "to")
        assert steps >= size // 1024


def test_another_content_than_what_ran_is_not_copied():
    mount(Chip(24))
    ran, old = bytes(3000), b"old"
    write("from", b"new" + ran[3:])
    write("to", old)
    assert Copy("from", "to", binascii.crc32(ran) & 0xFFFFFFFF).step()
    with open("to", "rb") as stream:
        assert stream.read() == old


def test_only_two_whole_files_of_one_content_are_the_same():
    mount(Chip(24))
    assert not same("a", "b")
    write("a", bytes(2000))
    assert not same("a", "b")
    for content in (bytes(1999), bytes(2001), bytes(1999) + b"x", b""):
        write("b", content)
        assert not same("a", "b")
        assert not same("b", "a")
    write("b", bytes(2000))
    assert same("a", "b")
