"""pytest plugin: tests that run on the MicroPython VM, each in a fresh one.

`vmtest_*.py` is for the VM only and is never imported by CPython; `dualtest_*.py` runs on the VM
and, where `python_files` names it, under CPython as well. Every plain `test_*` function with bare
asserts is a test, with an id like `tests/vmtest_x.py::vm::test_a`; there are no fixtures.

    [tool.pytest.ini_options]
    python_files = ["test_*.py", "dualtest_*.py"]
    micropython_path = ["firmware"]    # where the VM finds modules, after the test's own folder
    micropython_timeout_s = "30"       # then a test is interrupted, and killed if it goes on

This file is loaded in every pytest run of whoever installs the wheel: it knows no folder of any
project, and what is slow to import waits until there is a test for the VM.
"""

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from reedgate_sim.vm_report import VmFailure

_RUNNER = Path(__file__).parent / "vm" / "run_test.py"
_PASSED, _FAILED = 93, 94  # as in vm/run_test.py, and its mark
_MARK = "\n--- the test failed ---\n"
_GRACE_S = 2  # from the interrupt, which yields a traceback, to the kill
_MISSING = pytest.StashKey[str]()


def pytest_addoption(parser):
    parser.addini("micropython_path", "folders of modules for the tests on the VM", type="paths")
    parser.addini("micropython_timeout_s", "longest run of one test on the VM", default="30")


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    found = yield
    vm_only = file_path.name.startswith("vmtest_")
    if file_path.suffix != ".py" or not (vm_only or file_path.name.startswith("dualtest_")):
        return found
    if vm_only:  # pytest would import a file that is named on its command line
        found = [node for node in found if not isinstance(node, pytest.Module)]
    return [*found, VmFile.from_parent(parent, path=file_path)]


def pytest_collection_finish(session):
    count = sum(isinstance(item, VmItem) for item in session.items)
    if not count:
        return
    from reedgate_boards.site.user_error import UserError
    from reedgate_sim.vm_finder import find_micropython

    try:
        find_micropython()
    except UserError as problem:
        if os.environ.get("MICROPYTHON"):
            raise pytest.UsageError(str(problem)) from None
        session.config.stash[_MISSING] = f"{count} tests for the MicroPython VM skipped: {problem}"


def pytest_terminal_summary(terminalreporter):
    missing = terminalreporter.config.stash.get(_MISSING, "")
    if missing:
        terminalreporter.write_line(f"!!! {missing}", yellow=True, bold=True)


class VmFile(pytest.File):
    def collect(self):
        yield VmTests.from_parent(self, name="vm")


class VmTests(pytest.Collector):
    """The tests of one file, read from its syntax tree."""

    def collect(self):
        try:
            tree = ast.parse(self.path.read_bytes(), str(self.path))
        except SyntaxError as problem:
            raise self.CollectError(f"{self.path}:{problem.lineno}: {problem.msg}") from None
        for node in tree.body:
            is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            if is_function and node.name.startswith("test_"):
                yield self._item(node)

    def _item(self, node):
        where = f"{self.path}:{node.lineno}: {node.name}"
        if isinstance(node, ast.AsyncFunctionDef):
            raise self.CollectError(f"{where} is async: call asyncio.run() in a plain function")
        if node.args.args or node.args.posonlyargs or node.args.kwonlyargs:
            raise self.CollectError(f"{where} takes arguments: there are no fixtures on the VM")
        return VmItem.from_parent(self, name=node.name, line=node.lineno)


class VmItem(pytest.Item):
    def __init__(self, *, line, **kwargs):
        super().__init__(**kwargs)
        self._line = line

    def runtest(self):
        from reedgate_sim.vm_finder import find_micropython

        missing = self.config.stash.get(_MISSING, "")
        if missing:
            pytest.skip(missing)
        command = [find_micropython(), "-X", "heapsize=384k", _RUNNER]
        command += [self.path.parent, self.path.stem, self.name]
        timeout_s = float(self.config.getini("micropython_timeout_s"))
        status, output, errors, late = _run(command, self._environment(), timeout_s)
        errors, _, traceback = errors.rpartition(_MARK) if _MARK in errors else (errors, "", "")
        print(output, end="")  # pytest shows it with a failure, or at once with -s
        print(errors, end="", file=sys.stderr)
        if status == _PASSED and not late:
            return
        if late:
            traceback = f"the test did not end within {timeout_s:g} s\n{traceback}"
        elif status != _FAILED:
            traceback += f"the VM ended in the test, status {status}\n"
        raise VmFailure(self.config.rootpath, (self.path, self._line), traceback)

    def _environment(self):
        folders = self.config.getini("micropython_path")
        if not folders:
            return None
        return os.environ | {"MICROPYPATH": ":".join([*map(str, folders), ".frozen"])}

    def repr_failure(self, excinfo):
        failed = isinstance(excinfo.value, VmFailure)
        return excinfo.value if failed else super().repr_failure(excinfo)

    def reportinfo(self):
        return self.path, self._line - 1, f"vm::{self.name}"


def _run(command, environment, timeout_s):
    """(exit status, stdout, stderr, was its time over); the process and its children are gone."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=pipe,
        stderr=pipe,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # so that it can be ended with what it started
    ) as vm:
        try:
            return _ended(vm, timeout_s, late=False)
        except subprocess.TimeoutExpired:
            os.killpg(vm.pid, signal.SIGINT)
            try:
                return _ended(vm, _GRACE_S, late=True)
            except subprocess.TimeoutExpired:
                os.killpg(vm.pid, signal.SIGKILL)
                return _ended(vm, None, late=True)
        finally:
            if vm.poll() is None:
                os.killpg(vm.pid, signal.SIGKILL)


def _ended(vm, timeout_s, late):
    output, errors = vm.communicate(timeout=timeout_s)
    return vm.returncode, output, errors, late
