"""The station's key is held twice: the first copy that is whole is taken."""

import binascii
import os
import struct

from vm_flash import Chip, mount

from station.drivers import system

KEY = bytes(range(32))
SEALED = KEY + struct.pack("<I", binascii.crc32(KEY) & 0xFFFFFFFF)
SPOILT = b"\x80" + SEALED[1:]
NAMES = ("key.bin", "key2.bin")


def test_the_first_copy_that_is_whole_is_taken():
    cases = (
        (SEALED, SEALED, KEY),
        (SPOILT, SEALED, KEY),
        (b"", SEALED, KEY),
        (None, SEALED, KEY),
        (SEALED, SPOILT, KEY),
        (KEY, None, KEY),  # nobody sealed it
        (KEY[:31], None, None),
        (SPOILT, SPOILT, None),
        (None, None, None),
    )
    mount(Chip())
    for first, second, key in cases:
        for index in range(2):
            name = NAMES[index]
            content = (first, second)[index]
            if content is not None:
                with open(name, "wb") as stream:
                    stream.write(content)
            elif name in os.listdir():
                os.remove(name)
        assert system.read_key(NAMES) == key, (first, second)
