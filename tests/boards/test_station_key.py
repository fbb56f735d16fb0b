"""The station's key on the technician's computer, and the file that takes it to the gateway."""

import os
import stat
from fnmatch import fnmatch
from pathlib import Path

import pytest

from reedgate_boards.device.provision import enrolment_path
from reedgate_boards.device.station_key import station_key
from reedgate_boards.site.enrolment import Enrolment, read_enrolment, write_private
from reedgate_boards.site.secret_names import FILE
from reedgate_boards.site.user_error import UserError

OTHER = 'wifi = "x"  # kept\n\n[station_keys]\noutlet = "' + "ab" * 32 + '"\n'


def test_a_key_is_drawn_once_and_only_its_owner_reads_it(tmp_path):
    file = tmp_path / "secrets.toml"
    key, drawn = station_key(file, "inlet")
    assert (len(key), drawn) == (32, True)
    assert station_key(file, "inlet") == (key, False)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert station_key(file, "outlet")[0] != key


def test_what_stands_in_the_file_stays(tmp_path):
    file = tmp_path / "secrets.toml"
    write_private(file, OTHER)
    key, _ = station_key(file, "inlet")
    text = file.read_text()
    assert set(OTHER.splitlines()) <= set(text.splitlines())
    assert station_key(file, "outlet") == (bytes.fromhex("ab" * 32), False)
    assert station_key(file, "inlet") == (key, False)


def test_a_file_that_others_can_read_is_refused(tmp_path):
    file = tmp_path / "secrets.toml"
    file.write_text(OTHER)
    file.chmod(0o644)
    with pytest.raises(UserError, match="chmod 600"):
        station_key(file, "inlet")


@pytest.mark.parametrize(
    "text",
    [
        "station_keys = {}\n",
        'station_keys.outlet = "' + "ab" * 32 + '"\n',
        "[ station_keys ]\n",
        'station_keys = "none"\n',
        'note = """\n[station_keys]\n"""\n',
    ],
)
def test_a_file_that_a_line_would_spoil_stays_as_it_is(text, tmp_path):
    file = tmp_path / "secrets.toml"
    write_private(file, text)
    with pytest.raises(UserError, match="cannot be put into"):
        station_key(file, "inlet")
    assert file.read_text() == text


def test_a_private_file_is_on_the_disk_before_it_takes_the_old_one_s_place(tmp_path, monkeypatch):
    """Else a power cut leaves an empty one, and every key of the site is gone."""
    file = tmp_path / "secrets.toml"
    write_private(file, "a = 1\n")
    synced = []
    monkeypatch.setattr(
        os, "fsync", lambda fd: synced.append((os.fstat(fd).st_size, file.read_text()))
    )
    write_private(file, "a = 234\n")
    assert synced == [(8, "a = 1\n")]
    assert file.read_text() == "a = 234\n"


def test_no_file_with_a_key_goes_into_version_control(tmp_path):
    patterns = (Path(__file__).parents[2] / ".gitignore").read_text().splitlines()
    for file in (tmp_path / FILE, enrolment_path(tmp_path, "pond", "inlet")):
        for name in (file.name, file.name + ".part"):
            assert any(fnmatch(name, pattern) for pattern in patterns), name


@pytest.mark.parametrize("value", ["12", "zz" * 32, "ab" * 33])
def test_a_key_that_is_none_is_refused_without_showing_it(value, tmp_path):
    file = tmp_path / "secrets.toml"
    write_private(file, f'[station_keys]\ninlet = "{value}"\n')
    with pytest.raises(UserError, match="is no key") as caught:
        station_key(file, "inlet")
    said = str(caught.value).replace(str(tmp_path), "")  # a folder may be numbered as the key is
    assert value not in said.replace("64", "")


def test_an_enrolment_file_gives_back_what_was_put_in(tmp_path):
    enrolment = Enrolment("pond", "inlet", "RPI_PICO", "0badcafe", os.urandom(32))
    path = tmp_path / "pond-inlet.enrol.toml"
    write_private(path, enrolment.text())
    assert read_enrolment(path) == enrolment
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert enrolment.key.hex() not in repr(enrolment)
