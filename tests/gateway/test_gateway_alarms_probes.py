"""Alarms of measurements: bypassed at the station; redundant probes that differ or are lost."""

from dataclasses import replace

import feed
import pytest
from alarm_watch import Watch
from gateway_rig import DESK, gate_card, speaker

from reedgate_boards.site.load import load_site
from reedgate_gateway.catalogue import catalogue_of
from reedgate_gateway.view.alarm_view import alarm_lines

BYPASSED = "bypassed: turbidity_ntu"
KEY = "inlet.turbidity_ntu.bypassed"
SERVED = feed.reading(3.2, status="function_check")
IN_A_BUCKET = feed.readings(turbidity_ntu=SERVED)
DRY = feed.readings(turbidity_ntu=feed.lost_reading("not_wet"))
TOLD = feed.gates(main=feed.gate(cause=BYPASSED, wait="bypass", wait_ms=1_800_000))
AIRLESS = feed.gates(
    main=feed.gate("closed", "closed", "quality", cause="quality: do_mg_l", wait="water")
)


@pytest.fixture
def watch(catalogue):
    return Watch(catalogue)


def test_a_bypass_is_an_alarm_by_the_gate_and_by_the_row_once(watch):
    assert watch.say_for(4_500, gates=TOLD) == []
    assert watch.say_for(1_000, IN_A_BUCKET, TOLD) == [KEY]
    assert watch.alarms.shown[0].priority == 2
    assert watch.say_for(10_000, DRY, TOLD) == [KEY]


def test_its_gate_stands_out_on_the_page(watch):
    for gates, stands_out in ((None, False), (TOLD, True)):
        watch.say(IN_A_BUCKET, gates)
        assert gate_card(watch.state, watch.clock).alarm == stands_out


def test_it_stands_while_another_rule_rules(watch):
    watch.say_for(6_000, IN_A_BUCKET, TOLD)
    shown = watch.say_for(120_000, IN_A_BUCKET, AIRLESS)
    assert shown == [KEY, "inlet.main.quality_trip"]


def test_it_stands_while_nothing_tells_of_it_and_for_no_longer_than_a_bypass_may(watch):
    watch.say_for(6_000, DRY, TOLD)
    assert KEY in watch.say_for(3_599_000, DRY, AIRLESS)
    assert KEY not in watch.say_for(62_000, DRY, AIRLESS)


@pytest.mark.parametrize(
    ("points", "gates"),
    [
        (None, None),
        (None, AIRLESS),  # the row alone: good again
        (DRY, None),  # the gate alone: nothing told under rule 9
        (DRY, feed.gates(main=feed.gate("unknown", "hold", "start", cause="starting"))),
    ],
)
def test_it_is_over_when_one_of_them_says_so(watch, points, gates):
    watch.say_for(6_000, IN_A_BUCKET, TOLD)
    assert KEY in watch.say_for(60_000, points, gates)
    assert KEY not in watch.say_for(1_000, points, gates)


def test_a_probe_that_warms_up_is_not_bypassed(watch):
    warming = feed.reading(None, status="function_check", flag=2, detail="warming_up")
    assert watch.say_for(120_000, feed.readings(turbidity_ntu=warming)) == []


def test_what_the_probe_itself_tells_stands_under_its_bypass(watch):
    points = feed.readings(turbidity_ntu=feed.lost_reading("not_asked"))
    watch.say_for(6_000, points, TOLD)
    assert watch.groups() == [(KEY, ["inlet.turbidity_ntu.breaker_open"])]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Turbidity: bypassed at the station for a while, no trip looks at it."),
        ("zh", "浊度：已在站上临时旁路，期间不参与任何联锁。"),
    ],
)
def test_it_is_a_sentence(watch, catalogue, language, text):
    watch.say_for(6_000, IN_A_BUCKET, TOLD)
    assert [each.text for each in alarm_lines(speaker(language), catalogue, watch.alarms)] == [
        text
    ]


SENSOR = (
    'turbidity_{name} = {{ bus = "field", unit_id = {unit}, profile = "yosemitech-y511", '
    'max_age_s = 5, wet_when = "always", poll_s = 2, '
    'points = {{ turbidity_ntu = "turb_{name}" }} }}\n'
)
CONDITION = 'all = [{ point = "turbidity_ntu", above = 10, deadband = 2 }]\n'
ALSO = (
    'all = [{ point = "turbidity_ntu", also = ["turb_b", "turb_c"], above = 10, deadband = 2 }]\n'
    "agree = 3\nagree_s = 30\n"
)
MEDIAN = '[stations.inlet.derived]\nmedian = { median_of = ["turbidity_ntu", "turb_b"] }\n\n'
GATE = "[stations.inlet.gates.main]\n"


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """The desk with three probes of turbidity, and a median of two of them."""
    text = DESK.read_text(encoding="utf-8")
    more = "".join(SENSOR.format(name=name, unit=unit) for name, unit in (("b", 21), ("c", 23)))
    text = text.replace(CONDITION, ALSO).replace(GATE, more + MEDIAN + GATE)
    file = tmp_path_factory.mktemp("three") / "site.toml"
    file.write_text(text, encoding="utf-8")
    return catalogue_of(load_site(file))


