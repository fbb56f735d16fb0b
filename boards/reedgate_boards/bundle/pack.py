"""The archive itself: wheels, what an installation finds beside them, images, the site file."""

import importlib.resources
import os
import tempfile
import zipfile
from pathlib import Path

from reedgate_boards.bundle.targets import PYTHONS, TARGETS
from reedgate_boards.bundle.wheels import ROOM, fetch_wheels, own_wheel
from reedgate_boards.progress import Progress
from reedgate_boards.site.user_error import UserError
from reedgate_boards.umqtt import RELEASE, umqtt_dir

_STARTERS = {"windows": "install.cmd"}


def write_bundle(
    out: Path,
    target: str,
    files: dict[str, bytes],
    progress: Progress,
    pythons: tuple[str, ...] = PYTHONS,
) -> None:
    """target: one of TARGETS; files: path in the archive and content. Whole or not at all.

    Raises UserError: out cannot be written, no network, no wheel for that computer.
    """
    part = out.with_name(f"{out.name}.{os.getpid()}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            _fill(archive, target, files, progress, pythons)
        part.replace(out)
    except OSError as problem:
        raise UserError(
            ROOM,
            "{file} cannot be written: {reason}.",
            hint="Give another path by --out.",
            file=out,
            reason=problem,
        ) from None
    finally:
        part.unlink(missing_ok=True)


def _fill(
    archive: zipfile.ZipFile,
    target: str,
    files: dict[str, bytes],
    progress: Progress,
    pythons: tuple[str, ...],
) -> None:
    for name, content in {**_installer(target, pythons), **_umqtt(), **files}.items():
        entry = zipfile.ZipInfo(name)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = (0o755 if name.endswith(".sh") else 0o644) << 16
        archive.writestr(entry, content)
    with tempfile.TemporaryDirectory(prefix="reedgate-bundle-") as scratch:
        wheels = Path(scratch)
        own_wheel(wheels)
        fetch_wheels(wheels, TARGETS[target], pythons, progress)
        for wheel in sorted(wheels.glob("*.whl")):
            archive.write(wheel, f"wheels/{wheel.name}", zipfile.ZIP_STORED)


def _installer(target: str, pythons: tuple[str, ...]) -> dict[str, bytes]:
    here = importlib.resources.files("reedgate_boards.bundle")
    starter = _STARTERS.get(target, "install.sh")
    found = {name: (here / name).read_bytes() for name in ("install.py", "README.txt", starter)}
    if target == "windows":  # its command files and its old editor want its own line ends
        for name in (starter, "README.txt"):
            found[name] = found[name].replace(b"\n", b"\r\n")
    return {**found, "pythons.txt": "".join(f"{each}\n" for each in pythons).encode()}


def _umqtt() -> dict[str, bytes]:
    """What an image for a board needs and no wheel holds: where Reedgate itself looks for it."""
    name = "umqtt/simple.py"
    return {f"share/reedgate/{RELEASE.folder}/{name}": (umqtt_dir() / name).read_bytes()}
