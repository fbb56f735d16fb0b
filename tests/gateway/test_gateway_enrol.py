"""`reedgate gateway enrol`: a station's key comes to the gateway."""

import os
import stat
from pathlib import Path

import pytest

import reedgate_sim
from reedgate_boards.cli import main
from reedgate_boards.site.enrolment import Enrolment, write_private
from reedgate_boards.site.load import load_site
from reedgate_gateway.keys import load_keys

SITE = Path(reedgate_sim.__file__).parent / "sites" / "desk.toml"


@pytest.fixture
def enrol(tmp_path, monkeypatch, capsys):
    """enrol(key, site=…, station=…) -> (exit code, what was said)."""
    monkeypatch.setenv("REEDGATE_LANG", "en")
    loaded = load_site(SITE)
    names = {"site": loaded.site.id, "station": next(iter(loaded.stations))}

    def run(key, *words, cut=0, **other):
        names_here = {**names, **other}
        text = Enrolment(**names_here, board="HOST", config="0badcafe", key=key).text()
        path = tmp_path / "station.enrol.toml"
        write_private(path, text[: len(text) - cut])
        line = ["gateway", "enrol", str(path), "--site", str(SITE), "--data", str(tmp_path / "d")]
        code = main([*line, *words])
        said = capsys.readouterr()
        assert key.hex() not in said.out + said.err
        return code, said.out + said.err

    run.keys = lambda: load_keys(tmp_path / "d" / "keys", [names["station"]])
    run.station = names["station"]
    run.file = tmp_path / "d" / "keys" / f"{names['station']}.key"
    return run


def test_the_key_is_stored_for_this_user_only(enrol):
    key = os.urandom(32)
    code, said = enrol(key)
    assert code == 0
    assert f"{enrol.station} is enrolled: its key is in {enrol.file}" in said
    assert enrol.keys() == {enrol.station: key}
    assert stat.S_IMODE(enrol.file.stat().st_mode) == 0o600


def test_the_same_again_is_said_and_changes_nothing(enrol):
    key = os.urandom(32)
    enrol(key)
    code, said = enrol(key)
    assert (code, "is enrolled already" in said) == (0, True)


def test_another_key_is_taken_only_when_asked_for(enrol):
    first, second = os.urandom(32), os.urandom(32)
    enrol(first)
    code, said = enrol(second)
    assert (code, "with another key" in said) == (2, True)
    assert enrol.keys() == {enrol.station: first}
    assert enrol(second, "--replace")[0] == 0
    assert enrol.keys() == {enrol.station: second}


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"site": "elsewhere"}, "is for the site elsewhere"),
        ({"station": "nobody"}, "is for the station nobody, which the site file does not have"),
        ({"cut": 20}, "is no enrolment file, or not whole."),
    ],
)
def test_a_wrong_file_is_refused(how, told, enrol):
    code, said = enrol(os.urandom(32), **how)
    assert (code, told in said) == (2, True)
    assert not enrol.file.exists()
