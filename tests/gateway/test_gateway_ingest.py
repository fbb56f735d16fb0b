"""What may pass the gateway's door, and why the rest may not."""

import json

import feed
import packer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reedgate_contract import codes
from reedgate_gateway.ingest import (
    MAX_PAYLOAD_BYTES,
    Backlog,
    Birth,
    Live,
    Online,
    Rejected,
    parse,
)
from reedgate_gateway.naming import Cause, Naming

LIVE_TOPIC = "reedgate/1/desk/inlet/live"


def parsed(message, catalogue):
    topic, payload, _qos, _retain = message
    return parse(topic, payload, catalogue)


def test_a_birth_passes(catalogue):
    birth = parsed(feed.Station().birth(), catalogue)
    naming = Naming(packer.POINTS, packer.GATES, packer.FLOODS)
    assert birth == Birth(
        *("inlet", "5f3a9c01-1", 1840, "0.1.0", "1.29.0", "HOST", "0a1b2c3d", "power_on", naming)
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"boot": "5f3a9c01"},
        {"boot": "5f3a9c01-2"},
        {"epoch": 1},
        {"boot_n": -1},
        {"floods": {"main": [1]}},
        {"floods": {"main": "river_high"}},
        {"gates": ["main", "<b>"]},
        {"config_hash": "0a1b"},
    ],
)
def test_a_birth_that_does_not_fit_together_is_not_taken(catalogue, changed):
    assert parsed(feed.Station().birth(**changed), catalogue).reason == "bad_field"


@pytest.mark.parametrize("online", [True, False])
def test_presence_passes(catalogue, online):
    assert parsed(feed.Station().online(online), catalogue) == Online("inlet", online)


def test_a_live_passes_with_its_values_in_small_units(catalogue):
    live = parsed(feed.Station().live(gates_now=feed.TRIPPED), catalogue)
    assert isinstance(live, Live)
    small = {name: reading.value for name, reading in live.points.items()}
    assert small == {
        "turbidity_ntu": 3200,
        "do_mg_l": 7850,
        "water_temperature_c": 1840,
        "conductivity_us_cm": 9125,
        "stage_mm": 1240,
    }
    assert live.points["do_mg_l"].age_ms == 350
    assert live.gates["main"].cause == Cause("quality", "turbidity_ntu")
    assert live.gates["around"].cause == Cause("bypass_for", "main")


def test_a_value_that_is_not_there_stays_nothing(catalogue):
    live = parsed(feed.Station().live(feed.readings(do_mg_l=feed.lost_reading())), catalogue)
    assert live.points["do_mg_l"].value is None
    assert live.points["do_mg_l"].detail == codes.DETAIL_NO_ANSWER


def test_a_live_says_what_waits_at_the_station(catalogue):
    live = parsed(feed.Station().live(backlog=(7, 65)), catalogue)
    assert live.backlog == {"events": Backlog(7, 65), "readings": Backlog(7, 65)}


def test_unknown_keys_are_for_a_later_version_and_do_no_harm(catalogue):
    topic, payload, _qos, _retain = feed.Station().live()
    body = json.loads(payload) | {"later": 1}
    assert isinstance(parse(topic, json.dumps(body).encode(), catalogue), Live)


