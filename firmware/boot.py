"""First of all: every output off, before anything that can fail."""

import board
from machine import Pin

for pin in board.OUTPUTS:
    Pin(pin, Pin.OUT, value=board.OFF)
