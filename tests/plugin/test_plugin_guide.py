"""The guide's example, as a stranger types it into an empty folder, and that both guides agree."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDES = [ROOT / "docs" / name for name in ("pytest-plugin.md", "pytest-plugin.zh-CN.md")]


def blocks(guide, language):
    text = guide.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path):
    """The folder of the guide; its first blocks in the order in which it tells of them."""
    module, test, station = blocks(GUIDES[0], "python")
    (tmp_path / "src").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "pytest.ini").write_text(blocks(GUIDES[0], "ini")[0])
    (tmp_path / "src" / "meter.py").write_text(module)
    (tmp_path / "tests" / "dualtest_meter.py").write_text(test)
    (tmp_path / "test_station.py").write_text(station)
    return tmp_path


def typed(folder, *words):
    environment = {key: value for key, value in os.environ.items() if "PYTEST" not in key}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout


def test_the_example_runs_under_both_pythons(folder):
    code, said = typed(folder, "tests", "--micropython-cov=meter", "--micropython-cov-json=c.json")
    assert code == 0, said
    assert "tests/dualtest_meter.py::heapless_adding PASSED" in said
    assert "tests/dualtest_meter.py::vm::heapless_adding PASSED" in said
    assert re.search(r"^meter.py +\d+ +100.0 %$", said, re.MULTILINE)
    assert (folder / "c.json").is_file()
    assert "4 passed" in said


def test_the_example_fails_when_its_code_is_wrong(folder):
    meter = folder / "src" / "meter.py"
    meter.write_text(meter.read_text().replace("+= liters", "= [liters]"))
    code, said = typed(folder, "tests")
    assert code == 1
    assert "MemoryError" in said
    assert "4 failed" in said


def test_the_station_of_the_guide_closes_its_gate(folder):
    code, said = typed(folder, "test_station.py")
    assert code == 0, said


def test_both_guides_have_the_same_blocks_and_sections():
    english, chinese = GUIDES
    for language in ("sh", "ini", "python"):
        assert blocks(english, language) == blocks(chinese, language)
    marks = [re.findall(r"^(#+|-) ", each.read_text(encoding="utf-8"), re.M) for each in GUIDES]
    assert marks[0] == marks[1]
