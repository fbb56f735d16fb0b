"""umqtt.simple: taken only whole and as known, and a clear word when it cannot be had."""

import hashlib
import io
import os
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from reedgate_boards import fetched, umqtt
from reedgate_boards.site.user_error import UserError
from reedgate_sim.vm_finder import find_micropython


@pytest.fixture
def index(monkeypatch, tmp_path):
    """An index in a folder, for an environment in another that has no umqtt yet."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", (tmp_path / "index").as_uri())
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    page = tmp_path / "index" / "micropython-umqtt-simple" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text('<a href="micropython-umqtt.simple-1.3.4.tar.gz">it</a>')
    return page.parent


def put(index, text):
    with tarfile.open(index / "micropython-umqtt.simple-1.3.4.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("micropython-umqtt.simple-1.3.4/umqtt/simple.py")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    with open(index / "micropython-umqtt.simple-1.3.4.tar.gz", "rb") as archive:
        return hashlib.sha256(archive.read()).hexdigest()


def known(monkeypatch, archive, module):
    modules = {"umqtt/simple.py": hashlib.sha256(module).hexdigest()}
    release = replace(umqtt.RELEASE, archive_sha256=archive, modules=modules)
    monkeypatch.setattr(umqtt, "RELEASE", release)


def test_it_is_fetched_once_and_again_when_damaged(index, monkeypatch):
    known(monkeypatch, put(index, b"import usocket\n"), b"import usocket\n")
    module = umqtt.umqtt_dir() / "umqtt" / "simple.py"
    assert module.read_bytes() == b"import usocket\n"
    os.rename(index, index.with_name("gone"))
    assert umqtt.umqtt_dir() == module.parent.parent  # no index is asked
    os.rename(index.with_name("gone"), index)
    module.write_bytes(b"import usock")
    umqtt.umqtt_dir()
    assert module.read_bytes() == b"import usocket\n"


def test_another_archive_of_that_name_is_not_taken(index):
    put(index, b"import evil\n")
    with pytest.raises(UserError, match="could not be fetched"):
        umqtt.umqtt_dir()
    assert not list(Path(sys.prefix).rglob("simple.py"))


def test_without_an_index_it_says_what_to_type(index, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(UserError) as caught:
        umqtt.umqtt_dir()
    what, hint = caught.value.lines("en")
    assert what.startswith("micropython-umqtt.simple==1.3.4 could not be fetched into ")
    assert hint.endswith(f"{sys.executable} -m reedgate_boards.umqtt")


def test_the_password_of_an_index_is_not_told(index, monkeypatch):
    def refuse(release, into):
        raise OSError("no route to http://user:hush@index.example/simple")

    monkeypatch.setattr(fetched, "_download", refuse)
    with pytest.raises(UserError, match="OSError") as caught:
        umqtt.umqtt_dir()
    assert "hush" not in str(caught.value)


def test_what_the_environment_holds_is_what_the_vm_imports():
    script = "from umqtt.simple import MQTTClient; print(MQTTClient.publish.__class__.__name__)"
    done = subprocess.run(
        [find_micropython(), "-c", script],
        env=os.environ | {"MICROPYPATH": f"{umqtt.umqtt_dir()}:.frozen"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "function\n"), done.stderr
