"""pytest plugin: tests that run on MicroPython, each in a fresh one. See docs/pytest-plugin.md.

`vmtest_*.py` is for MicroPython only and is never imported by CPython; `dualtest_*.py` runs on the
VM and, where `python_files` names it, under CPython as well. Every plain `test_*` function with
bare asserts is a test, and every `heapless_*` function one that may take nothing from the heap.
An id is like `tests/vmtest_x.py::vm::test_a`; there are no fixtures on MicroPython.

This file is loaded in every pytest run of whoever installs the wheel: it knows no folder of any
project, and what is slow to import waits until there is a test for MicroPython.
"""

import inspect
import os

import pytest

from reedgate_sim.plugin import coverage
from reedgate_sim.plugin.fixtures import plant, station  # noqa: F401
from reedgate_sim.plugin.items import HEAPLESS, Item, Missing, VmFile

_BUILDS = ("vm", "wasm32")  # the names in Missing
_NO_VM = "{count} tests for the MicroPython VM skipped: {problem}"
_NO_WASM32 = "{count} tests for the 32-bit MicroPython skipped: {problem}"

_OPTIONS = {  # in English, as pytest's own
    "--micropython-cov": {
        "action": "append",
        "metavar": "DIR_OR_PACKAGE",
        "help": "statement coverage of a folder or package in micropython_path; may be repeated",
    },
    "--micropython-cov-json": {
        "metavar": "FILE",
        "help": "write the coverage to a file as well",
    },
    "--micropython-leak": {
        "type": int,
        "metavar": "BYTES",
        "help": "run each test on the VM again; fail it when every run leaves more on the heap",
    },
}


def pytest_addoption(parser):
    parser.addini("micropython_path", "folders of modules for MicroPython's tests", type="paths")
    parser.addini("micropython_timeout_s", "longest run of one such test", default="30")
    parser.addini(
        "micropython_wasm32",
        "files and folders whose tests also run on the 32-bit MicroPython under node",
        type="paths",
        default=[],
    )
    group = parser.getgroup("micropython")
    for name, settings in _OPTIONS.items():
        group.addoption(name, **settings)


def pytest_configure(config):
    if config.getoption("micropython_cov"):
        if config.getoption("numprocesses", None):
            raise pytest.UsageError("--micropython-cov counts in one process only: add -n 0")
        coverage.start(config)


def pytest_unconfigure(config):
    from reedgate_sim.plugin import wasm32

    wasm32.stop(config)
    coverage.stop(config)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    found = yield
    vm_only = file_path.name.startswith("vmtest_")
    if file_path.suffix != ".py" or not (vm_only or file_path.name.startswith("dualtest_")):
        return found
    if vm_only:  # pytest would import a file that is named on its command line
        found = [node for node in found if not isinstance(node, pytest.Module)]
    return [*found, VmFile.from_parent(parent, path=file_path)]


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector, name, obj):
    """Under CPython a heapless test is a test too; the name is no test's to pytest itself."""
    in_file_for_both = collector.path.name.startswith("dualtest_")
    if in_file_for_both and name.startswith(HEAPLESS) and inspect.isfunction(obj):
        return pytest.Function.from_parent(collector, name=name)
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Its yields say where the heap is locked, and that is nothing to CPython."""
    if pyfuncitem.name.startswith(HEAPLESS) and inspect.isgeneratorfunction(pyfuncitem.obj):
        for _ in pyfuncitem.obj():
            pass
        return True
    return None


def pytest_collection_finish(session):
    items = [item for item in session.items if isinstance(item, Item)]
    on_vm = sum(item.build == "vm" for item in items)
    if on_vm:
        _look_for_vm(session.config, on_vm)
    if len(items) > on_vm:
        _look_for_wasm32(session.config, len(items) - on_vm)


def _look_for_vm(config, count):
    from reedgate_boards.site.user_error import UserError
    from reedgate_sim.vm_finder import find_micropython

    try:
        find_micropython()
    except UserError as problem:
        if os.environ.get("MICROPYTHON"):
            raise pytest.UsageError(str(problem)) from None
        config.stash[Missing.vm] = _NO_VM.format(count=count, problem=problem)


def _look_for_wasm32(config, count):
    from reedgate_boards.site.user_error import UserError
    from reedgate_sim.plugin import wasm32

    if config.option.collectonly:
        return
    try:
        wasm32.start(config)
    except UserError as problem:
        config.stash[Missing.wasm32] = _NO_WASM32.format(count=count, problem=problem)


def pytest_sessionfinish(session):
    """Under pytest-xdist a worker's summary is seen by nobody: what it misses goes home."""
    config = session.config
    if hasattr(config, "workeroutput"):
        missing = {build: config.stash.get(getattr(Missing, build), "") for build in _BUILDS}
        config.workeroutput["micropython_missing"] = missing


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    for build, text in getattr(node, "workeroutput", {}).get("micropython_missing", {}).items():
        if text:
            node.config.stash[getattr(Missing, build)] = text


def pytest_terminal_summary(terminalreporter):
    config = terminalreporter.config
    for build in _BUILDS:
        missing = config.stash.get(getattr(Missing, build), "")
        if missing:
            terminalreporter.write_line(f"!!! {missing}", yellow=True, bold=True)
    if coverage.of(config):
        coverage.of(config).report(terminalreporter)
