"""Statement coverage of code that runs on the VM, which has no trace function to ask.

The VM gets a copy of the sources in which every statement is announced the first time it runs, and
finds it before the sources themselves. A file that a probe has told of is written at once, so that
a VM which is killed, as a board without power, has told all it did. Line numbers in a traceback
are then those of the copy.
"""

import ast
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

_COVERAGE = pytest.StashKey["Coverage"]()
_EXCLUDED = "# pragma: no cover"
_TOLD = "_reedgate_told"  # the module of the copy that a probe tells
_SKIPPED = (ast.Global, ast.Nonlocal)

_TELL = """
_file = None


def table(name, size):
    left = bytearray(size)
    for line in range(size):
        left[line] = 1

    def tell(line):
        global _file
        left[line] = 0
        if _file is None:
            _file = open({path!r}, "ab")
        _file.write("%s:%d\\n" % (name, line))  # not buffered; flush() would wait for the disk

    return left, tell
"""


def start(config) -> None:
    roots = [Path(root) for root in config.getini("micropython_path")]
    config.stash[_COVERAGE] = Coverage(config, roots)


def of(config) -> "Coverage | None":
    return config.stash.get(_COVERAGE, None)


def stop(config) -> None:
    if of(config):
        of(config).close()


@dataclass(frozen=True)
class File:
    path: Path
    statements: frozenset[int]


class Coverage:
    """folder: what the VM finds first. Figures are of every VM that has run with it."""

    def __init__(self, config, roots: list[Path]):
        self._json = config.getoption("micropython_cov_json")
        self._rootpath = config.rootpath
        self._rig: _OnRig | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="micropython-cov-"))
        self._told = self.folder / "told.txt"
        self._files: dict[str, File] = {}  # by their place below a root, as a probe names them
        try:
            for asked in config.getoption("micropython_cov"):
                self._add(asked, roots, config.invocation_params.dir)
            tell = self.folder / f"{_TOLD}.py"
            tell.write_text(_TELL.format(path=str(self._told)), encoding="utf-8")
            self._rig = _OnRig(self.folder)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._rig:
            self._rig.undo()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _add(self, asked: str, roots: list[Path], here: Path) -> None:
        """asked: a folder, a file, or the dotted name of a package or module."""
        places = [here / asked, *(root.joinpath(*asked.split(".")) for root in roots)]
        places += [place.with_name(place.name + ".py") for place in places]
        for place in places:
            root = next((root for root in roots if place.resolve().is_relative_to(root)), None)
            if root and place.exists():
                paths = sorted(place.rglob("*.py")) if place.is_dir() else [place]
                for path in paths:
                    self._copy(path.resolve(), path.resolve().relative_to(root))
                return
        said = f"--micropython-cov={asked}: nothing of that name is in micropython_path ({roots})"
        raise pytest.UsageError(said)

    def _copy(self, path: Path, below: Path) -> None:
        source = path.read_text(encoding="utf-8")
        copy, statements = instrumented(source, below.as_posix())
        self._files[below.as_posix()] = File(path, frozenset(statements))
        into = self.folder / below
        into.parent.mkdir(parents=True, exist_ok=True)
        into.write_text(copy, encoding="utf-8")

    def figures(self) -> dict:
        """What --micropython-cov-json holds."""
        run = {name: set() for name in self._files}
        told = self._told.read_text().splitlines() if self._told.is_file() else []
        for line in told:
            name, _, number = line.rpartition(":")
            run[name].add(int(number))
        files = {
            name: {
                "statements": len(file.statements),
                "missing": sorted(file.statements - run[name]),
            }
            for name, file in sorted(self._files.items())
        }
        count = sum(file["statements"] for file in files.values())
        missing = sum(len(file["missing"]) for file in files.values())
        return {"percent": _percent(count, missing), "statements": count, "files": files}

    def report(self, terminal) -> None:
        figures = self.figures()
        terminal.section("statement coverage on MicroPython")
        width = max((len(name) for name in figures["files"]), default=4)
        for name, file in figures["files"].items():
            count, missing = file["statements"], file["missing"]
            percent = _percent(count, len(missing))
            terminal.line(f"{name:{width}} {count:5} {percent:6.1f} %  {ranges(missing)}".rstrip())
        terminal.line(f"{'all':{width}} {figures['statements']:5} {figures['percent']:6.1f} %")
        if self._json:
            text = json.dumps(figures, indent=1) + "\n"
            Path(self._json).write_text(text, encoding="utf-8")


class _OnRig:
    """The copy stands before the firmware on the simulator's rig as well."""

    def __init__(self, folder: Path):
        from reedgate_boards.site.locator import firmware_dir
        from reedgate_sim.rigs import vm

        self._vm, self._stock = vm, vm.vm_command

        def command(folders):
            # a test may put files of its own before the firmware: those stay first
            at = folders.index(firmware_dir())
            return self._stock([*folders[:at], folder, *folders[at:]])

        vm.vm_command = command

    def undo(self):
        self._vm.vm_command = self._stock


def _percent(count: int, missing: int) -> float:
    return round(100 * (count - missing) / count, 1) if count else 100.0


def ranges(lines: list[int]) -> str:
    """[1, 2, 3, 7] as "1-3 7"."""
    found: list[list[int]] = []
    for line in lines:
        if found and line == found[-1][1] + 1:
            found[-1][1] = line
        else:
            found.append([line, line])
    return " ".join(f"{a}-{b}" if b > a else f"{a}" for a, b in found)


def instrumented(source: str, name: str) -> tuple[str, set[int]]:
    """The copy of a module, and the lines of the statements that it tells of."""
    lines = source.splitlines()
    excluded = {number for number, line in enumerate(lines, 1) if _EXCLUDED in line}
    probes = _Probes(excluded)
    tree = probes.visit(ast.parse(source))
    table = f"_left_, _tell_ = _told({name!r}, {len(lines) + 1})"
    start = ast.parse(f"from {_TOLD} import table as _told\n{table}")
    tree.body = start.body + tree.body
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n", probes.lines


class _Probes(ast.NodeTransformer):
    """Puts a probe before every statement; one that a comment excludes stays as it is, whole."""

    def __init__(self, excluded: set[int]):
        self.lines: set[int] = set()
        self._excluded = excluded

    def visit(self, node):
        if isinstance(node, ast.stmt) and node.lineno in self._excluded:
            return node
        return super().visit(node)

    def generic_visit(self, node):
        super().generic_visit(node)
        for part in ("body", "orelse", "finalbody"):
            statements = getattr(node, part, None)
            if isinstance(statements, list):
                setattr(node, part, self._probed(statements))
        return node

    def _probed(self, statements):
        found = []
        for statement in statements:
            if not self._is_left_alone(statement):
                self.lines.add(statement.lineno)
                found.append(self._probe(statement))
            found.append(statement)
        return found

    def _is_left_alone(self, statement) -> bool:
        is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        return is_text or isinstance(statement, _SKIPPED) or statement.lineno in self._excluded

    def _probe(self, statement):
        (probe,) = ast.parse(f"if _left_[{statement.lineno}]: _tell_({statement.lineno})").body
        for node in ast.walk(probe):
            if hasattr(node, "lineno"):
                ast.copy_location(node, statement)
        return probe
