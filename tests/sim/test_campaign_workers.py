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


def test_what_waits_behind_the_work_that_is_given_up_is_not_begun(tmp_path):
    os.mkfifo(tmp_path / "began")
    with pytest.raises(_Stopped), workers(1) as pool:
        done = pool.each(_work, [(str(tmp_path), number) for number in range(4)])
        assert next(done) == 0
        with open(tmp_path / "began"):
            raise _Stopped
    assert sorted(each.name for each in tmp_path.iterdir()) == ["0", "1", "began"]
