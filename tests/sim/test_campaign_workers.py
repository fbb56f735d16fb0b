"""The worker processes of a campaign: what waits is not begun once the rest has been given up."""

import os
import signal
from pathlib import Path

import pytest

from reedgate_sim.campaign.runs import workers


class _Stopped(Exception):
    pass


def _work(folder, number):
    Path(folder, str(number)).touch()
    if number == 1:
        with open(Path(folder, "began"), "w"):
            signal.pause()
    return number


def _give_up_at_the_second(folder):
    with workers(1) as pool:
        done = pool.each(_work, [(str(folder), number) for number in range(4)])
        assert next(done) == 0
        with open(folder / "began"):
            raise _Stopped


def test_what_waits_behind_the_work_that_is_given_up_is_not_begun(tmp_path):
    os.mkfifo(tmp_path / "began")
    with pytest.raises(_Stopped):
        _give_up_at_the_second(tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["0", "1", "began"]
