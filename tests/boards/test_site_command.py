"""`reedgate site check` as a technician and as a script see it."""

import json
import re
from importlib import resources
from pathlib import Path

import pytest
from site_files import GOOD, edited

from reedgate_boards.cli import main
from reedgate_boards.site.load import load_site
from reedgate_boards.site.schema import Gateway, Site, Source
from reedgate_boards.site.schema_gate import (
    Basis,
    Confirm,
    Flood,
    FloodCause,
    Gate,
    GateTerminals,
    Limit,
    Trip,
)
from reedgate_boards.site.schema_station import Bus, Sensor, Station, StationTerminals, Uplink

EXAMPLE = Path(__file__).parents[2] / "docs" / "site.example.toml"
DESK = resources.files("reedgate_sim") / "sites" / "desk.toml"


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("REEDGATE_LANG", "en")
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture
def good(tmp_path):
    file = tmp_path / "site.toml"
    file.write_text(GOOD, encoding="utf-8")
    return file


@pytest.fixture
def bad(tmp_path):
    file = tmp_path / "bad.toml"
    file.write_text(edited(("scan_ms = 200", "scan_ms = 20")), encoding="utf-8")
    return file


@pytest.mark.parametrize("file", [EXAMPLE, DESK], ids=["example", "desk"])
def test_shipped_site_files_are_good(file):
    assert load_site(file).format == 1


def test_a_good_site_ends_with_0_and_its_budgets(good, capsys):
    assert main(["site", "check", str(good)]) == 0
    said = capsys.readouterr().out
    assert "31902" in said
    assert "confirmation 30000 + poll 1000 + frames 82 + scan 200 + stall 10" in said
    assert "a motor gate without battery does not close when the power fails." in said
    assert "22.1 %" in said
    hashes = r"hash [0-9a-f]{8}, safety keys [0-9a-f]{8}\."
    assert re.search(r"Compiled: \d+ of at most 8192 bytes, " + hashes, said)
    assert "Defaults" not in said


def test_explain_says_the_defaults_with_their_reasons(good, capsys):
    assert main(["site", "check", str(good), "--explain"]) == 0
    said = capsys.readouterr().out
    assert "stations.inlet.gates.main.retries = 2: then somebody has to look" in said
    assert "stations.inlet.sensors.level.poll_s: as often as its bus" in said
    assert "stations.inlet.gates.around.retries" not in said  # a spring has none
    assert "stations.inlet.gates.main.trips.turbid.confirm.polls" not in said  # stated


def test_chinese(good, capsys, monkeypatch):
    monkeypatch.setenv("REEDGATE_LANG", "zh")
    assert main(["site", "check", str(good), "--explain"]) == 0
    said = capsys.readouterr().out
    assert "无蓄电池的电动闸门断电时不会关闭。" in said
    assert "确认 30000 + 轮询 1000 + 报文 82" in said
    assert "之后必须有人到场查看" in said


@pytest.mark.parametrize(
    ("language", "term"), [("en", "freeze while it wipes 30000"), ("zh", "清洁时的保持 30000")]
)
def test_a_site_whose_probe_wipes_itself_has_its_report(
    tmp_path, capsys, monkeypatch, language, term
):
    monkeypatch.setenv("REEDGATE_LANG", language)
    file = tmp_path / "site.toml"
    wipes = "unit_id = 11, wipe_every_s = 3600,"
    file.write_text(edited(("unit_id = 11,", wipes)), encoding="utf-8")
    assert main(["site", "check", str(file)]) == 0
    assert term in capsys.readouterr().out


_RATED = """
[stations.inlet.gates.main.load]
area_m2 = 10000
max_m_d = 0.3
stage = "stage_mm"
crest_mm = 200
table = [[0, 0], [200, 100]]
"""


@pytest.mark.parametrize(("language", "heading"), [("en", "passed, m3"), ("zh", "过水 m3")])
def test_the_water_let_through_stands_beside_closed(
    tmp_path, capsys, monkeypatch, language, heading
):
    monkeypatch.setenv("REEDGATE_LANG", language)
    monkeypatch.setenv("COLUMNS", "200")
    file = tmp_path / "site.toml"
    for more, cell in (("", "-"), (_RATED, "18.5")):  # 100 L/s for 184,701 ms
        file.write_text(edited() + more, encoding="utf-8")
        assert main(["site", "check", str(file)]) == 0
        said = capsys.readouterr().out
        assert heading in said
        (row,) = (line for line in said.splitlines() if "turbid: turbidity_ntu" in line)
        assert row.split()[-4:-1:2] == [cell, "4000"]


def test_the_sites_own_language_when_nobody_asks(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("REEDGATE_LANG")
    file = tmp_path / "site.toml"
    file.write_text(edited(('language = "en"', 'language = "zh"')), encoding="utf-8")
    assert main(["site", "check", str(file)]) == 0
    assert "可以使用。" in capsys.readouterr().out


def test_a_bad_site_ends_with_2_and_its_errors_on_stderr(bad, capsys):
    assert main(["site", "check", str(bad)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"{bad}:14: stations.inlet.scan_ms = 20: must be at least 50.\n"


def test_json_of_a_good_site(good, capsys):
    assert main(["site", "check", str(good), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert set(report) == {
        "ok",
        "errors",
        "warnings",
        "budgets_ms",
        "let_through_m3",
        "bus",
        "lines",
        "outage_h",
        "flash_years",
    }
    assert report["ok"] is True


def test_json_of_a_bad_site_is_english_and_ends_with_2(bad, capsys, monkeypatch):
    monkeypatch.setenv("REEDGATE_LANG", "zh")
    assert main(["site", "check", str(bad), "--json"]) == 2
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is False
    assert report["errors"] == [f"{bad}:14: stations.inlet.scan_ms = 20: must be at least 50."]
    assert report["budgets_ms"] == {}


def test_json_of_what_is_no_toml(tmp_path, capsys):
    file = tmp_path / "site.toml"
    file.write_text("format =", encoding="utf-8")
    assert main(["site", "check", str(file), "--json"]) == 2
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is False
    assert report["errors"][0].startswith(f"{file}:1: this is not TOML 1.0: Invalid value.")


_TABLES = (
    Site,
    Source,
    Gateway,
    Station,
    StationTerminals,
    Bus,
    Sensor,
    Uplink,
    Gate,
    GateTerminals,
    Flood,
    FloodCause,
    Trip,
    Limit,
    Confirm,
    Basis,
)


@pytest.mark.parametrize("table", _TABLES)
def test_the_example_shows_every_key(table):
    text = EXAMPLE.read_text(encoding="utf-8")
    for key in table.model_fields:
        assert re.search(rf"\b{key}\b *=|\b{key}[.\]]", text), f"{key} is not in the example"
