"""Our own image of a board with an RP2040: MicroPython from source with our modules frozen in.

The same sources give the same bytes, whatever folder and day they are built in.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from reedgate_boards.image import folded, tuned
from reedgate_boards.image.files import littlefs_image, written_runs
from reedgate_boards.image.sources import ARCHIVES, MICROPYTHON, ROOM, fetched
from reedgate_boards.image.uf2 import FLASH_BASE, to_uf2
from reedgate_boards.progress import Progress
from reedgate_boards.site import stamp
from reedgate_boards.site.board_facts import read_board
from reedgate_boards.site.locator import board_dir, firmware_dir
from reedgate_boards.site.user_error import UserError

# By what is called; `make tools` knows the packages.
TOOLS = ("arm-none-eabi-gcc", "arm-none-eabi-g++", "cmake", "ninja", "make", "gcc", "dpkg-deb")

_KEPT = Path(sys.prefix) / "share" / "reedgate"
_DATE = "1744675200"  # of MicroPython 1.25.0: what the image says of itself, not when it was built
_SIZES = re.compile(r"MICROPY_HW_(ROMFS|FLASH_STORAGE)_BYTES \((\d+) \* 1024\)")
_STEP = re.compile(r"^\[(\d+)/(\d+)\]")
_TAIL = 12


def missing_tools() -> list[str]:
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def pico_image(
    board: str,
    progress: Progress,
    files: dict[str, bytes] | None = None,
    changes: Path | None = None,
) -> bytes:
    """The UF2; with files, those too, in place of all that the board kept.

    changes: a folder of files that take the place of the firmware's own, for what has to fail on a
    simulated board. Built only when it has not been built before from the same content.
    """
    parts = {FLASH_BASE: _firmware(board, progress, changes)}
    if files:
        flash = read_board(board)[0].flash
        at = FLASH_BASE + _layout(board)["code"] + _layout(board)["slots"]
        image = littlefs_image(files, flash.blocks)
        parts |= {at + offset: run for offset, run in written_runs(image).items()}
    return to_uf2(parts)


def _firmware(board: str, progress: Progress, changes: Path | None) -> bytes:
    missing = missing_tools()
    if missing:
        raise UserError(
            ROOM,
            "Building {board} needs {missing}, which this machine lacks.",
            hint="On Debian or Ubuntu type: make tools",
            board=board,
            missing=", ".join(missing),
        )
    kept = _KEPT / "images" / f"{board}-{_content_hash(board, changes)}.bin"
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="reedgate-image-") as work:
            built = build(board, Path(work), progress, changes)
        part = kept.with_name(f"{kept.name}.{os.getpid()}.part")
        part.write_bytes(built)
        part.replace(kept)  # whole or not at all, also with two builders at once
    return kept.read_bytes()


def _layout(board: str) -> dict[str, int]:
    """Bytes of the flash that are code, slots and files, in this order."""
    header = (board_dir(board) / "mpconfigboard.h").read_text(encoding="utf-8")
    kib = {name: int(size) for name, size in _SIZES.findall(header)}
    slots, files = kib["ROMFS"] * 1024, kib["FLASH_STORAGE"] * 1024
    flash = read_board(board)[0].flash_kib * 1024
    return {"code": flash - slots - files, "slots": slots, "files": files}


def build(board: str, work: Path, progress: Progress, changes: Path | None = None) -> bytes:
    """What the flash holds from its first byte. Always anew, with everything in `work`."""
    archives = fetched(_KEPT / "sources", progress)
    tree = work / "micropython"
    _unpack(archives, tree, progress)
    tuned.tune(tree)
    _firmware_to_freeze(work / "firmware", changes)
    environment = _environment(work)
    steps = [
        ["make", "-s", "-C", "mpy-cross", f"-j{os.cpu_count() or 1}"],
        _configure(board, tree, work, changes),
    ]
    for number, command in enumerate(steps):
        progress(command[0], number, len(steps))
        _run(command, tree, environment, progress)
    _run(["ninja", "-C", str(work / "build")], tree, environment, progress)
    firmware = (work / "build" / "firmware.bin").read_bytes()
    room = _layout(board)["code"]
    if len(firmware) > room:  # the linker does not know of the slots
        raise ValueError(f"{len(firmware)} bytes of code, and room for {room}")
    return firmware


def _content_hash(board: str, changes: Path | None) -> str:
    """Of all that decides the bytes of the image."""
    digest = hashlib.sha256()
    for archive in ARCHIVES.values():
        digest.update(archive.sha256.encode())
    version = subprocess.run([TOOLS[0], "--version"], capture_output=True, check=True).stdout
    digest.update(version.splitlines()[0])
    for source in (__file__, folded.__file__, tuned.__file__, stamp.__file__):
        digest.update(Path(source).read_bytes())
    for folder in (board_dir(board), firmware_dir(), *([changes] if changes else [])):
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".py", ".h", ".cmake"):
                name = path.relative_to(folder).as_posix()
                digest.update(f"{name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:32]


def _unpack(archives: dict[str, Path], tree: Path, progress: Progress) -> None:
    """MicroPython, with the folders that Debian leaves out filled from its other packages."""
    packages = tree.parent / "packages"
    places = {"micropython": tree, "mbedtls": tree / "lib/mbedtls"}
    for number, (name, archive) in enumerate(archives.items()):
        progress("unpack", number, len(archives))
        if name in places:
            _empty(places[name])
            _silently("tar", "-xf", archive, "--strip-components=1", "-C", places[name])
        else:
            _silently("dpkg-deb", "-x", archive, packages)
            _empty(tree / "lib" / name)
            source = packages / "usr/src" / name
            shutil.copytree(source, tree / "lib" / name, symlinks=True, dirs_exist_ok=True)
    _empty(tree / "lib/micropython-lib")
    # The build asks only whether there is such a file: nothing of micropython-lib is in the image.
    (tree / "lib/micropython-lib/README.md").write_text("not used\n")


def _firmware_to_freeze(folder: Path, changes: Path | None) -> None:
    """Where the board's manifest.py looks for it."""
    shutil.copytree(firmware_dir(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    if changes:
        shutil.copytree(changes, folder, dirs_exist_ok=True)
    version = folder / stamp.STAMPED
    version.write_text(stamp.stamped(version, stamp.firmware_hash()), encoding="utf-8")
    folded.fold_firmware(folder)


def _silently(*command: object) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True)


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _configure(board: str, tree: Path, work: Path, changes: Path | None) -> list[str]:
    folder = board_dir(board)
    if changes:  # some may be the board's, which stand beside the firmware's there
        folder = shutil.copytree(folder, work / "board" / board)
        for path in changes.glob("*.py"):
            if (folder / path.name).is_file():
                shutil.copy(path, folder)
    return [
        *("cmake", "-S", "ports/rp2", "-B", str(work / "build"), "-G", "Ninja"),
        f"-DMICROPY_BOARD={board}",
        f"-DMICROPY_BOARD_DIR={folder}",
        "-DPICO_NO_PICOTOOL=1",
        "-DPICO_BUILD_DOCS=0",
    ]


def _environment(work: Path) -> dict[str, str]:
    """Of this machine only where its tools are: neither folder nor day gets into the image."""
    flags = f"-ffile-prefix-map={work}=."
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(work),
        "TMPDIR": str(work),
        "LC_ALL": "C",
        "TZ": "UTC",
        "SOURCE_DATE_EPOCH": _DATE,
        "PYTHONHASHSEED": "0",
        "MICROPY_GIT_TAG": "v" + ".".join(map(str, MICROPYTHON)),
        "MICROPY_GIT_HASH": "reedgate",
        "CFLAGS": flags,
        "CXXFLAGS": flags,
        "ASMFLAGS": flags,
    }


def _run(command: list[str], tree: Path, environment: dict[str, str], progress: Progress) -> None:
    said: list[str] = []
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(
        command, cwd=tree, env=environment, errors="replace", **pipes
    ) as process:
        try:
            for line in _kept(process.stdout, said):
                step = _STEP.match(line)
                if step:
                    progress(command[0], int(step[1]), int(step[2]))
        except BaseException:  # Ctrl-C above all: leave no compiler running
            process.terminate()
            raise
    if process.returncode:
        raise UserError(
            ROOM,
            "{command} failed: {tail}",
            hint="Report this with all that is said above.",
            command=command[0],
            tail="\n".join(said[-_TAIL:]),
        )


def _kept(lines: Iterator[str], said: list[str]) -> Iterator[str]:
    for line in lines:
        said.append(line.rstrip())
        del said[:-200]
        yield line
