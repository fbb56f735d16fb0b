"""The chip's flash on the virtual rig: a block device over an image that outlives the VM.

As NOR flash does, it programs pages by clearing bits and erases blocks to 0xFF; a power cut can
meet any of these operations. No file system is known here but for how it is made and mounted.
Reading, programming and erasing leave nothing on the heap, as on a board.
"""

import os

import lockstep
import vfs

ERASE_SIZE = 4096
PAGE_SIZE = 256  # what the RP2 port programs, and gives its littlefs as progsize
PLACE = "/flash"

_PAGES = ERASE_SIZE // PAGE_SIZE
_BLANK = b"\xff" * PAGE_SIZE
_INIT, _DEINIT, _SYNC, _BLOCK_COUNT, _BLOCK_SIZE, _BLOCK_ERASE = 1, 2, 3, 4, 5, 6


class Flash:
    """stream: the image, whole blocks. wear: see lockstep.Wear."""

    def __init__(self, stream, wire, erase_us=0):
        self.wear = lockstep.Wear()  # until begin_life(): what a technician's tool does
        self._stream = stream
        self._wire = wire
        self._erase_us = 0
        self._erase_us_in_life = erase_us
        self._blocks = stream.seek(0, 2) // ERASE_SIZE
        self._page = bytearray(PAGE_SIZE)

    def begin_life(self):
        """From here on operations wear the chip, take their time and can meet the cut."""
        self.wear = self._wire.wear
        self._erase_us = self._erase_us_in_life

    def readblocks(self, block, buffer, offset=0):
        self._stream.seek(block * ERASE_SIZE + offset)
        self._stream.readinto(buffer)

    def writeblocks(self, block, buffer, offset=-1):
        if offset < 0:  # a file system without a notion of erasing: whole blocks
            for index in range(len(buffer) // ERASE_SIZE):
                self._erase(block + index)
            offset = 0
        at = block * ERASE_SIZE + offset
        if self._is_plain(at, len(buffer)):
            self._stream.seek(at)
            self._stream.write(buffer)
        else:
            self._program_pages(at, memoryview(buffer))

    def ioctl(self, request, argument):
        if request == _BLOCK_COUNT:
            return self._blocks
        if request == _BLOCK_SIZE:
            return ERASE_SIZE
        if request == _BLOCK_ERASE:
            self._erase(argument)
        return 0  # of the others only that they are understood

    def is_blank(self):
        """Whether nobody has formatted it: both superblocks of littlefs, and FAT's boot sector."""
        self._stream.seek(0)
        return self._reads_blank(2 * _PAGES)

    def _is_plain(self, at, size):
        """Count a write to erased pages that no cut meets; else False and nothing counted."""
        pages = size // PAGE_SIZE
        if pages * PAGE_SIZE != size or at % PAGE_SIZE:
            raise ValueError("flash is programmed by whole pages")
        wear = self.wear
        if 0 < wear.cut_in <= pages:
            return False
        self._stream.seek(at)
        if not self._reads_blank(pages):
            return False
        wear.operations += pages
        wear.bytes += size
        if wear.cut_in:
            wear.cut_in -= pages
        return True

    def _reads_blank(self, pages):
        for _ in range(pages):
            self._stream.readinto(self._page)
            if self._page != _BLANK:
                return False
        return True

    def _program_pages(self, at, data):
        """Page by page, for the rare case: a cut, or bytes that are not erased."""
        for start in range(0, len(data), PAGE_SIZE):
            page = data[start : start + PAGE_SIZE]
            if self._is_cut():
                self._program(at + start, page[: PAGE_SIZE // 2 if self.wear.cut_torn else 0])
                self._die()
            self._program(at + start, page)
            self.wear.operations += 1
            self.wear.bytes += PAGE_SIZE

    def _program(self, at, data):
        stands = bytearray(len(data))
        self._stream.seek(at)
        self._stream.readinto(stands)
        for index, byte in enumerate(data):
            stands[index] &= byte
        self._stream.seek(at)
        self._stream.write(stands)

    def _erase(self, block):
        if self._is_cut():
            self._make_blank(block, _PAGES // 2 if self.wear.cut_torn else 0)
            self._die()
        if self._erase_us:
            self._make_blank(block, _PAGES // 2)  # what a reset in the middle leaves
            self._wire.stand_still(self._erase_us)
        self._make_blank(block, _PAGES)
        self.wear.operations += 1
        self.wear.erases += 1

    def _make_blank(self, block, pages):
        self._stream.seek(block * ERASE_SIZE)
        for _ in range(pages):
            self._stream.write(_BLANK)

    def _is_cut(self):
        """Whether this operation is the one; it comes nearer by it."""
        left = self.wear.cut_in
        if left > 1:
            self.wear.cut_in = left - 1
        return left == 1

    def _die(self):
        """Nothing of the program runs any more: the simulator ends the VM on this."""
        self._wire.put(lockstep.POWER_CUT, 0)
        while True:
            self._wire.ask(self._wire.now_us)


def _littlefs(device):
    # No times on files: they would come from the host's clock, and no image be like another.
    return vfs.VfsLfs2(device, progsize=PAGE_SIZE, mtime=False)


def mount(device, file_system):
    """Mount at PLACE what the image holds; a blank one is formatted, any other is not."""
    if device.is_blank():
        if file_system == "fat":
            vfs.VfsFat.mkfs(device)
        else:
            vfs.VfsLfs2.mkfs(device, progsize=PAGE_SIZE)
    vfs.mount(vfs.VfsFat(device) if file_system == "fat" else _littlefs(device), PLACE)


def provision(folder):
    """Move what lies in a folder onto the flash, as a technician does once: never a second time.

    So nothing of the host mends a file whose flash has been damaged.
    """
    for name in sorted(os.listdir(folder)):
        path = folder + "/" + name
        with open(path, "rb") as stream:
            content = stream.read()
        if _content_of(PLACE + "/" + name) != content:
            with open(PLACE + "/" + name, "wb") as stream:
                stream.write(content)
        os.remove(path)


def _content_of(path):
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        return None
