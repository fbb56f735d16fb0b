"""By their hashes: which files a result holds for."""

import hashlib
from pathlib import Path

import reedgate_boards.site
from reedgate_boards.site.locator import firmware_dir

CORE = "firmware/station/core/*.py"
PROOF = "sim/reedgate_sim/proof/*"
FIRMWARE = "firmware/**/*.py"
TESTS = "tests/core/*.py"
CAMPAIGN = "sim/reedgate_sim/{campaign,rigs,sites,vm,world}/*"
REPLAY = "sim/reedgate_sim/replay/*.py"
QUALITY = "boards/reedgate_boards/site/quality.toml"

_CAMPAIGN = ("campaign", "rigs", "sites", "vm", "world")
_SIM = Path(__file__).resolve().parent.parent


def files_now() -> dict[str, str]:
    """By pattern, the hash of its files as they stand: a part of every result."""
    firmware = firmware_dir()
    return {
        CORE: hash_of(firmware / "station" / "core", "*.py"),
        PROOF: hash_of(_SIM / "proof", "*.*"),
        FIRMWARE: hash_of(firmware, "**/*.py"),
        TESTS: hash_of(firmware.parent / "tests" / "core", "*.py"),
        CAMPAIGN: hash_of(_SIM, *(f"{each}/*.*" for each in _CAMPAIGN)),
        REPLAY: hash_of(_SIM / "replay", "*.py"),
        QUALITY: hash_of(Path(reedgate_boards.site.__file__).parent, "quality.toml"),
    }


def hash_of(folder: Path, *patterns: str) -> str:
    """SHA-256 of the files' names and contents, in order; its first 16 digits."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in patterns for path in folder.glob(pattern)):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
