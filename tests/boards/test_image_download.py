"""`board build --download`: from a server on loopback; MicroPython's own is not asked."""

import pytest
from loopback import serving
from test_official_images import official_at, pico_w

from reedgate_boards.cli import main
from reedgate_boards.image import download
from reedgate_boards.image.download import official_image
from reedgate_boards.image.official import read_base
from reedgate_boards.site.board_facts import read_board
from reedgate_boards.site.user_error import UserError

BOARDS = ("ESP32_GENERIC", "ESP32_GENERIC_S3", "RPI_PICO_W")


@pytest.fixture(autouse=True)
def kept(monkeypatch, tmp_path):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("REEDGATE_LANG", "en")
    monkeypatch.setattr(download, "_KEPT", tmp_path / "kept")
    return tmp_path / "kept"


def silent(*_):
    pass


def test_it_is_fetched_once_and_then_kept(monkeypatch, tmp_path, kept):
    content = pico_w(tmp_path).read_bytes()
    told = []
    with serving(content) as (address, asked):
        official_at(monkeypatch, f"{address}/firmware/pico.uf2")
        path = official_image("RPI_PICO_W", lambda *each: told.append(each))
        assert official_image("RPI_PICO_W", silent) == path
    assert path.read_bytes() == content
    assert asked == ["/firmware/pico.uf2"]
    assert told[-1][:2] == ("pico.uf2", len(content))
    assert [each.name for each in kept.iterdir()] == ["pico.uf2"]


@pytest.mark.parametrize("sha256", ["", "0" * 64])
def test_nothing_but_what_is_pinned_is_kept(monkeypatch, tmp_path, kept, sha256):
    """Without a pin still nothing of another board."""
    machine = "Raspberry Pi Pico W with RP2040" if sha256 else "Raspberry Pi Pico with RP2040"
    with serving(pico_w(tmp_path, machine=machine).read_bytes()) as (address, _):
        official_at(monkeypatch, f"{address}/pico.uf2", sha256)
        with pytest.raises(UserError, match="its SHA-256 is" if sha256 else "it does not say"):
            official_image("RPI_PICO_W", silent)
    assert list(kept.iterdir()) == []


def test_a_download_that_breaks_off_is_not_kept(monkeypatch, tmp_path, kept):
    """No hash is pinned: what came so far says the right board and version."""
    content = pico_w(tmp_path).read_bytes()
    with serving(content, stated=len(content) + 512) as (address, _):
        official_at(monkeypatch, f"{address}/pico.uf2")
        with pytest.raises(UserError, match=rf"could not be fetched \({len(content)} of "):
            official_image("RPI_PICO_W", silent)
    assert not kept.exists()


def test_a_kept_image_is_held_against_the_pin_each_time(monkeypatch, tmp_path):
    with serving(pico_w(tmp_path).read_bytes()) as (address, _):
        official_at(monkeypatch, f"{address}/pico.uf2")
        path = official_image("RPI_PICO_W", silent)
    official_at(monkeypatch, "http://127.0.0.1/pico.uf2", read_base("RPI_PICO_W", path).sha256)
    path.write_bytes(pico_w(tmp_path, b"1.26.0").read_bytes())
    with pytest.raises(UserError, match="its SHA-256 is"):
        read_base("RPI_PICO_W", official_image("RPI_PICO_W", silent))


def test_where_it_cannot_be_had_the_other_way_is_told(monkeypatch, capsys, tmp_path):
    with serving(b"gone", status=404) as (address, _):
        official_at(monkeypatch, f"{address}/pico.uf2")
        words = ["board", "build", "RPI_PICO_W", "--download", "--out", str(tmp_path / "out.uf2")]
        assert main(words) == 2
    said = capsys.readouterr().err
    assert "pico.uf2 could not be fetched (HTTP Error 404: Not Found)." in said
    assert "give its path by --base" in said
    assert not (tmp_path / "out.uf2").exists()


def test_the_command_builds_on_what_it_fetched(monkeypatch, capsys, tmp_path):
    with serving(pico_w(tmp_path).read_bytes()) as (address, _):
        official_at(monkeypatch, f"{address}/pico.uf2")
        words = ["board", "build", "RPI_PICO_W", "--download", "--out", str(tmp_path / "out.uf2")]
        assert main(words) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "none is known to compare it with" in said
    assert (tmp_path / "out.uf2").stat().st_size > 100_000


@pytest.mark.parametrize("more", [[], ["--download", "--base", "x"]])
def test_one_of_the_two_ways_is_needed(more, capsys, tmp_path):
    assert main(["board", "build", "RPI_PICO_W", "--out", str(tmp_path / "out"), *more]) == 2
    assert "give either --base or --download" in capsys.readouterr().err


@pytest.mark.parametrize("board", BOARDS)
def test_the_address_is_that_of_a_version_that_will_do(board):
    place = read_board(board)[0].official
    kind = "uf2" if board.startswith("RPI") else "bin"
    assert place.url.startswith("https://micropython.org/resources/firmware/")
    assert place.url.endswith(f"/{board}-20250415-v1.25.0.{kind}")
    assert len(place.sha256) in (0, 64)
