"""`reedgate bench`: that it runs and what it writes. How fast is for the bench, not for a test."""

import json
import socket
import subprocess
import sys

import pytest

from reedgate_boards.cli import main
from reedgate_sim import bench_command
from reedgate_sim.benches import uplink
from reedgate_sim.benches.brokers import SITUATIONS, broker

FIGURES = {"name": "fake", "figures": {"a_ms": 1.5}, "against": {"other": {"a_ms": 2000.0}}}


class Fake:
    """A bench that is over at once."""

    NAME = "fake"
    SUMMARY = "Nothing."

    def total_s(self):
        return 2.0

    def run(self, tell):
        tell("one", 1.0)
        tell("two", 1.0)
        return FIGURES

    def verdict(self, result, tr):
        return f"verdict on {result['name']}"


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setattr(bench_command, "BENCHES", {"fake": Fake()})


def test_without_a_name_it_lists_what_there_is(capsys):
    assert main(["bench", "--lang", "en"]) == 0
    assert "uplink  How late a scan comes" in capsys.readouterr().out


def test_it_speaks_chinese(capsys, monkeypatch):
    monkeypatch.setenv("REEDGATE_LANG", "zh")
    assert main(["bench"]) == 0
    assert "扫描" in capsys.readouterr().out


def test_figures_stand_beside_those_of_others(fake, capsys):
    assert main(["bench", "fake"]) == 0
    out = capsys.readouterr().out
    assert "a_ms" in out
    assert "1.5" in out
    assert "2000" in out
    assert "verdict on fake" in out


def test_the_json_is_what_the_bench_gave(fake, tmp_path):
    path = tmp_path / "figures.json"
    assert main(["bench", "fake", "--json", str(path)]) == 0
    assert json.loads(path.read_text()) == FIGURES


def test_an_unknown_bench_is_bad_usage(capsys):
    assert main(["bench", "uplnik", "--lang", "en"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "There is no bench uplnik.",
        "Give one of: uplink, journal, rtu, desk.",
    ]


def test_a_folder_that_is_missing_is_told_before_it_measures(fake, tmp_path, capsys):
    assert main(["bench", "fake", "--json", str(tmp_path / "none" / "a.json")]) == 2
    assert "there is no such folder" in capsys.readouterr().err


def test_a_short_uplink_bench_gives_every_figure_for_both():
    passed = []
    seconds = 0.7
    result = uplink.run(lambda situation, passed_s: passed.append(situation), seconds)
    assert set(result) == {"name", "figures", "against"}
    assert result["name"] == "uplink"
    keys = {f"{each}_{key}" for each in SITUATIONS for key in ("p50_ms", "p99_ms", "max_ms")}
    assert set(result["figures"]) == keys
    assert set(result["against"]) == {"umqtt.simple"}
    assert set(result["against"]["umqtt.simple"]) == keys
    for figures in (result["figures"], result["against"]["umqtt.simple"]):
        assert all(isinstance(value, float) for value in figures.values())
    assert set(passed) == set(SITUATIONS)
    # whatever this machine does meanwhile, a broker that never answers blocks it to the end
    assert result["against"]["umqtt.simple"]["mute_max_ms"] > 500
    assert json.loads(json.dumps(result)) == result


@pytest.mark.parametrize("held", [True, False])
def test_the_verdict_names_the_latest_scan(held):
    late = 4.9 if held else 5.1
    result = {"figures": {"mute_max_ms": late, "mute_p99_ms": 99.0, "healthy_max_ms": 0.1}}
    text = uplink.verdict(result, lambda message, **values: message.format(**values))
    assert ("No scan" in text) == held
    assert ("5.1 ms late" in text) == (not held)


def test_a_broker_ends_with_who_started_it():
    code = (
        "from reedgate_sim.benches.brokers import broker\n"
        "with broker('mute') as port: print(port, flush=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0


def test_a_situation_is_what_it_says():
    connect = bytes.fromhex("1013 0004 4d515454 04 02 0001 0007 73746174696f6e")
    publish = bytes.fromhex("32 07 0001 74 0001 6869")
    for situation, answers in (
        ("healthy", b"\x20\x02\x00\x00\x40\x02\x00\x01"),
        ("silent", b"\x20\x02\x00\x00"),
        ("mute", b""),
    ):
        with broker(situation) as port, socket.create_connection(("127.0.0.1", port)) as stream:
            stream.sendall(connect + publish)
            stream.shutdown(socket.SHUT_WR)
            heard = b""
            while data := stream.recv(100):
                heard += data
            assert heard == answers
    with broker("refused") as port, pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
