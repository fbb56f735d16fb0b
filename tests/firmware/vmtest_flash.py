"""The board's file system: what it has to be, and small records that outlive damage."""

import errno
import os
import sys

import vfs
from vm_flash import PLACE, Chip, again, flip, mount

from station.drivers.flash import Flash, Twin


def test_littlefs_is_taken_and_anything_else_refused():
    chip = Chip()
    mount(chip)
    Flash()
    os.mkdir("inner")
    os.chdir("inner")
    Flash()
    os.chdir("/")
    refused = ""
    try:
        Flash()
    except OSError as problem:
        refused = str(problem)
    assert "littlefs" in refused


def test_a_fat_file_system_is_refused():
    class Blocks:
        content = bytearray(64 * 512)

        def readblocks(self, block, buffer, offset=0):
            at = block * 512 + offset
            buffer[:] = memoryview(self.content)[at : at + len(buffer)]

        def writeblocks(self, block, buffer, offset=0):
            at = block * 512 + offset
            self.content[at : at + len(buffer)] = buffer

        def ioctl(self, request, argument):
            return {4: 64, 5: 512}.get(request, 0)

    blocks = Blocks()
    vfs.VfsFat.mkfs(blocks)
    vfs.mount(vfs.VfsFat(blocks), PLACE)
    os.chdir(PLACE)
    refused = ""
    try:
        Flash()
    except OSError as problem:
        refused = str(problem)
    assert "VfsFat" in refused


def test_files_are_listed_read_and_removed():
    mount(Chip())
    flash = Flash()
    for name in ("r0000002", "r0000010", "r0000001", "e0000001"):
        with flash.open_to_append(name) as stream:
            stream.write(name.encode())
    names = ("e0000001", "r0000001", "r0000002", "r0000010")
    assert flash.files() == [(name, 8) for name in names]
    assert flash.size("r0000010") == 8
    assert flash.read("r0000010", 2, 100) == b"000010"
    flash.remove("r0000002")
    assert [name for name, _ in flash.files()] == ["e0000001", "r0000001", "r0000010"]


def test_what_is_mounted_beside_the_files_is_none_of_them():
    class Os:
        """Of a board whose slot is mounted."""

        @staticmethod
        def ilistdir():
            return iter([("r1-1-1", 0x8000, 0, 8), ("slot", 0x4000, 0)])

    mount(Chip())
    module = sys.modules["station.drivers.flash"]
    flash, module.os = Flash(), Os
    try:
        assert flash.files() == [("r1-1-1", 8)]
    finally:
        module.os = os


def test_a_twin_that_was_never_written_is_none_and_not_damaged():
    mount(Chip())
    twin = Twin("t")
    assert twin.read() is None
    assert not twin.damaged


def test_a_twin_gives_what_was_written_last_at_every_start():
    chip = mount(Chip())
    for number in range(7):
        twin = Twin("t")
        assert twin.read() == (b"%d" % (number - 1) if number else None)
        twin.write(b"%d" % number)
        chip = again(chip)
    twin = Twin("t")
    for number in range(100, 107):  # and without reading in between
        twin.read()
        twin.write(b"%d" % number)
        assert Twin("t").read() == b"%d" % number


def copies():
    """Two copies of a twin: the older says b"one", the newer b"two"; their names."""
    mount(Chip())
    twin = Twin("t")
    twin.write(b"one")
    twin.write(b"two")
    return "t.a", "t.b"


def test_the_older_copy_counts_where_the_newer_is_damaged():
    for at in range(0, 1024, 37):
        _, newer = copies()
        flip(newer, at)
        twin = Twin("t")
        assert twin.read() == b"one", at
        assert not twin.damaged
        twin.write(b"three")  # over the damaged one, never over the one that is good
        assert Twin("t").read() == b"three"
        flip(newer, 20)
        assert Twin("t").read() == b"one"


def test_two_damaged_copies_are_told():
    older, newer = copies()
    flip(older, 5)
    flip(newer, 900)
    twin = Twin("t")
    assert twin.read() is None
    assert twin.damaged
    twin.write(b"fresh")
    assert Twin("t").read() == b"fresh"


def test_a_copy_that_is_cut_off_is_none():
    for size in (1, 9, 10, 500):
        older, newer = copies()
        with open(newer, "rb") as stream:
            blob = stream.read(size)
        with open(newer, "wb") as stream:
            stream.write(blob)
        assert Twin("t").read() == b"one"
        os.remove(older)
        twin = Twin("t")
        assert twin.read() is None
        assert twin.damaged


def test_an_empty_file_is_a_first_write_that_a_power_cut_met():
    mount(Chip())
    with open("t.a", "wb"):
        pass
    twin = Twin("t")
    assert twin.read() is None
    assert not twin.damaged


def test_a_flash_that_cannot_be_read_is_damage_and_not_a_first_start():
    copies()
    twin = Twin("t")
    opened = []

    def failing(*_):
        opened.append(True)
        raise OSError(errno.EIO)

    module = __import__("twin")
    module.open = failing
    try:
        assert twin.read() is None
    finally:
        del module.open
    assert len(opened) == 2
    assert twin.damaged


def test_a_write_that_fails_leaves_the_copy_that_was_good():
    chip = mount(Chip())
    twin = Twin("t")
    twin.write(b"one")
    chip.fails = errno.EIO
    failed = False
    try:
        twin.write(b"two")
    except OSError:
        failed = True
    assert failed
    chip.fails = 0
    chip = again(chip)
    assert Twin("t").read() == b"one"
    overwritten = Twin("t")
    overwritten.read()
    overwritten.write(b"three")
    assert Twin("t").read() == b"three"


def test_each_copy_is_too_large_to_share_a_block_with_the_directory():
    for name in copies():
        assert os.stat(name)[6] >= 1024
