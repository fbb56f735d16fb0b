"""One slip of mutate.py seeded into a copy of the core: does the proof notice it, or tests/core?

The functions of tests/core, which run here as they do on the VM, and a part of the proof, breadth
first, configuration by configuration; of both what is quick comes first, and of the tests those
that bear the name of the file.
"""

import contextlib
import importlib
import inspect
import io
import shutil
import signal
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from reedgate_boards.site.locator import firmware_dir
from reedgate_boards.site.user_error import UserError
from reedgate_sim.proof.configurations import configurations
from reedgate_sim.proof.explore import explore
from reedgate_sim.proof.mutate import Slip
from reedgate_sim.proof.shipped import forget, load_shipped
from reedgate_sim.proof.world import World

MOST_TRANSITIONS = 15000  # of each configuration
_ENDLESS_S = 180  # of processor time: a busy machine makes no loop endless
_EQUIVALENT = Path(__file__).resolve().parent / "equivalents.toml"


@dataclass(frozen=True)
class Killed:
    """by: "proof", "tests" or "" (it lives). how: the property and configuration, or the test."""

    slip: Slip
    by: str
    how: str

    def as_json(self) -> dict:
        return asdict(self)


class _Endless(BaseException):
    pass


def kill(slip: Slip, most: int = MOST_TRANSITIONS) -> Killed:
    """Try to. most: transitions of each configuration."""
    with tempfile.TemporaryDirectory(prefix="reedgate-slip-") as directory:
        folder = seeded_copy(Path(directory), slip)
        with _bounded():
            try:
                return _killed(slip, folder, most)
            except _Endless:
                return Killed(slip, "proof", "does not end")
            finally:
                forget()


def _killed(slip: Slip, folder: Path, most: int) -> Killed:
    """What is quick comes first."""
    for by, how in (
        ("tests", lambda: by_tests(folder, long=False, first=Path(slip.file).stem)),
        ("proof", lambda: by_proof(folder, most // 20)),
        ("tests", lambda: by_tests(folder, long=True)),
        ("proof", lambda: by_proof(folder, most)),
    ):
        found = how()
        if found:
            return Killed(slip, by, found)
    return Killed(slip, "", "")


def seeded_copy(folder: Path, slip: Slip) -> Path:
    """A firmware with the slip in it, as far as the proof and tests/core need one."""
    shutil.copytree(firmware_dir() / "station", folder / "station")
    changed = folder / "station" / Path(slip.file).relative_to("station")
    changed.write_text(slip.seeded(changed.read_text(encoding="utf-8")), encoding="utf-8")
    return folder


def equivalents() -> dict[str, str]:
    """Slips that change no behaviour, each with the argument why."""
    rows = tomllib.loads(_EQUIVALENT.read_text(encoding="utf-8"))
    return {row["name"]: row["why"] for row in rows.get("equivalent", [])}


def by_proof(folder: Path, most: int) -> str:
    """The property that breaks and where; a program that cannot run at all is found too."""
    try:
        shipped = load_shipped(folder)
        for name, site in configurations().items():
            found, _ = explore(World(site, shipped), most)
            if found.broken:
                return f"{found.broken.rule} ({name}): {found.broken.what}"
    except Exception as problem:
        return f"{type(problem).__name__}: {problem}"
    return ""


def by_tests(folder: Path, long: bool, first: str = "") -> str:
    """The first function of tests/core that fails on the station of a folder, or "". long: those
    that try many sequences of events, else the others. first: tests with this in their name.
    """
    tests = firmware_dir().parent / "tests" / "core"
    if not tests.is_dir():
        raise UserError(
            "reedgate_sim",
            "The tests of the core are missing: {directory}.",
            hint="Run this in a whole checkout.",
            directory=tests,
        )
    forget()
    sys.path[:0] = [str(folder), str(tests)]
    names = {path.stem for path in tests.glob("*.py")}
    before = {name: sys.modules.pop(name) for name in names & set(sys.modules)}
    modules = sorted(name for name in names if name.startswith("dualtest_"))
    modules = [name for name in modules if ("propert" in name) == long]
    modules.sort(key=lambda name: not name.startswith(f"dualtest_{first}"))
    try:
        for module in modules:
            for name, function in _functions(module):
                failure = _failure(function)
                if failure:
                    return f"{module}.{name}: {failure}"
    except Exception as problem:
        return f"{type(problem).__name__}: {problem}"
    finally:
        del sys.path[:2]
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(before)
    return ""


def _functions(module: str) -> Iterator[tuple[str, object]]:
    every = inspect.getmembers(importlib.import_module(module), inspect.isfunction)
    for name, function in every:
        if name.startswith("test_") and function.__module__ == module:
            yield name, function


def _failure(function) -> str:
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            function()
    except Exception as problem:
        return type(problem).__name__
    return ""


@contextlib.contextmanager
def _bounded() -> Iterator[None]:
    """A slip may make a loop that never ends. POSIX only: elsewhere there is no such timer."""

    def end(*_):
        raise _Endless

    before = signal.signal(signal.SIGPROF, end)
    signal.setitimer(signal.ITIMER_PROF, _ENDLESS_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
