"""The tools judge a profile's golden replies by the numbers that the firmware reads in them."""

import random
from decimal import Decimal

import pytest

from reedgate_boards.site.golden import number_at, scaled_as
from reedgate_boards.site.profiles import load_profile, profile_names
from reedgate_contract.config import TYPE_NAMES
from reedgate_contract.quantities import QUANTITIES
from station.core import fixed
from station.core.rtu_frame import scaled_at


def _read_by_firmware(point, reply):
    raw = scaled_at(reply, 0, point.word, TYPE_NAMES[point.type], point.decimals)
    return fixed.scaled_by(raw, point.num, point.den) if fixed.is_number(raw) else raw


@pytest.mark.parametrize("name", profile_names())
def test_the_firmware_reads_what_stands_beside_a_golden_reply(name):
    profile = load_profile(name)
    for golden in profile.golden:
        for quantity, value in golden.values.items():
            read = _read_by_firmware(profile.points[quantity], golden.reply)
            assert Decimal(read).scaleb(-QUANTITIES[quantity][2]) == value


@pytest.mark.parametrize("name", profile_names())
def test_firmware_and_tools_read_alike(name):
    profile, chance = load_profile(name), random.Random(7)
    alike = 0
    for _ in range(200):
        data = chance.randbytes(2 * profile.read.count)
        for point in profile.points.values():
            read = _read_by_firmware(point, b"\1\3\0" + data)
            if fixed.is_number(read):
                alike += 1
                assert read == scaled_as(point, number_at(point, data))
    assert alike > 50
