"""Terminals of the board as two rows of levels, in the order that the configuration gave them."""

from machine import Pin


class Inputs:
    """levels: 1 where the terminal's contact is made."""

    def __init__(self, terminals, pin_of, no_pull=()):
        """no_pull: pins that have no resistor of their own; there the panel's has to do."""
        self.levels = bytearray(len(terminals))
        pins = [pin_of[terminal] for terminal in terminals]
        # A broken wire reads as a contact that is not made.
        self._pins = [Pin(pin, Pin.IN, None if pin in no_pull else Pin.PULL_DOWN) for pin in pins]

    def read(self):
        levels = self.levels
        pins = self._pins
        for index in range(len(pins)):  # enumerate() would allocate
            levels[index] = pins[index].value()
        return levels


class Outputs:
    """Writes only what changed; boot.py has made every output safe before this exists."""

    def __init__(self, terminals, pin_of, off):
        self._off = off
        self._pins = [Pin(pin_of[terminal], Pin.OUT, value=off) for terminal in terminals]
        self._last = bytearray(len(terminals))

    def write(self, levels):
        if levels == self._last:
            return
        for index in range(len(self._pins)):
            if levels[index] != self._last[index]:
                self._last[index] = levels[index]
                self._pins[index].value(levels[index] ^ self._off)

    def make_safe(self):
        for index in range(len(self._pins)):
            self._last[index] = 0
            self._pins[index].value(self._off)


class Lamp:
    """The board's LED, or nothing where there is none or the station uses its terminal."""

    def __init__(self, pin, off):
        self._pin = None if pin is None else Pin(pin, Pin.OUT, value=off)
        self._off = off
        self._last = 0

    def write(self, level):
        if self._pin is not None and level != self._last:
            self._last = level
            self._pin.value(level ^ self._off)
