"""Images of a station's flash on the host: what is in them, and damage done to them.

The rigs do not need this; tests look here from outside, with another littlefs than the VM's.
"""

import random
from collections.abc import Collection
from pathlib import Path

from littlefs import LittleFS, LittleFSError, UserContext

BLOCK_SIZE = 4096
# As the VM and the RP2 port make it. The cache decides what fits into a directory's own blocks.
_GEOMETRY = {"prog_size": 256, "read_size": 32, "cache_size": 1024, "lookahead_size": 32}


class _Recording(UserContext):
    """An image in memory, and the blocks read from it."""

    def __init__(self, image: bytes):
        super().__init__(buffer=bytearray(image))
        self.read_blocks: set[int] = set()

    def read(self, cfg, block: int, off: int, size: int) -> bytearray:
        self.read_blocks.add(block)
        at = block * BLOCK_SIZE + off
        return self.buffer[at : at + size]


def _mounted(image: Path) -> LittleFS:
    """A copy: what is done to it does not reach the image."""
    content = image.read_bytes()
    context = _Recording(content)
    count = len(content) // BLOCK_SIZE
    system = LittleFS(context, False, block_size=BLOCK_SIZE, block_count=count, **_GEOMETRY)
    system.mount()
    return system


def mounts(image: Path) -> bool:
    try:
        _mounted(image)
    except LittleFSError:
        return False
    return True


def read_files(image: Path) -> dict[str, bytes]:
    """Every file by its path without a leading slash; LittleFSError when one cannot be read."""
    system = _mounted(image)
    files = {}
    for folder, _, names in system.walk("/"):
        for name in names:
            path = f"{folder}/{name}".lstrip("/")
            files[path] = _read(system, path)
    return files


def remove(image: Path, names: Collection[str]) -> None:
    """Files that are there go."""
    system = _mounted(image)
    for name in set(names) & set(system.listdir("/")):
        system.remove(name)
    image.write_bytes(bytes(system.context.buffer))


def flip_bit(image: Path, name: str, chance: random.Random) -> int:
    """One bit of a file's content flips on the flash; gives the byte's offset in the file."""
    places = _places(image, name)
    offset = chance.randrange(len(places))
    content = bytearray(image.read_bytes())
    content[places[offset]] ^= 1 << chance.randrange(8)
    _overwrite(image, content)
    return offset


def flip_any_bit(image: Path, chance: random.Random) -> int:
    """One bit of a byte that is not erased flips, in a file or not; gives where in the image."""
    content = bytearray(image.read_bytes())
    at = chance.choice([at for at, byte in enumerate(content) if byte != 0xFF])
    content[at] ^= 1 << chance.randrange(8)
    _overwrite(image, content)
    return at


def destroy_superblocks(image: Path) -> None:
    """What no mount survives, and what no formatter may take for a blank chip."""
    content = bytearray(image.read_bytes())
    content[: 2 * BLOCK_SIZE] = bytes(2 * BLOCK_SIZE)
    _overwrite(image, content)


def _overwrite(image: Path, content: bytes) -> None:
    with image.open("r+b") as stream:  # the same file: a rig may hold it open
        stream.write(content)


def _read(system: LittleFS, name: str) -> bytes:
    with system.open(name, "rb") as stream:
        return stream.read()


def _places(image: Path, name: str) -> list[int]:
    """Where each byte of a file stands in the image.

    The content is looked for in the blocks that littlefs reads to give it, since older copies of
    the same bytes lie about in others.
    """
    system = _mounted(image)
    context = system.context
    with system.open(name, "rb") as stream:
        directory_blocks = context.read_blocks
        context.read_blocks = set()
        content = stream.read()
    if not content:
        raise ValueError(f"{name} is empty: it has no bit that could flip")
    own_blocks = context.read_blocks - directory_blocks
    if not own_blocks:  # a small file lives in its directory's block, its newest state last
        at = _newest(context.buffer, content, directory_blocks)
        return list(range(at, at + len(content)))
    places: list[int] = []
    index = 0
    while len(places) < len(content):
        head = _pointers_size(index)
        part = content[len(places) : len(places) + BLOCK_SIZE - head]
        starts = (block * BLOCK_SIZE + head for block in sorted(own_blocks))
        at = next(at for at in starts if context.buffer[at : at + len(part)] == part)
        places += range(at, at + len(part))
        index += 1
    return places


def _newest(flash: bytes, content: bytes, blocks: set[int]) -> int:
    """Where the content stands last, in the block of the two with the higher revision."""
    found = []
    for start in (block * BLOCK_SIZE for block in blocks):
        at = flash.rfind(content, start, start + BLOCK_SIZE)
        if at >= 0:
            found.append((int.from_bytes(flash[start : start + 4], "little"), at))
    return max(found)[1]


def _pointers_size(index: int) -> int:
    """Of the pointers to earlier blocks with which a file's block, counted from 0, begins."""
    if not index:
        return 0
    trailing_zeros = (index & -index).bit_length() - 1
    return 4 * (trailing_zeros + 1)
