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
