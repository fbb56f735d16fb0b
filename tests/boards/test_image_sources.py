"""The pinned sources: fetched once, and only what is pinned is kept."""

import dataclasses
import hashlib

import pytest
from loopback import serving

from reedgate_boards.image import sources
from reedgate_boards.image.sources import ARCHIVES, Archive, fetched, mirror
from reedgate_boards.site.user_error import UserError

CONTENT = b"source " * 50_000
ARCHIVE = Archive(
    "pool/main/x/x_1.0+ds.orig.tar.xz", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT)
)


@pytest.fixture
def served(monkeypatch):
    """A mirror with one archive; gives the paths that were asked for."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(sources, "ARCHIVES", {"x": ARCHIVE})
    with serving(CONTENT) as (address, asked):
        monkeypatch.setenv("DEBIAN_MIRROR", f"{address}/debian")
        yield asked


def test_an_archive_is_fetched_once_and_tells_how_far_it_is(served, tmp_path):
    told = []
    places = fetched(tmp_path / "kept", lambda *each: told.append(each))
    assert places["x"].read_bytes() == CONTENT
    assert told[-1] == (ARCHIVE.name, len(CONTENT), len(CONTENT))
    fetched(tmp_path / "kept", lambda *each: told.append(each))
    assert served == ["/debian/pool/main/x/x_1.0%2Bds.orig.tar.xz"]
    assert [path.name for path in (tmp_path / "kept").iterdir()] == [ARCHIVE.name]


def test_a_kept_archive_that_has_changed_is_fetched_anew(served, tmp_path):
    (tmp_path / ARCHIVE.name).write_bytes(CONTENT[:-1] + b"x")
    assert fetched(tmp_path, lambda *_: None)["x"].read_bytes() == CONTENT
    assert len(served) == 1


def test_another_file_than_the_pinned_one_is_thrown_away(served, tmp_path, monkeypatch):
    other = dataclasses.replace(ARCHIVE, sha256="0" * 64)
    monkeypatch.setattr(sources, "ARCHIVES", {"x": other})
    with pytest.raises(UserError, match="is not the file that is pinned"):
        fetched(tmp_path, lambda *_: None)
    assert list(tmp_path.iterdir()) == []


def test_a_mirror_that_does_not_answer_is_said_without_its_address(tmp_path, monkeypatch):
    monkeypatch.setenv("DEBIAN_MIRROR", "http://user:password@127.0.0.1:1/debian")
    with pytest.raises(UserError) as caught:
        fetched(tmp_path, lambda *_: None)
    assert "could not be fetched" in str(caught.value)
    assert "password" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sources.list", "deb https://packages.example/debian bookworm main\n"),
        (
            "sources.list",
            "# deb http://old.example/debian x\ndeb https://packages.example/debian/ x\n",
        ),
        ("sources.list.d/debian.sources", "Types: deb\nURIs: https://packages.example/debian\n"),
    ],
)
def test_the_mirror_is_the_one_of_this_machines_apt(name, text, tmp_path, monkeypatch):
    monkeypatch.delenv("DEBIAN_MIRROR", raising=False)
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / name).write_text(text)
    assert mirror(tmp_path).rstrip("/") == "https://packages.example/debian"


def test_without_a_mirror_it_asks_for_one(tmp_path, monkeypatch):
    monkeypatch.delenv("DEBIAN_MIRROR", raising=False)
    (tmp_path / "sources.list").write_text("deb https://packages.example/debian-security x main\n")
    with pytest.raises(UserError, match="DEBIAN_MIRROR"):
        mirror(tmp_path)


def test_every_archive_is_pinned():
    for archive in ARCHIVES.values():
        assert len(archive.sha256) == 64
        assert archive.size > 1_000_000
