"""Which firmware it is: a hash that follows the files and is in whatever a board runs."""

import pytest

from reedgate_boards.image.files import firmware_files
from reedgate_boards.site import stamp
from reedgate_boards.site.locator import firmware_dir
from reedgate_boards.site.stamp import STAMPED, firmware_hash, stamped


def test_a_file_in_the_place_of_the_firmware_s_own_changes_the_hash(tmp_path):
    changed = tmp_path / "gate.py"
    changed.write_text("pass\n")
    ours = firmware_hash()
    assert firmware_hash({"station/core/gate.py": changed}) != ours
    assert firmware_hash({"board.py": changed}) == ours


def test_the_text_keeps_its_lines():
    version = firmware_dir() / STAMPED
    text = stamped(version, 0x12AB)
    assert "SOURCES = 0x000012AB\n" in text
    assert text.splitlines()[:-1] == version.read_text(encoding="utf-8").splitlines()[:-1]


def test_a_text_without_a_place_for_it_is_refused(tmp_path):
    (tmp_path / "version.py").write_text("VERSION = 1\n")
    with pytest.raises(ValueError, match="no place"):
        stamped(tmp_path / "version.py", 1)


def test_a_board_s_own_files_have_it(monkeypatch):
    monkeypatch.setattr(stamp, "firmware_hash", lambda: 0xFEDCBA98)
    compiled = firmware_files("RPI_PICO_W")[stamp.STAMPED.replace(".py", ".mpy")]
    assert str(0xFEDCBA98).encode() in compiled
