"""The wheels of a bundle: fetched by pip from wherever pip is told to look, ours made here."""

import base64
import email
import hashlib
import importlib.metadata
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from reedgate_boards.bundle.closure import Package, closure
from reedgate_boards.bundle.targets import Computer
from reedgate_boards.progress import Progress
from reedgate_boards.site.locator import firmware_dir
from reedgate_boards.site.user_error import UserError

ROOM = "reedgate_boards"
OURS = "reedgate"

# Packages that come as sources. Without machine code in them one wheel fits all computers.
_FROM_SOURCE = {"esptool"}


def fetch_wheels(
    into: Path, computer: Computer, pythons: tuple[str, ...], progress: Progress
) -> None:
    """Every wheel below `reedgate` for that computer. Raises UserError: no index, no wheel."""
    for number, python in enumerate(pythons):
        what = f"{computer.system} {computer.machine}, Python {python}"
        progress(what, number, len(pythons))
        _fetch_for(into, computer, python)
    progress(computer.system, len(pythons), len(pythons))


def _fetch_for(into: Path, computer: Computer, python: str) -> None:
    def ask(requirement: Requirement) -> Package:
        wanted = f"{requirement.name}{requirement.specifier}"
        with tempfile.TemporaryDirectory(prefix="reedgate-ask-") as scratch:
            _download(Path(scratch), [wanted], computer, python)
            (wheel,) = Path(scratch).glob("*.whl")
            return _package_of(wheel)

    below = closure(OURS, computer.environment(python), ask)
    for package in below:
        if package.name in _FROM_SOURCE:
            _build(into, package)
    wheels = [package.pinned for package in below if package.name not in _FROM_SOURCE]
    _download(into, wheels, computer, python)


def _download(into: Path, wanted: list[str], computer: Computer, python: str) -> None:
    command = ["download", "--no-deps", "--only-binary", ":all:", "--dest", str(into)]
    command += ["--implementation", "cp", "--python-version", python]
    command += [word for tag in computer.tags for word in ("--platform", tag)]
    refused = _pip([*command, *wanted])
    if refused is None:
        return
    raise UserError(
        ROOM,
        "pip found no wheel of {package} for {system} {machine}, Python {python}.",
        hint="Is the network there? See where pip looks by `pip config list`, then try again.",
        package=refused or ", ".join(wanted[:3]),
        system=computer.system,
        machine=computer.machine,
        python=python,
    )


def _build(into: Path, package: Package) -> None:
    """A wheel from a package's sources, once for all computers."""
    stem = f"{package.name.replace('-', '_')}-{package.version}-"
    if any(into.glob(f"{stem}*.whl")):
        return
    refused = _pip(["wheel", "--no-deps", "--wheel-dir", str(into), package.pinned])
    built = [wheel.name for wheel in into.glob(f"{stem}*.whl")]
    if refused is None and built and built[0].endswith("-none-any.whl"):
        return
    raise UserError(
        ROOM,
        "pip could not build a wheel of {package} that fits every computer.",
        hint="Is the network there? See where pip looks by `pip config list`, then try again.",
        package=package.pinned,
    )


def _pip(arguments: list[str]) -> str | None:
    """None when it went well, else the requirement that pip names, if it names one.

    Not its own words: in them may stand the password of an index.
    """
    command = [sys.executable, "-m", "pip", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode == 0:
        return None
    if "No module named pip" in done.stderr:
        raise UserError(
            ROOM,
            "The Python of Reedgate has no pip: {python}.",
            hint="Type: {command}",
            python=sys.executable,
            command=f"{sys.executable} -m ensurepip",
        )
    named = "No matching distribution found for "
    lines = [line.partition(named)[2] for line in done.stderr.splitlines() if named in line]
    return lines[-1].strip() if lines else ""


def _package_of(wheel: Path) -> Package:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith(".dist-info/METADATA")]
        told = email.message_from_bytes(archive.read(name))
    requires = tuple(told.get_all("Requires-Dist") or ())
    return Package(canonicalize_name(told["Name"]), told["Version"], requires)


def own_wheel(into: Path) -> None:
    """Reedgate itself: built in a checkout, else packed again from what is installed."""
    checkout = firmware_dir().parent
    if (checkout / "pyproject.toml").is_file():
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)]
        subprocess.run(command, cwd=checkout, check=True, capture_output=True)
        return
    distribution = importlib.metadata.distribution(OURS)
    stem = f"{OURS}-{distribution.version}"
    record = f"{stem}.dist-info/RECORD"
    with zipfile.ZipFile(into / f"{stem}-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        lines = []
        for file in distribution.files or ():
            if _is_of_this_machine(file):
                continue
            content = file.locate().read_bytes()
            archive.writestr(file.as_posix(), content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            lines.append(f"{file.as_posix()},sha256={digest.decode()},{len(content)}\n")
        archive.writestr(record, "".join([*lines, f"{record},,\n"]))


def _is_of_this_machine(file: importlib.metadata.PackagePath) -> bool:
    """Whether pip made it at installation: scripts, caches, its own notes."""
    notes = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
    return file.name in notes or bool({"..", "__pycache__"} & set(file.parts))