@pytest.fixture
def probes(three):
    return Watch(three)


def of_three(first=3.2, second=3.1, third=3.3):
    return feed.readings(turbidity_ntu=first, turb_b=second, turb_c=third)


def doubted(value):
    return feed.reading(value, status="out_of_specification", flag=3)


LOST = feed.lost_reading()


def test_probes_that_differ_are_one_alarm_and_no_suspect_ones(probes):
    points = of_three(doubted(3.2), doubted(3.1), doubted(9.0)) | {"median": doubted(3.2)}
    assert probes.say_for(6_000, points) == ["inlet.turbidity_ntu.discrepancy"]
    assert probes.alarms.shown[0].priority == 3
    assert probes.say_for(61_000, of_three()) == []


def test_a_probe_that_is_suspect_by_itself_differs_from_nobody(probes):
    spike = feed.reading(9.0, status="out_of_specification", flag=3, detail="spike")
    assert probes.say_for(6_000, of_three(third=spike)) == ["inlet.turb_c.suspect"]


def test_a_single_probe_has_nobody_to_differ_from(watch):
    points = feed.readings(do_mg_l=doubted(7.5))
    assert watch.say_for(6_000, points) == ["inlet.do_mg_l.suspect"]


def test_one_probe_of_three_is_told_when_the_others_are_lost(probes):
    assert probes.say_for(60_000, of_three(third=LOST)) == []
    (probe_set,) = probes.state.catalogue.stations["inlet"].probe_sets
    assert probe_set.lost_hold_ms == 5_000
    assert probes.say_for(5_000, of_three(second=LOST, third=LOST)) == []
    key = "inlet.turbidity_ntu.one_probe_left"
    assert probes.say_for(500, of_three(second=LOST, third=LOST)) == [key]
    assert probes.alarms.shown[0].priority == 3
    assert probes.say_for(61_000, of_three(LOST, LOST, LOST)) == []


def test_it_waits_as_long_as_its_trip_does_until_a_probe_is_lost(three):
    station = three.stations["inlet"]
    (probe_set,) = station.probe_sets
    slow = replace(station, probe_sets=(replace(probe_set, lost_hold_ms=60_000),))
    probes = Watch(replace(three, stations={"inlet": slow}))
    two_lost = of_three(second=LOST, third=LOST)
    assert probes.say_for(60_000, two_lost) == []
    assert probes.say_for(1_000, two_lost) == ["inlet.turbidity_ntu.one_probe_left"]


def test_a_set_speaks_in_both_languages(probes, three):
    points = of_three(doubted(3.2), LOST, LOST)
    probes.say_for(6_000, points)
    told = {
        language: [each.text for each in alarm_lines(speaker(language), three, probes.alarms)]
        for language in ("en", "zh")
    }
    assert told == {
        "en": [
            "Turbidity turbidity_ntu: its redundant probes differ by more than they may.",
            "Turbidity turbidity_ntu: one probe of three is left, and the gate goes by it alone.",
        ],
        "zh": [
            "浊度 turbidity_ntu：冗余探头之间的偏差超过允许值。",
            "浊度 turbidity_ntu：三个探头只剩一个有效，闸门仅凭它判断。",
        ],
    }


DUE_MS = 1_790_006_400_000  # 2026-09-22 00:00:00 in Shanghai, 1 h 46 min 40 s after `NOON_MS`
OXYGEN = 'oxygen       = { bus = "field",'
CALIBRATION = " calibrated = 2024-04-05, calibrate_every_days = 900,"


@pytest.fixture(scope="module")
def dated(tmp_path_factory):
    """The desk with a date for its probe of oxygen, which gives the temperature too."""
    text = DESK.read_text(encoding="utf-8").replace(OXYGEN, OXYGEN + CALIBRATION)
    file = tmp_path_factory.mktemp("dated") / "site.toml"
    file.write_text(text, encoding="utf-8")
    return catalogue_of(load_site(file))


def test_a_calibration_is_due_from_the_day_on_that_the_site_file_means(dated):
    watch = Watch(dated)
    watch.clock.advance(DUE_MS - 1_000 - watch.clock.unix_ms)
    assert watch.say() == []
    assert watch.say_for(5_500) == []
    assert watch.say_for(500) == ["inlet.do_mg_l.calibration_due"]
    (alarm,) = watch.alarms.shown
    assert (alarm.priority, alarm.since_ms) == (3, DUE_MS)


def test_it_is_due_whether_or_not_the_station_is_heard(dated):
    watch = Watch(dated)
    watch.clock.advance(86_400_000)
    watch.look()
    watch.clock.advance(120_000)
    watch.look()
    assert watch.groups() == [
        ("inlet.station_lost", []),
        ("inlet.do_mg_l.calibration_due", []),
    ]


def test_where_no_date_is_none_is_due(watch):
    watch.clock.advance(10 * 365 * 86_400_000)
    watch.look()
    assert watch.say_for(10_000) == ["inlet.station_lost"]
