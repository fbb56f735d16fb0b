"""The first Python of our image: outputs off, then the file system, which is never lost here.

MicroPython's own file formats the flash when it does not mount. Here that happens only to a flash
that has nothing on it; any other stays as it is for somebody to save, and main.py, which finds no
file system, stays in safe mode.
"""

import board
from machine import Pin

for pin in board.OUTPUTS:
    Pin(pin, Pin.OUT, value=board.OFF)

import sys  # noqa: E402

import _rp2  # noqa: E402
import vfs  # noqa: E402

sys.path[:] = [".frozen"]  # otherwise a stray file would stand in for frozen code


def blank(flash):
    """Whether every byte of it is erased."""
    count = flash.ioctl(4, 0)
    size = flash.ioctl(5, 0)
    erased = b"\xff" * size
    block = bytearray(size)
    for number in range(count):
        flash.readblocks(number, block)
        if block != erased:
            return False
    return True


def mount(flash):
    """Gives whether it is mounted."""
    try:
        vfs.mount(vfs.VfsLfs2(flash, progsize=256), "/")
    except OSError:
        return False
    return True


flash = _rp2.Flash()
if not mount(flash):
    if blank(flash):
        vfs.VfsLfs2.mkfs(flash, progsize=256)
        mount(flash)
    else:
        print("the flash does not mount, and is left as it is: save it before you erase it")

del flash, pin