def changed_live(path, value):
    """A good `live` with one field set to the JSON text `value` (None: taken away)."""
    body = json.loads(feed.Station().live()[1])
    *way, last = path.split(".")
    place = body
    for key in way:
        place = place[key]
    if value is None:
        del place[last]
        return json.dumps(body).encode()
    place[last] = "@@"
    return json.dumps(body).replace('"@@"', value).encode()


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("points.do_mg_l.value", "NaN", "not_finite"),
        ("points.do_mg_l.value", "-Infinity", "not_finite"),
        ("points.do_mg_l.value", "1e400", "bad_field"),
        ("points.do_mg_l.value", "1e99999999999999999999", "not_json"),
        ("points.do_mg_l.value", "9" * 6000, "bad_field"),
        ("points.do_mg_l.value", "1073742", "bad_field"),  # above 2**30 in µg/L
        ("points.do_mg_l.value", "7.85001", "bad_field"),  # finer than the point's unit
        ("points.do_mg_l.value", '"7.85"', "bad_field"),
        ("points.do_mg_l.value", "true", "bad_field"),
        ("points.do_mg_l.value", "null", "bad_field"),  # good, and yet nothing
        ("points.do_mg_l.value", None, "bad_field"),
        ("points.do_mg_l.age_ms", "null", "bad_field"),
        ("points.do_mg_l.age_ms", "-1", "bad_field"),
        ("points.do_mg_l.age_ms", "0.5", "bad_field"),
        ("points.do_mg_l.status", '"splendid"', "bad_field"),
        ("points.do_mg_l.status", "[]", "bad_field"),
        ("points.do_mg_l.flag", "5", "bad_field"),
        ("points.do_mg_l.detail", '"<b>"', "bad_field"),
        ("points.do_mg_l", "3", "bad_field"),
        ("points", "[]", "bad_field"),
        ("points", None, "bad_field"),
        ("points.ph", "{}", "unknown_point"),
        ("gates.back", "{}", "unknown_gate"),
        ("gates.main.position", '"ajar"', "bad_field"),
        ("gates.main.rule", '"whim"', "bad_field"),
        ("gates.main.cause", '"quality: <script>"', "bad_field"),
        ("gates.main.cause", '"whim: do_mg_l"', "bad_field"),
        ("gates.main.cause", "7", "bad_field"),
        ("gates.main.wait_ms", "-1", "bad_field"),
        ("boot", '"../../etc"', "bad_field"),
        ("boot", "1", "bad_field"),
        ("boot", '"5f3a9c01-4294967296"', "bad_field"),
        ("backlog", None, "bad_field"),
        ("backlog.gossip", "{}", "bad_field"),
        ("backlog.events.count", "-1", "bad_field"),
        ("backlog.readings.oldest_s", '"long"', "bad_field"),
        ("n", "1.5", "bad_field"),
        ("n", "-1", "bad_field"),
        ("uptime_ms", "1e30", "bad_field"),
    ],
)
def test_a_live_with_one_bad_field_is_rejected(catalogue, path, value, reason):
    rejected = parse(LIVE_TOPIC, changed_live(path, value), catalogue)
    assert isinstance(rejected, Rejected)
    assert (rejected.reason, rejected.station) == (reason, "inlet")


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("", b"{}", "topic"),
        ("reedgate/1", b"{}", "topic"),
        ("reedgate/1/desk/inlet", b"{}", "topic"),
        ("reedgate/1/desk/inlet/live/more", b"{}", "topic"),
        ("reedgate/2/desk/inlet/live", b"{}", "topic"),
        ("reedgate/1/other/inlet/live", b"{}", "topic"),
        ("reedgate/1/desk/nowhere/live", b"{}", "unknown_station"),
        ("reedgate/1/desk/inlet/cmd", b"{}", "topic"),
        ("reedgate/1/desk/inlet/journal", b"{}", "no_key"),
        (LIVE_TOPIC, b"", "not_json"),
        (LIVE_TOPIC, b"{", "not_json"),
        (LIVE_TOPIC, b"[]", "not_json"),
        (LIVE_TOPIC, b"\xff\xfe{}", "not_utf8"),
        (LIVE_TOPIC, b'{"n": 1, "n": 2}', "not_json"),
        (LIVE_TOPIC, b"[" * 15_000, "not_json"),
        (LIVE_TOPIC, b" " * (MAX_PAYLOAD_BYTES + 1), "too_large"),
        ("reedgate/1/desk/inlet/online", b"yes", "bad_field"),
        ("reedgate/1/desk/inlet/online", b"", "bad_field"),
    ],
)
def test_what_is_no_message_of_this_site_is_rejected(catalogue, topic, payload, reason):
    assert parse(topic, payload, catalogue).reason == reason


@pytest.mark.parametrize(
    "changed",
    [
        {"points": {"do_mg_l": {"unit": "%", "decimals": 3}}},
        {"points": {"do_mg_l": {"unit": "mg/L", "decimals": 1}}},
        {"firmware": "0.1.0\n"},
        {"firmware": "x" * 65},
        {"firmware": "版本"},
        {"reset_cause": "boredom"},
    ],
)
def test_a_birth_that_contradicts_the_site_file_is_rejected(catalogue, changed):
    assert parsed(feed.Station().birth(**changed), catalogue).reason == "bad_field"


LEAVES = st.sampled_from(["live", "birth", "ack", "online", "journal"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(leaf=LEAVES, payload=st.binary(max_size=300))
def test_no_bytes_raise(catalogue, leaf, payload):
    parse(f"reedgate/1/desk/inlet/{leaf}", payload, catalogue)


def places(value, way=()):
    """Every place in a JSON value."""
    if way:
        yield way
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*way, key))


LIVE_BODY = json.loads(feed.Station().live(gates_now=feed.TRIPPED)[1])


@given(way=st.sampled_from(list(places(LIVE_BODY))), value=JSON)
def test_no_value_in_any_place_raises_or_passes_unchecked(catalogue, way, value):
    body = json.loads(json.dumps(LIVE_BODY))
    place = body
    for key in way[:-1]:
        place = place[key]
    place[way[-1]] = value
    live = parse(LIVE_TOPIC, json.dumps(body).encode(), catalogue)
    assert isinstance(live, Live | Rejected)
    for reading in live.points.values() if isinstance(live, Live) else ():
        assert reading.value is None or abs(reading.value) < 1 << 30
        assert reading.value is not None or reading.flag not in (1, 3)
