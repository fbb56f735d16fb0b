"""A board's file system on the host: the firmware compiled, the configuration, as littlefs.

For boards that keep their firmware in files. boot.py and main.py stay source: MicroPython starts
no others by itself.
"""

import tempfile
from pathlib import Path

from littlefs import LittleFS, LittleFSError

from reedgate_boards.image.runs import joined
from reedgate_boards.mpy import compile_module
from reedgate_boards.site import stamp
from reedgate_boards.site.locator import board_dir, firmware_dir
from reedgate_boards.site.user_error import UserError
from reedgate_boards.umqtt import umqtt_dir

BLOCK_BYTES = 4096
# The cache decides what littlefs keeps within a directory's own blocks: as on the RP2 port.
_GEOMETRY = {"prog_size": 256, "read_size": 32, "cache_size": 1024, "lookahead_size": 32}
_DISK_VERSION = 0x0002_0000  # which every MicroPython reads
_STARTED = ("boot.py", "main.py")


def firmware_files(board: str) -> dict[str, bytes]:
    """Path on the board: content."""
    sources = {path.name: path for path in firmware_dir().glob("*.py")}
    for folder in ("station", "reedgate_contract"):
        for path in (firmware_dir() / folder).rglob("*.py"):
            sources[path.relative_to(firmware_dir()).as_posix()] = path
    sources["board.py"] = board_dir(board) / "board.py"
    sources["umqtt/simple.py"] = umqtt_dir() / "umqtt" / "simple.py"
    files = {}
    with tempfile.TemporaryDirectory(prefix="reedgate-mpy-") as scratch:
        compiled = Path(scratch) / "module.mpy"
        for name, path in sorted(sources.items()):
            if name in _STARTED:
                files[name] = path.read_bytes()
                continue
            if name == stamp.STAMPED:
                text = stamp.stamped(path, stamp.firmware_hash())
                path = Path(scratch) / "version.py"
                path.write_text(text, encoding="utf-8")
            compile_module(name, path, compiled)
            files[name.removesuffix(".py") + ".mpy"] = compiled.read_bytes()
    return files


def littlefs_image(files: dict[str, bytes], blocks: int) -> bytes:
    """The whole file system. Raises UserError when the files do not fit."""
    try:
        return _built(files, blocks)
    except LittleFSError:
        raise UserError(
            "reedgate_boards",
            "The files do not fit into the {blocks} blocks of the board's flash.",
            hint="Report this: its firmware has outgrown the board.",
            blocks=blocks,
        ) from None


def _built(files: dict[str, bytes], blocks: int) -> bytes:
    system = LittleFS(
        block_size=BLOCK_BYTES, block_count=blocks, disk_version=_DISK_VERSION, **_GEOMETRY
    )
    for name, content in files.items():
        folder = name.rpartition("/")[0]
        if folder:
            system.makedirs(folder, exist_ok=True)
        with system.open(name, "wb") as stream:
            stream.write(content)
    return bytes(system.context.buffer)


def files_of(image: bytes, blocks: int) -> dict[str, bytes]:
    """What a file system holds, by path: littlefs_image taken apart again.

    image: what is erased may be missing at its end. Raises ValueError when it cannot be read.
    """
    system = LittleFS(block_size=BLOCK_BYTES, block_count=blocks, mount=False, **_GEOMETRY)
    system.context.buffer = bytearray(image.ljust(blocks * BLOCK_BYTES, b"\xff"))
    found = {}
    try:
        system.mount()
        for folder, _, names in system.walk("/"):
            for name in names:
                path = f"{folder}/{name}".lstrip("/")
                with system.open(path, "rb") as stream:
                    found[path] = stream.read()
    except LittleFSError as problem:
        raise ValueError(f"no littlefs: {problem}") from None
    return found


def written_runs(image: bytes) -> dict[int, bytes]:
    """Runs of blocks that hold something, by their offset: littlefs looks into no others."""
    blocks = ((at, image[at : at + BLOCK_BYTES]) for at in range(0, len(image), BLOCK_BYTES))
    return joined((at, block) for at, block in blocks if block.count(0xFF) != len(block))
