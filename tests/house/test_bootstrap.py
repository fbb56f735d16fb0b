"""Setting up .venv, with a stand-in for the venv module and its pip: no network, no packages."""

import ast
import os
import runpy
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]

# Called as `python -m venv .venv`. Its python does to pip what the test says by PIP_WILL.
FAKE_VENV = '''
import pathlib, sys
if __name__ == "__main__":
    python = pathlib.Path(sys.argv[1]) / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("""#!/bin/sh
case "$PIP_WILL" in
    fail) echo "ERROR: no such package"; exit 1 ;;
    wait) echo "Collecting patience"; echo $$ >"$TELL"; exec sleep 60 ;;
esac
""")
    python.chmod(0o755)
'''


@pytest.fixture
def checkout(tmp_path):
    """A tree with what the bootstrap reads, and the stand-in on PYTHONPATH."""
    tree = tmp_path / "tree"
    shutil.copytree(ROOT / "requirements", tree / "requirements")
    shutil.copy(ROOT / "pyproject.toml", tree)
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "venv.py").write_text(FAKE_VENV)
    return tree


def environment(checkout, **more):
    modules = checkout.parent / "modules"
    kept = {"PYTHONPATH": str(modules), "PATH": os.environ["PATH"], "LANG": "en_US.UTF-8"}
    return kept | more


def bootstrap(checkout, level="run", patch="", **more):
    """Runs it; patch: what to do to `sys` and `platform` before, to be on another machine."""
    script = checkout / "requirements" / "bootstrap.py"
    code = (
        f"import platform, runpy, sys\nsys.argv = [{str(script)!r}, {level!r}]\n{patch}\n"
        f"runpy.run_path({str(script)!r}, run_name='__main__')"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        env=environment(checkout, **more),
        capture_output=True,
        text=True,
    )


def test_it_is_made_once_and_then_left_alone(checkout):
    done = bootstrap(checkout)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Setting up .venv")
    assert not (checkout / ".venv" / "reedgate-unfinished").exists()
    again = bootstrap(checkout, PIP_WILL="fail")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


@pytest.mark.parametrize("changed", ["pyproject.toml", "requirements/run.txt"])
def test_it_is_made_anew_when_what_it_is_made_from_changed(checkout, changed):
    bootstrap(checkout)
    with (checkout / changed).open("a") as stream:
        stream.write("# changed\n")
    assert bootstrap(checkout, PIP_WILL="fail").returncode == 2
    assert (checkout / ".venv").exists()  # it was there before
    assert bootstrap(checkout).stdout.startswith("Setting up .venv")


def test_what_serves_the_tests_serves_the_run(checkout):
    bootstrap(checkout, "run")
    assert bootstrap(checkout, "test").stdout.startswith("Setting up .venv")
    assert bootstrap(checkout, "test").stdout == ""
    assert bootstrap(checkout, "run").stdout == ""


def test_a_failing_venv_is_told_and_leaves_nothing(checkout):
    (checkout.parent / "modules" / "venv.py").write_text(
        "if __name__ == '__main__':\n    raise SystemExit('no space left')\n"
    )
    done = bootstrap(checkout)
    assert done.returncode == 2
    assert done.stderr == "no space left\n\n.venv could not be made (see above).\n"
    assert not (checkout / ".venv").exists()


def test_a_failing_pip_is_told_and_leaves_nothing(checkout):
    done = bootstrap(checkout, PIP_WILL="fail")
    assert done.returncode == 2
    assert done.stderr.startswith("ERROR: no such package\npip could not install")
    assert not (checkout / ".venv").exists()


