"""What pytest collects from a file for MicroPython: its functions, once for each build.

Read from the syntax tree, so that such a file is never imported by CPython.
"""

import ast
import os
import sys
from pathlib import Path

import pytest

from reedgate_sim.plugin.process import run
from reedgate_sim.vm_report import VmFailure

ROOM = Path(__file__).parent.parent
RUNNER = ROOM / "vm" / "run_test.py"
ON_VM = Path(__file__).parent / "on_vm"  # FakeClock and its like: importable in every test
PASSED, FAILED = 93, 94  # as in vm/run_test.py, and its mark
_MARK = "\n--- the test failed ---\n"
HEAPLESS = "heapless_"


class Missing:
    """Why the tests of a build cannot run here; said once, in pytest_terminal_summary."""

    vm = pytest.StashKey[str]()
    wasm32 = pytest.StashKey[str]()


class VmFile(pytest.File):
    def collect(self):
        yield Tests.from_parent(self, name="vm", of=VmItem)
        if _is_for_wasm32(self.path, self.config):
            yield Tests.from_parent(self, name="wasm32", of=Wasm32Item)


def _is_for_wasm32(path, config):
    return any(path.is_relative_to(place) for place in config.getini("micropython_wasm32"))


class Tests(pytest.Collector):
    """The tests of one file on one build."""

    def __init__(self, *, of, **kwargs):
        super().__init__(**kwargs)
        self._of = of

    def collect(self):
        try:
            tree = ast.parse(self.path.read_bytes(), str(self.path))
        except SyntaxError as problem:
            raise self.CollectError(f"{self.path}:{problem.lineno}: {problem.msg}") from None
        for node in tree.body:
            is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            if is_function and node.name.startswith(("test_", HEAPLESS)):
                yield self._item(node)

    def _item(self, node):
        where = f"{self.path}:{node.lineno}: {node.name}"
        if isinstance(node, ast.AsyncFunctionDef):
            raise self.CollectError(f"{where} is async: call asyncio.run() in a plain function")
        if node.args.args or node.args.posonlyargs or node.args.kwonlyargs:
            raise self.CollectError(f"{where} takes arguments: there are no fixtures on the VM")
        return self._of.from_parent(self, name=node.name, line=node.lineno, way=_way(node))


def _way(node):
    """How vm/run_test.py shall run a function."""
    if not node.name.startswith(HEAPLESS):
        return "plain"
    yields = any(isinstance(each, ast.Yield | ast.YieldFrom) for each in _own_nodes(node))
    return "heapless_steps" if yields else "heapless"


def _own_nodes(node):
    """The nodes of a function but not those of functions within it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from _own_nodes(child)


class Item(pytest.Item):
    """One function; a subclass runs it on its build."""

    def __init__(self, *, line, way, **kwargs):
        super().__init__(**kwargs)
        self._line = line
        self.way = way

    @property
    def build(self):
        return self.parent.name

    def runtest(self):
        missing = self.config.stash.get(getattr(Missing, self.build), "")
        if missing:
            pytest.skip(missing)
        timeout_s = float(self.config.getini("micropython_timeout_s"))
        status, output, errors, late = self._run(timeout_s)
        errors, _, traceback = errors.rpartition(_MARK) if _MARK in errors else (errors, "", "")
        print(output, end="")  # pytest shows it with a failure, or at once with -s
        print(errors, end="", file=sys.stderr)
        if status == PASSED and not late:
            return
        if late:
            traceback = f"the test did not end within {timeout_s:g} s\n{traceback}"
        elif status != FAILED:
            traceback += f"the VM ended in the test, status {status}\n"
        raise VmFailure(self.config.rootpath, (self.path, self._line), traceback)

    def arguments(self):
        """For main() of vm/run_test.py."""
        return [str(self.path.parent), self.path.stem, self.name, self.way, "0"]

    def folders(self):
        """Where the build finds modules, after the test's own folder."""
        return [*self.config.getini("micropython_path"), ON_VM]

    def repr_failure(self, excinfo):
        failed = isinstance(excinfo.value, VmFailure)
        return excinfo.value if failed else super().repr_failure(excinfo)

    def reportinfo(self):
        return self.path, self._line - 1, f"{self.build}::{self.name}"


class VmItem(Item):
    """In a fresh VM, a process of its own."""

    def _run(self, timeout_s):
        from reedgate_sim.vm_finder import find_micropython

        command = [find_micropython(), "-X", "heapsize=384k", RUNNER, *self.arguments()]
        path = ":".join([*map(str, self.folders()), ".frozen"])
        return run(command, os.environ | {"MICROPYPATH": path}, timeout_s)

    def arguments(self):
        """A leak check makes a plain test run twice."""
        leak_bytes = self.config.getoption("micropython_leak")
        arguments = super().arguments()
        if leak_bytes is None or self.way != "plain":
            return arguments
        return [*arguments[:3], "again", str(leak_bytes)]

    def folders(self):
        from reedgate_sim.plugin import coverage

        folders = super().folders()
        measured = coverage.of(self.config)
        # a probe takes heap when it is first met
        return [measured.folder, *folders] if measured and self.way == "plain" else folders


class Wasm32Item(Item):
    """On the 32-bit build, fresh as well, but in one process of node for the session."""

    def _run(self, timeout_s):
        from reedgate_sim.plugin import wasm32

        return wasm32.of(self.config).run(self.arguments(), self.folders(), timeout_s)
