"""What is said on the console waits for nobody: what finds no room is lost."""

import sys

from station import console


class _Host:
    """A console with room for so many bytes."""

    def __init__(self, room):
        self.room = room
        self.said = ""
        self.stdout = self
        self.print_exception = sys.print_exception

    def write(self, text):
        self.said += text
        self.room -= len(text)
        assert self.room >= 0, "it would wait"

    # in the place of select.poll()

    def poll(self, timeout_ms):
        assert timeout_ms == 0
        return [self] if self.room > 0 else []


def said(room, say):
    host = _Host(room)
    console._poll[:] = [host]
    console.sys = host
    try:
        say()
    finally:
        console.sys = sys
        console._poll.clear()
    return host.said


def test_words_come_as_print_would_give_them():
    assert said(100, lambda: console.say("safe mode:", 4, None)) == "safe mode: 4 None\n"


def test_a_console_that_nobody_reads_gets_what_it_has_room_for():
    for room in (0, 1, 5):
        assert said(room, lambda: console.say("safe mode")) == "safe mode"[:room]


def test_an_exception_is_told_with_where_it_came_from():
    def say():
        try:
            raise ValueError("of the scan")
        except ValueError as problem:
            console.say_exception(problem)

    text = said(1000, say)
    assert text.startswith("Traceback")
    assert text.endswith("ValueError: of the scan\n")


class _Typed:
    """A console at which bytes were typed; more than there are must not be asked for."""

    POLLIN = 1

    def __init__(self, content):
        self.content = content
        self.stdin = self
        self.buffer = self
        self.asked = 0

    def readinto(self, byte):
        self.asked += 1
        if self.content is None:
            return 0
        byte[0] = self.content[0]
        self.content = self.content[1:]
        return 1

    # in the place of select

    def poll(self):
        return self

    def register(self, stream, events):
        assert stream is self
        assert events == self.POLLIN

    def ipoll(self, timeout_ms):
        assert timeout_ms == 0
        return [self] if self.content != b"" else []


def heard(host, looks):
    console.sys, before, console.select = host, console.select, host
    try:
        lines = console.Lines()
        return [lines.look() for _ in range(looks)]
    finally:
        console.sys, console.select = sys, before


def test_lines_come_one_a_look_whatever_ends_them():
    assert heard(_Typed(b"\r\nbypass a 1\r\n\nend\nhal"), 4) == [b"bypass a 1", b"end", None, None]


def test_a_line_that_is_too_long_is_dropped_to_its_end():
    fits = b"x" * 64
    assert heard(_Typed(fits + b"\n" + fits + b"y\nend\n"), 5) == [None, fits, None, b"end", None]


def test_a_console_that_is_shut_is_asked_once():
    host = _Typed(None)
    assert heard(host, 3) == [None, None, None]
    assert host.asked == 1