def has_ended(pid):
    """One that only nobody has collected yet has ended too."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing(checkout, number):
    tell = checkout.parent / "tell"
    os.mkfifo(tell)
    listen = os.open(tell, os.O_RDONLY | os.O_NONBLOCK)
    with subprocess.Popen(
        [sys.executable, "requirements/bootstrap.py", "run"],
        cwd=checkout,
        env=environment(checkout, PIP_WILL="wait", TELL=str(tell)),
        stdout=subprocess.PIPE,
        text=True,
        # a shell that starts the tests in the background has it ignored, and children inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        assert select.select([listen], [], [], 20)[0], "pip was not started"
        process.send_signal(number)
        said, _ = process.communicate()
    pip = int(os.read(listen, 20))
    os.close(listen)
    assert has_ended(pip)
    assert process.returncode == 130
    assert said.endswith("Interrupted; the next run starts over.\n")
    assert not (checkout / ".venv").exists()


def test_a_venv_half_made_by_a_power_cut_is_made_again(checkout):
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "half").touch()
    (checkout / ".venv" / "reedgate-unfinished").touch()
    assert bootstrap(checkout).returncode == 0
    assert not (checkout / ".venv" / "bin" / "half").exists()


OLD = "sys.version_info = (3, 9, 2, 'final', 0); platform.python_version = lambda: '3.9.2'"
OTHER = "platform.machine = lambda: 'riscv64'"
WITHOUT = "sys.modules['ensurepip'] = None"


@pytest.mark.parametrize(
    ("patch", "says"),
    [
        (OLD, "This Python is 3.9.2; 3.11 or newer is needed. On Debian or Ubuntu type:\n  sudo "),
        (OTHER, "There is no packaged MicroPython VM for this machine ("),
        (WITHOUT, "This Python lacks the venv module. On Debian or Ubuntu type:\n  sudo apt-get "),
    ],
)
def test_what_is_missing_is_one_message_and_exit_2(checkout, tmp_path, patch, says):
    done = bootstrap(checkout, patch=patch, PATH=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith(says)
    assert done.stdout == ""
    assert not (checkout / ".venv").exists()
    chinese = bootstrap(checkout, patch=patch, PATH=str(tmp_path), LANG="zh_CN.UTF-8").stderr
    assert chinese.startswith("这")


def test_a_vm_of_ones_own_serves_any_machine(checkout, tmp_path):
    named = bootstrap(checkout, patch=OTHER, PATH=str(tmp_path), MICROPYTHON="/opt/micropython")
    assert named.returncode == 0, named.stderr
    shutil.rmtree(checkout / ".venv")
    (tmp_path / "micropython").touch(mode=0o755)
    assert bootstrap(checkout, patch=OTHER, PATH=str(tmp_path)).returncode == 0


def test_an_old_python_hands_over_to_a_newer_one_that_starts(checkout, tmp_path):
    folder = tmp_path / "path"
    folder.mkdir()
    starts = '[ "$1" = -c ] || echo "took $2"'
    for name, body in (("python3.13", "exit 127"), ("python3.12", starts)):
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    done = bootstrap(checkout, patch=OLD, PATH=str(folder))
    assert (done.returncode, done.stdout) == (0, "took run\n")


def test_it_parses_under_the_oldest_python_it_may_meet():
    source = (ROOT / "requirements" / "bootstrap.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))
    with pytest.raises(SyntaxError):
        ast.parse("(a := 1)", feature_version=(3, 6))


def test_it_knows_the_condition_under_which_the_vm_is_a_wheel():
    """pyproject.toml says it as a marker, the bootstrap in words: they say the same."""
    from packaging.requirements import Requirement

    sim = ROOT / "pyproject.toml"
    line = next(line for line in sim.read_text().splitlines() if "jonnor" in line)
    marker = Requirement(ast.literal_eval(line.strip().rstrip(","))).marker
    names = runpy.run_path(str(ROOT / "requirements" / "bootstrap.py"))
    for system, machine in (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64")):
        for minor in (11, 14, 15):
            where = {"sys_platform": system, "platform_machine": machine}
            said = marker.evaluate(where | {"python_version": f"3.{minor}"})
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(sys, "platform", system)
                patched.setattr(sys, "version_info", (3, minor, 0))
                patched.setattr(names["platform"], "machine", lambda machine=machine: machine)
                assert names["has_vm_wheel"]() == said, (system, machine, minor)
