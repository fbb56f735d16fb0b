"""`reedgate run`: the main job as its user starts it. Short and in real time."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request

import psutil
import pytest

from reedgate_boards.site.budgets import TripBudget
from reedgate_boards.site.user_error import UserError
from reedgate_contract import records
from reedgate_sim.desk.verdict import Verdict
from reedgate_sim.run_command import parse_duration
from reedgate_sim.world.truth import GateTruth

COMMAND = [sys.executable, "-m", "reedgate_boards", "run", "--no-browser"]
ENVIRONMENT = {**os.environ, "REEDGATE_LANG": "en", "PYTHONUNBUFFERED": "1", "COLUMNS": "100"}


@contextlib.contextmanager
def desk(directory, *words):
    """A running desk and its page's address."""
    process = subprocess.Popen(
        [*COMMAND, *words],
        cwd=directory,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=listen_to_ctrl_c,
    )
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("Page: "):
                break
        else:
            pytest.fail("".join(said))
        yield process, said[-1].split()[1], said
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(20)
        process.stdout.close()


def listen_to_ctrl_c():
    """Shells that start tests in the background have it ignored, and children inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def children_of(pid):
    """Every process that descends from pid, by /proc."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{entry}/stat") as stat:
                parents[int(entry)] = int(stat.read().rpartition(")")[2].split()[1])
    found, new = set(), {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return found


def alive(pid):
    """One that only nobody has collected yet has ended."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_says_where_the_page_is_and_ctrl_c_ends_every_child(tmp_path, number):
    with desk(tmp_path) as (process, http, _):
        with urllib.request.urlopen(http) as page:
            assert page.status == 200
            assert b"EventSource" in page.read() or page.headers["Content-Type"].startswith(
                "text/html"
            )
        line = process.stdout.readline()
        while "the gate is 100 % open" not in line:  # plant and firmware run
            assert line, "ended early"
            line = process.stdout.readline()
        children = children_of(process.pid)
        assert len(children) >= 2  # the gateway and the VM
        process.send_signal(number)
        process.stdout.read()
        assert process.wait(20) == 130
        assert not [child for child in children if alive(child)]
    assert not list(tmp_path.glob("desk-data/*.pid"))


def test_a_run_that_ends_before_the_story_says_so_with_exit_code_1(tmp_path):
    with desk(tmp_path, "--for", "4s") as (process, http, _):
        with urllib.request.urlopen(http + "api/live") as page:
            json.load(page)
        said = process.stdout.read()
        assert process.wait(20) == 1
    assert "Summary" in said
    assert "✗" in said


def test_what_it_recorded_is_decided_again_with_its_own_files(tmp_path):
    with desk(tmp_path, "--for", "16s") as (process, _, _):
        process.stdout.read()
        process.wait(20)
    data, file = tmp_path / "desk-data", tmp_path / "events.jsonl"
    reedgate = COMMAND[:3]
    export = [*reedgate, "gateway", "export", "--data", str(data), "--out", str(file)]
    subprocess.run(export, check=True, stdout=subprocess.DEVNULL)
    files = ["--site", str(data / "site.toml"), "--config", str(data / "config.bin")]
    replay = [*reedgate, "sim", "replay", "--events", str(file), *files, "--json"]
    said = subprocess.run(replay, stdout=subprocess.PIPE, text=True)
    figures = json.loads(said.stdout)
    assert figures["identical"] == figures["transitions"] > 0
    assert said.returncode == 0


def test_a_second_one_is_told_where_the_first_is(tmp_path):
    with desk(tmp_path) as (_, http, _):
        second = subprocess.run(
            COMMAND, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=30
        )
        assert second.returncode == 2
        assert http in second.stderr


def test_a_taken_port_is_said_and_the_next_free_one_used(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with desk(tmp_path, "--port", str(port)) as (_, http, said):
            assert f":{port}/" not in http
            assert f"Port {port} is taken." in "".join(said)


@pytest.mark.parametrize(
    "words", [["--for", "soon"], ["--for", "0s"], ["--scenario", "flood_of_ink"]]
)
def test_wrong_words_start_nothing(tmp_path, words):
    done = subprocess.run(
        [*COMMAND, *words],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "desk-data").exists()


def test_durations():
    assert [parse_duration(text) for text in ("120s", "2m", "90", "1.5h")] == [120, 120, 90, 5400]
    with pytest.raises(UserError):
        parse_duration("-3s")


def truth(now_s, *, at_open=0, at_closed=0, close=0, bypass_open=0):
    """Only what the verdict reads."""
    contacts = {"open": 0, "close": close, "out": 0}
    main = GateTruth("inlet", 0, 0, at_open, at_closed, contacts, 0, 0)
    around = GateTruth("bypass", 0, 0, bypass_open, 0, contacts, 0, 0)

    class Now:
        now_us = round(now_s * 1e6)
        gates = {"main": main, "around": around}  # noqa: RUF012

    return Now


STORY = [
    (truth(1, at_open=1), None),
    (truth(10, at_open=1), 10_000_000),
    (truth(15, at_open=1, close=1), 10_000_000),
    (truth(20, close=1, bypass_open=1), 10_000_000),
    (truth(23, at_closed=1, bypass_open=1), 10_000_000),
    (truth(60, at_open=1, bypass_open=1), None),
]


def verdict_of(story, budget_ms=6000, timeout_ms=12000):
    budget = TripBudget("main", "turbid", "turbidity_ntu", {"all": budget_ms}, {}, {}, 0, None)
    verdict = Verdict(budget, timeout_ms)
    for now, beyond_us in story:
        verdict.take(now, "main", "around", beyond_us)
    return verdict


def test_the_whole_story_holds():
    verdict = verdict_of(STORY)
    assert verdict.holds()
    assert verdict.relay_ms == 5000
    assert verdict.travel_ms == 8000


@pytest.mark.parametrize("missing", [0, 3, 4, 5])
def test_a_story_without_one_of_its_scenes_does_not_hold(missing):
    story = [scene for number, scene in enumerate(STORY) if number != missing]
    if missing == 0:
        story = [(truth(1), None), (truth(10), 10_000_000), *story[1:]]
    if missing == 3:
        story = [(now, beyond) for now, beyond in story if not now.gates["around"].at_open]
    assert not verdict_of(story).holds()


def test_late_is_not_good_enough():
    assert not verdict_of(STORY, budget_ms=4999).holds()
    assert not verdict_of(STORY, timeout_ms=7999).holds()


def test_what_the_station_recorded_is_in_the_store_once_and_goes_on_after_a_restart(tmp_path):
    for _ in range(2):
        with desk(tmp_path, "--for", "6s") as (process, _, _):
            process.stdout.read()
            process.wait(20)
    store = sqlite3.connect(tmp_path / "desk-data" / "gateway.sqlite3")
    with contextlib.closing(store):
        rows = store.execute(
            "SELECT seq, run FROM record WHERE stream = ? ORDER BY seq", (records.STREAM_EVENTS,)
        ).fetchall()
        assert [seq for seq, _ in rows] == list(range(1, len(rows) + 1))
        assert len({run for _, run in rows}) == 2
        assert store.execute("SELECT count(*) FROM gap").fetchone() == (0,)
        assert store.execute("SELECT count(DISTINCT journal) FROM record").fetchone() == (1,)
    key = tmp_path / "desk-data" / "keys" / "inlet.key"
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_third_run_within_an_hour_tells_the_same_story(tmp_path):
    """A station that starts so often has no grace; a demonstration is no such station."""
    for _ in range(3):
        with desk(tmp_path, "--for", "3s") as (process, _, _):
            said = process.stdout.read()
            process.wait(20)
        assert "? ms" not in said, said
