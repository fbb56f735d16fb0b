"""Hours of outage and years of flash by hand, and that the terms are the firmware's own."""

import ast
import json
import re

import pytest
from site_files import ALONE, checked, edited

from reedgate_boards.cli import main
from reedgate_boards.site import record_budget as budget
from reedgate_boards.site.board_facts import load_board
from reedgate_boards.site.check_report import as_json
from reedgate_boards.site.locator import board_dir, board_names, firmware_dir

UPLINK = 'kind = "mqtt"'


def _every(record_s):
    """The good site, three points, with a record of each this often."""
    return edited((UPLINK, f"{UPLINK}\nrecord_s = {record_s}"))


def _of(folder, text):
    site, findings = checked(folder, text)
    assert findings.errors == []
    return budget.record_budget(site, "inlet"), as_json(site, findings)


def _assigned(path, name):
    """A module's constant, read as data; const(…) around it or not."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == name:
            value = node.value
            return ast.literal_eval(value.args[0] if isinstance(value, ast.Call) else value)
    raise AssertionError(f"{path} has no {name}")


@pytest.mark.parametrize("board", board_names())
def test_the_boards_facts_are_what_its_firmware_is_told(board):
    facts = load_board(board)
    told = _assigned(board_dir(board) / "board.py", "JOURNAL_SEGMENTS")
    assert told == {"events": facts.event_segments, "readings": facts.reading_segments}


def test_the_terms_are_the_firmwares():
    app = firmware_dir() / "station" / "app"
    assert _assigned(app / "stream.py", "_SEGMENT_RECORDS") == budget.SEGMENT_RECORDS
    assert _assigned(app / "stream.py", "_HEADER_SIZE") == budget.SEGMENT_HEADER_BYTES
    assert _assigned(app / "housekeeping.py", "_READINGS_AT_ONCE") == budget.FLUSH_RECORDS
    assert _assigned(app / "housekeeping.py", "_READINGS_MS") == budget.FLUSH_S * 1000


def test_three_points_a_minute(tmp_path):
    reckoned, report = _of(tmp_path, edited())
    # 3 records a flush: 170 flushes a segment; 43 of 44 segments are there at the worst instant
    assert (reckoned.segment_records, reckoned.segments) == (510, 44)
    assert reckoned.outage_h == 121.8  # 43 * 510 / 3 * 60 s = 121.83 h
    assert reckoned.flash_years == 12.4  # 256 * 100000 * 60 s / 1.3 / 3 = 12.48 years
    assert report["outage_h"] == {"inlet": 121.8}
    assert report["flash_years"] == {"inlet": 12.4}


@pytest.mark.parametrize(
    ("points", "record_s", "flush_s"),
    [
        (5, 60, 60),
        (1, 1, 8),  # eight records
        (3, 1, 3),  # nine: the third round brings more than eight
        (1, 20, 60),  # a minute
        (8, 10, 10),
        (20, 5, 5),
        (2, 300, 300),  # at once, since the flush before is longer ago than a minute
    ],
)
def test_the_pace_of_flushes(points, record_s, flush_s):
    assert budget.flush_period_s(points, record_s) == flush_s


@pytest.mark.parametrize(
    ("size", "blocks"),
    [(1, 1), (4096, 1), (4097, 2), (8188, 2), (8189, 3), (16368, 4), (16369, 5)],
)
def test_blocks_of_a_file(size, blocks):
    """4096, then 4092, 4088, 4092: a block's pointers are one more for each factor two."""
    assert budget.blocks_of(size, 4096) == blocks


def test_full_segments_take_four_blocks_and_all_fit(tmp_path):
    reckoned, report = _of(tmp_path, _every(20))  # 9 at once: 504 records, four blocks
    assert (reckoned.flush_s, reckoned.segment_records, reckoned.segments) == (60, 504, 44)
    assert not any("has room for" in warning for warning in report["warnings"])
    text = edited(('do_mg_l = "do_mg_l" }', 'do_mg_l = "do_mg_l", temperature_c = "t_c" }'))
    four = text.replace(UPLINK, f"{UPLINK}\nrecord_s = 30")  # 4 points, 8 at once
    reckoned, report = _of(tmp_path, four)
    assert (reckoned.segment_records, reckoned.segments) == (504, 44)  # 63 flushes of 8
    assert not any("has room for" in warning for warning in report["warnings"])


@pytest.mark.parametrize(("record_s", "short"), [(30, True), (60, False)])
def test_a_short_cover_is_told(tmp_path, record_s, short):
    reckoned, report = _of(tmp_path, _every(record_s))
    assert (reckoned.outage_h < 72) == short
    assert any("h of outage, less than 72" in each for each in report["warnings"]) == short


@pytest.mark.parametrize(("record_s", "short"), [(15, True), (60, False)])
def test_a_short_life_is_told(tmp_path, record_s, short):
    reckoned, report = _of(tmp_path, _every(record_s))
    assert (reckoned.flash_years < 10) == short
    assert any("years, less than 10" in each for each in report["warnings"]) == short


@pytest.mark.parametrize(("record_s", "hours"), [(90, 72.2), (120, 96.3)])
def test_a_pico_w_outlasts_three_days_of_three_points(record_s, hours, tmp_path):
    """17 of its 18 segments are there at the worst instant; the official image leaves few more."""
    on_it = ('board = "HOST"', 'board = "RPI_PICO_W"')
    text = edited(on_it, (ALONE[0], f"{ALONE[1]}\nrecord_s = {record_s}"))
    reckoned, report = _of(tmp_path, text)
    assert (reckoned.blocks, reckoned.segments, reckoned.segment_records) == (212, 18, 510)
    assert (reckoned.outage_h, report["outage_h"]) == (hours, {"inlet": hours})
    assert reckoned.flash_years >= 10
    assert not any("h of outage, less than" in each for each in report["warnings"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_people_read_both_with_their_terms(tmp_path, capsys, monkeypatch, language):
    monkeypatch.setenv("REEDGATE_LANG", language)
    file = tmp_path / "site.toml"
    file.write_text(edited(), encoding="utf-8")
    assert main(["site", "check", str(file)]) == 0
    said = capsys.readouterr().out
    assert re.search(r"121\.8 .*44 .*510 .*3 .*60 ", said)
    assert re.search(r"12\.4 .*256 .*100000 .*60 .*1\.3 .*3", said)
    assert ("The journal covers" in said) == (language == "en")


@pytest.mark.parametrize("text", [edited(("scan_ms = 200", "scan_ms = 20")), "format ="])
def test_a_faulty_site_has_neither(tmp_path, capsys, text):
    file = tmp_path / "bad.toml"
    file.write_text(text, encoding="utf-8")
    assert main(["site", "check", str(file), "--json"]) == 2
    report = json.loads(capsys.readouterr().out)
    assert (report["outage_h"], report["flash_years"]) == ({}, {})
