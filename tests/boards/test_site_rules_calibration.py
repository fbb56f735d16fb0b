"""Rules of `calibrated` and `calibrate_every_days`, and what a board sees of them: nothing."""

import datetime

import pytest
from site_files import assert_told, checked, edited

from reedgate_boards.site.compiler import compile_station

_LEVEL = "stations.inlet.sensors.level"
_AT = "max_age_s = 3"
TODAY = datetime.datetime.now(datetime.UTC).date()

CASES = {
    "no date": (
        f"calibrate_every_days = 90, {_AT}",
        f"{_LEVEL}.calibrated: is missing: from that day on the days are counted. Add it, as "
        "2026-03-01.",
    ),
    "no interval": (
        f"calibrated = 2024-03-01, {_AT}",
        f"{_LEVEL}.calibrate_every_days: is missing: say after how many days the probe is to be "
        "calibrated again.",
    ),
    "in the future": (
        f"calibrated = 2126-03-01, calibrate_every_days = 90, {_AT}",
        f"{_LEVEL}.calibrated = 2126-03-01: lies in the future. Write the day of the last "
        "calibration.",
    ),
    "a text": (
        f'calibrated = "2026-03-01", calibrate_every_days = 90, {_AT}',
        f'{_LEVEL}.calibrated = "2026-03-01": must be a date without quotes, as 2026-03-01.',
    ),
    "a time of the day": (
        f"calibrated = 2024-03-01T08:00:00, calibrate_every_days = 90, {_AT}",
        f"{_LEVEL}.calibrated = 2024-03-01 08:00:00: must be a date without quotes, as "
        "2026-03-01.",
    ),
    "long before Modbus probes": (
        f"calibrated = 1026-03-01, calibrate_every_days = 90, {_AT}",
        f"{_LEVEL}.calibrated = 1026-03-01: must be a date without quotes, as 2026-03-01.",
    ),
    "each day anew": (
        f"calibrated = 2024-03-01, calibrate_every_days = 0, {_AT}",
        f"{_LEVEL}.calibrate_every_days = 0: must be at least 1.",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_faulty_site_is_told(tmp_path, name):
    text, tail = CASES[name]
    assert_told(tmp_path, [(_AT, text)], "level =", tail)


def with_calibration(folder, day, every=90):
    text = edited((_AT, f"calibrated = {day}, calibrate_every_days = {every}, {_AT}"))
    return checked(folder, text)


def of_level(findings):
    return [each for each in findings.warnings if each.path[-1] == "calibrated"]


def test_a_day_that_has_come_is_said_and_stops_nothing(tmp_path):
    site, findings = with_calibration(tmp_path, TODAY - datetime.timedelta(days=90))
    (told,) = of_level(findings)
    assert told.text("en").endswith(
        f"its calibration has been due since {TODAY}: the gateway "
        "raises an alarm. Calibrate it, and write the new day here."
    )
    assert "网关会报警" in told.text("zh")
    assert site is not None


@pytest.mark.parametrize("days", [0, 1, 88])
def test_until_then_nothing_is_said(tmp_path, days):
    site, findings = with_calibration(tmp_path, TODAY - datetime.timedelta(days=days))
    assert not of_level(findings)
    sensor = site.stations["inlet"].sensors["level"]
    assert sensor.calibration_due == TODAY + datetime.timedelta(days=90 - days)


def test_a_board_is_told_nothing_of_it(tmp_path):
    without, _findings = checked(tmp_path, edited())
    assert without.stations["inlet"].sensors["level"].calibration_due is None
    site, _findings = with_calibration(tmp_path, TODAY)
    assert compile_station(site, "inlet") == compile_station(without, "inlet")
