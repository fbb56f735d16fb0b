"""The emulator's C source is compiled for this Python: all of its modules or none."""

import os
import runpy
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).parents[2] / "requirements"
SCRIPT = REQUIREMENTS / "quick_chip.py"
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
GOOD = "int one(void) { return 1; }\n"

if not runpy.run_path(str(REQUIREMENTS / "bootstrap.py"))["can_compile"]():
    pytest.skip(
        "NO QUICK EMULATOR: gcc or Python.h is missing: make tools", allow_module_level=True
    )


def made_of(folder, **sources):
    """(exit code, what lies beside the sources after it) with these instead of the emulator's."""
    native = folder / "rp2040py" / "native"
    native.mkdir(parents=True)
    (native.parent / "__init__.py").touch()
    for name, text in sources.items():
        (native / f"{name}.c").write_text(text)
    environment = os.environ | {"PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, SCRIPT], env=environment, capture_output=True, text=True
    )
    return done, {file.name for file in native.iterdir()} - {f"{name}.c" for name in sources}


def test_each_source_becomes_a_module_of_this_python(tmp_path):
    done, made = made_of(tmp_path, _a=GOOD, _b=GOOD)
    assert done.returncode == 0, done.stderr
    assert made == {"_a" + SUFFIX, "_b" + SUFFIX}


def test_where_one_does_not_compile_none_is_put_there(tmp_path):
    done, made = made_of(tmp_path, _a=GOOD, _b="no C at all\n")
    assert (done.returncode, made) == (1, set())
    assert "_b.c" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_emulator_of_these_tests_is_the_quick_one():
    core = pytest.importorskip(
        "rp2040py.native._cortex_m0_core", reason="rp2040py has no wheel here"
    )
    assert core.__file__.endswith(SUFFIX)
