"""The rig's block device against a plain model of NOR flash, on the VM."""

import gc
import os
import random

import flash
import lockstep

BLOCKS = 4
SIZE = BLOCKS * flash.ERASE_SIZE


class Dead(Exception):
    pass


class Wire:
    def __init__(self):
        self.wear = lockstep.Wear()
        self.now_us = 0
        self.stood_us = 0

    def put(self, kind, number):
        assert (kind, number) == (lockstep.POWER_CUT, 0)

    def ask(self, deadline_us):
        raise Dead

    def stand_still(self, us):
        self.stood_us += us


class Model:
    """What a chip's datasheet says, byte by byte."""

    def __init__(self):
        self.content = bytearray(b"\xff" * SIZE)

    def program(self, at, data):
        for index, byte in enumerate(data):
            self.content[at + index] &= byte

    def erase(self, at, size=flash.ERASE_SIZE):
        self.content[at : at + size] = b"\xff" * size


class Chip:
    """A device over a file without a name, as start.py makes it, and its wire."""

    def __init__(self, erase_us=0):
        name = "flash-" + str(random.getrandbits(30)) + ".img"
        self.stream = open(name, "w+b")  # noqa: SIM115 - for as long as the device
        os.remove(name)
        self.stream.write(b"\xff" * SIZE)
        self.wire = Wire()
        self.device = flash.Flash(self.stream, self.wire, erase_us)
        self.device.begin_life()

    def content(self):
        self.stream.seek(0)
        return self.stream.read()

    def cut(self, cut_in, torn):
        self.wire.wear.cut_in = cut_in
        self.wire.wear.cut_torn = torn


def pages(value, count=1):
    return bytes([value]) * (count * flash.PAGE_SIZE)


def some_bytes(size):
    return bytes([random.getrandbits(8) for _ in range(size)])


def dies(act, *arguments):
    try:
        act(*arguments)
    except Dead:
        return True
    return False


def test_any_sequence_of_operations_leaves_what_the_model_says():
    random.seed(8)
    chip = Chip()
    model = Model()
    operations = 0
    for _ in range(300):
        block = random.randrange(BLOCKS)
        at = block * flash.ERASE_SIZE
        if random.randrange(3) == 0:
            assert chip.device.ioctl(6, block) == 0
            model.erase(at)
            operations += 1
        else:
            count = random.randrange(1, 5)
            offset = random.randrange(17 - count) * flash.PAGE_SIZE
            data = some_bytes(count * flash.PAGE_SIZE)
            chip.device.writeblocks(block, data, offset)
            model.program(at + offset, data)
            operations += count
        size = random.randrange(1, 200)
        offset = random.randrange(flash.ERASE_SIZE - size)
        read = bytearray(size)
        chip.device.readblocks(block, read, offset)
        assert read == model.content[at + offset : at + offset + size]
    assert chip.content() == model.content
    assert chip.wire.wear.operations == operations


def test_programming_clears_bits_and_sets_none():
    chip = Chip()
    chip.device.writeblocks(1, pages(0xF0), 0)
    chip.device.writeblocks(1, pages(0x3C), 0)
    assert chip.content()[4096 : 4096 + 257] == pages(0x30) + b"\xff"


def test_whole_blocks_without_an_offset_are_erased_first():
    chip = Chip()
    chip.device.writeblocks(1, pages(0x00, 32))
    chip.device.writeblocks(1, pages(0x5A, 32))
    assert chip.content() == pages(0xFF, 16) + pages(0x5A, 32) + pages(0xFF, 16)
    wear = chip.wire.wear
    assert (wear.operations, wear.bytes, wear.erases) == (68, 16384, 4)


def test_programming_is_by_whole_pages():
    device = Chip().device
    for offset, size in ((0, 255), (0, 300), (10, 256)):
        try:
            device.writeblocks(0, bytes(size), offset)
        except ValueError:
            continue
        raise AssertionError((offset, size))


def test_the_cut_meets_exactly_the_operation_that_was_named():
    random.seed(9)
    data = some_bytes(4 * flash.PAGE_SIZE)
    for torn in (False, True):
        # program 2 pages, erase a block, program 4 pages, erase a written block: 8 operations
        steps = ((0, data[:512]), (1, None), (0, data), (0, None))
        for cut_in in range(1, 9):
            chip = Chip()
            chip.cut(cut_in, torn)
            model = Model()
            left = cut_in
            for number, (block, written) in enumerate(steps):
                offset = number * 1024
                count = 1 if written is None else len(written) // flash.PAGE_SIZE
                if written is None:
                    died = dies(chip.device.ioctl, 6, block)
                else:
                    died = dies(chip.device.writeblocks, block, written, offset)
                assert died == (left <= count), (cut_in, number)
                whole = left - 1 if died else count
                half = torn and died
                if written is None:
                    model.erase(block * 4096, 4096 if whole else 2048 if half else 0)
                else:
                    size = whole * flash.PAGE_SIZE + (flash.PAGE_SIZE // 2 if half else 0)
                    model.program(block * 4096 + offset, written[:size])
                left -= count
                if died:
                    break
            assert died
            assert chip.content() == model.content, (torn, cut_in)
            assert chip.wire.wear.operations == cut_in - 1


def test_a_dead_chip_does_nothing_more():
    chip = Chip()
    chip.cut(1, False)
    for _ in range(3):
        assert dies(chip.device.writeblocks, 0, pages(0), 0)
        assert dies(chip.device.ioctl, 6, 0)
    assert chip.content() == pages(0xFF, SIZE // flash.PAGE_SIZE)


def test_what_comes_before_its_life_is_neither_counted_nor_cut_nor_slow():
    chip = Chip(erase_us=45000)
    device = flash.Flash(chip.stream, chip.wire, 45000)
    chip.cut(1, False)
    device.writeblocks(0, pages(7, 16))
    assert (chip.wire.wear.operations, chip.wire.stood_us) == (0, 0)
    device.begin_life()
    assert dies(device.ioctl, 6, 0)


def test_an_erase_takes_its_time_and_a_page_none():
    chip = Chip(erase_us=45000)
    chip.device.ioctl(6, 0)
    chip.device.writeblocks(0, pages(7, 4), 0)
    assert chip.wire.stood_us == 45000


def test_a_reset_in_the_middle_of_an_erase_leaves_it_torn():
    chip = Chip(erase_us=45000)
    chip.device.writeblocks(0, pages(7, 16), 0)

    def reset(us):
        raise Dead

    chip.wire.stand_still = reset
    assert dies(chip.device.ioctl, 6, 0)
    assert chip.content() == pages(0xFF, 8) + pages(7, 8) + pages(0xFF, SIZE // 256 - 16)
    assert chip.wire.wear.erases == 0


def test_only_an_untouched_chip_is_blank():
    chip = Chip()
    assert chip.device.is_blank()
    chip.device.writeblocks(1, pages(0xFE), 4096 - 256)
    assert not chip.device.is_blank()


def test_reading_programming_and_erasing_leave_nothing_on_the_heap():
    device = Chip().device
    data = pages(0x55, 4)
    read = bytearray(100)
    ioctl, write, read_blocks = device.ioctl, device.writeblocks, device.readblocks
    ioctl(6, 0)
    gc.collect()
    before = gc.mem_alloc()
    ioctl(6, 1)
    write(1, data, 1024)
    read_blocks(1, read, 1000)
    assert gc.mem_alloc() == before
