"""Power cuts at every operation of the chip's own flash: all mount, nothing confirmed is lost.

The chip also starts from what they leave: from five of them in `make test`, in `make powercuts`
from every one inside a commit of configuration, slot or cursor and from a hundred others.
"""

import os
import random

import chip_cuts
import pico
import pytest

pytest.importorskip("rp2040py", reason="NO CHIP IS EMULATED: rp2040py has no wheel here")

from reedgate_boards.image.uf2 import FLASH_BASE
from reedgate_boards.site.board_facts import read_board
from reedgate_sim.rp2040.chip import Chip

ALL = os.environ.get("POWERCUTS") == "all"
OTHERS = 100
FEW = 5
LEAST_OPERATIONS = 150  # fewer, and these tests look at nothing
PORT = read_board(pico.BOARD)[1]["PORTS"]["RS485_1"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cuts")
    configs = (pico.configuration(folder), pico.configuration(folder, "record_s = 30\n"))
    assert configs[0] != configs[1]
    return chip_cuts.written(configs, folder / "files.img")


def test_every_cut_mounts_and_loses_nothing_confirmed(run):
    assert len(run.log.operations) >= LEAST_OPERATIONS
    assert len(run.acks_us) == len(chip_cuts.STEPS)
    for number, torn in run.cuts:
        try:
            files = chip_cuts.files_of(run.log.image(number, torn), run.scratch)
            chip_cuts.judge(files, run, number)
        except Exception as problem:
            raise AssertionError(f"cut at operation {number}, torn {torn}") from problem


def chosen(run):
    chance = random.Random(5)
    commits = [cut for cut in run.cuts if run.in_commit(cut[0])]
    others = [cut for cut in run.cuts if not run.in_commit(cut[0])]
    assert len(commits) > FEW
    if ALL:
        return commits + chance.sample(others, min(OTHERS, len(others)))
    return chance.sample(commits, FEW - 1) + chance.sample(others, 1)


def test_the_chip_starts_from_what_a_cut_leaves(run):
    for number, torn in chosen(run):
        image = run.log.image(number, torn)
        chip = Chip({FLASH_BASE: image})
        sent = []
        chip.uarts[PORT["uart"]].on_sent = sent.append
        configured = bool(chip_cuts.files_of(image, run.scratch).get("config.bin"))
        said = chip.console.printed
        runs = lambda sent=sent, said=said: sent or b"outputs off" in said  # noqa: E731
        where = f"cut at operation {number}, torn {torn}"
        assert chip.run_us(4_000_000, until=runs), where
        assert bool(sent) == configured, where
        assert b"Traceback" not in said, where
        after = chip_cuts.files_of(chip.flash(0, len(image)), run.scratch)
        least = chip_cuts.AT_ONCE * chip_cuts.STEPS[: run.done(number)].count("events")
        seqs = sorted(seq for stream, _, seq in chip_cuts.journal_of(after) if stream == 1)
        assert seqs[:least] == list(range(1, least + 1)), where
