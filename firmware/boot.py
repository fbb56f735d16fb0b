"""First of all: every output off, before anything that can fail. Then which firmware runs."""

import board
from machine import Pin

for pin in board.OUTPUTS:
    Pin(pin, Pin.OUT, value=board.OFF)

import slots  # noqa: E402

slots.choose()
