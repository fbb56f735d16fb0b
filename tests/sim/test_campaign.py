"""`reedgate sim campaign`: a fixed share of it, its command, and that it can fail."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from shlex import split

import psutil
import pytest

from reedgate_boards.cli import main
from reedgate_boards.site.user_error import UserError
from reedgate_sim.campaign import mutants
from reedgate_sim.campaign.draw import draw
from reedgate_sim.campaign.mutants import Mutant, load_mutants, search, seed_into
from reedgate_sim.campaign.runs import run, run_seed, shortest, workers

SCHEDULES = 50
LEAST_JUDGED = 10  # reactions of so many schedules: fewer, and nothing is looked at
# of those that few schedules find
QUICK = ("boot_leaves_outputs", "journal_reuses_seq", "stop_releases_itself")


@pytest.fixture(scope="module")
def pool():
    with workers(2) as pool:
        yield pool


def test_fifty_schedules_break_no_property(pool):
    outcomes = list(pool.each(run_seed, [(seed,) for seed in range(1, SCHEDULES + 1)]))
    broken = [
        f"reedgate sim campaign --runs 1 --seed {each.seed}: {each.violations[0]}"
        for each in outcomes
        if each.violations
    ]
    assert broken == []
    assert sum(each.judged for each in outcomes) >= LEAST_JUDGED
    assert sum(sum(each.excused.values()) for each in outcomes) > 0


def test_a_seed_gives_the_same_run_again():
    first, second = run_seed(4), run_seed(4)
    assert (first.judged, first.worst, first.excused) == (
        second.judged,
        second.worst,
        second.excused,
    )


@pytest.mark.parametrize("name", QUICK)
def test_a_seeded_bug_is_found(name, pool):
    (mutant,) = load_mutants([name])
    (found,) = pool.each(search, [(mutant,)])
    assert found.seed is not None, f"{name} was not found within {mutant.runs} schedules"
    assert re.match(r"C[1-6]", found.broke)


def test_a_failure_is_cut_down_to_a_shorter_schedule(tmp_path, pool, monkeypatch):
    monkeypatch.setattr("reedgate_sim.campaign.shrink.MOST_RUNS", 12)
    (mutant,) = load_mutants(["stop_releases_itself"])
    (found,) = pool.each(search, [(mutant,)])
    firmware = seed_into(tmp_path, mutant)
    prop = found.broke.partition(":")[0]
    whole = draw(found.seed)
    short = shortest(whole, prop, firmware)
    assert len(short.entries) < len(whole.entries)
    assert prop in {each.property for each in run(short, firmware).violations}
    assert run(short).violations == ()


def test_a_bug_that_does_not_fit_the_firmware_is_refused(tmp_path):
    for old in ("no such text", "import"):
        mutant = Mutant("m", {}, "main.py", old, "", 1, 1)
        with pytest.raises(UserError):
            seed_into(tmp_path, mutant)


def test_every_seeded_bug_fits_the_firmware(tmp_path):
    every = load_mutants()
    assert len(every) >= 10
    assert len({each.file for each in every}) >= 6
    for mutant in every:
        seed_into(tmp_path / mutant.name, mutant)


def test_the_command_writes_what_scripts_may_rely_on(tmp_path, capsys):
    out = tmp_path / "campaign.json"
    words = ["sim", "campaign", "--runs", "2", "--seed", "5", "--jobs", "1", "--json", str(out)]
    assert main(words) == 0
    result = json.loads(out.read_text(encoding="utf-8"))
    keys = "files runs seed violations transitions_decided_again judged excused"
    keys += " reaction_ms budget_twentieths budget_used real_s"
    assert list(result) == keys.split()
    assert (result["runs"], result["seed"], result["violations"]) == (2, 5, [])
    assert set(result["reaction_ms"]) == {"measured_max", "budget"}
    assert "Schedules: 2/2" in capsys.readouterr().err


def test_a_violation_is_exit_code_1_and_its_command_repeats_it(tmp_path, capsys, monkeypatch):
    """The firmware is good, so the oracle is made to see evil."""
    out = tmp_path / "campaign.json"
    text = '[[0.0,"site",{"scan_ms":100}],[20.0,"end",{}]]'
    words = ["sim", "campaign", "--seed", "5", "--schedule", text, "--json", str(out)]
    monkeypatch.setattr("reedgate_sim.campaign.judge_rest.WATCHDOG_BOUND_US", -1)
    hang = '[[10.0,"hang",{}],[20.0,"end",{}]]'
    words[words.index(text)] = hang
    assert main(words) == 1
    (row,) = json.loads(out.read_text(encoding="utf-8"))["violations"]
    assert (row["seed"], row["property"]) == (5, "C5")
    said = capsys.readouterr()
    assert row["command"] in said.out.replace("\n", "")
    assert main([*split(row["command"])[1:]]) == 1


def test_what_cannot_be_is_exit_code_2(capsys):
    assert main(["sim", "campaign", "--rig", "bench", "--lang", "en"]) == 2
    assert "bench" in capsys.readouterr().err
    assert main(["sim", "campaign", "--schedule", "nonsense"]) == 2
    assert main(["sim", "mutants", "--only", "nonsense"]) == 2


def test_bugs_that_are_not_found_are_exit_code_1(monkeypatch, capsys, tmp_path):
    file = tmp_path / "mutants.toml"
    file.write_text(
        '[[mutant]]\nname = "none"\nwhat = { zh = "无", en = "nothing" }\nfile = "boot.py"\n'
        'old = "import board"\nnew = "import board  # "\nfirst_seed = 1\nruns = 1\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(mutants, "_FILES", [file])
    out = tmp_path / "found.json"
    assert main(["sim", "mutants", "--jobs", "1", "--json", str(out), "--lang", "en"]) == 1
    assert json.loads(out.read_text(encoding="utf-8"))["run"][0]["seed"] is None
    assert "not found" in capsys.readouterr().out


def still_running(processes, for_s):
    """Those that have not ended by then. One that only nobody has collected has ended."""
    until_s = time.monotonic() + for_s
    running = processes
    while running and time.monotonic() < until_s:
        _, left = psutil.wait_procs(running, timeout=0.1)
        running = [each for each in left if runs(each)]
    return running


def runs(process):
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_nothing_running(number, tmp_path):
    command = [sys.executable, "-m", "reedgate_boards", "sim", "campaign", "--jobs", "2"]
    process = subprocess.Popen(
        [*command, "--runs", "20", "--lang", "en"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    with process:
        while "2/20" not in process.stderr.readline():
            assert process.poll() is None, "it ended early"
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) >= 2
        process.send_signal(number)
        process.send_signal(signal.SIGTERM)  # nor does who asks twice get less
        process.stderr.read()
        assert process.wait(60) == 130
    assert still_running(children, for_s=20) == []
    assert list(tmp_path.glob("reedgate-*")) == []
