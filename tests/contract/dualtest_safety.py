"""Safety keys: their hash, and what of them may change over the air."""

import binascii

from reedgate_contract import config, safety

STATION = {"scan_ms": 200, "start_grace_ms": 60000, "live_ms": 1000, "record_s": 60}
TRIP = {
    "point": 0,
    "side": config.SIDE_ABOVE,
    "limit": 10000,
    "deadband": 2000,
    "polls": 2,
    "of": 3,
    "delay_ms": 120000,
    "lost_hold_ms": 60000,
    "clears": config.CLEARS_HOLD_THEN_CLEAR,
    "clear_hold_ms": 600000,
    "flow_past": config.FLOW_PAST_BYPASS,
}
FLOOD_POINT = {"point": 1, "side": config.SIDE_ABOVE, "limit": 2350, "deadband": 50}


def merged(fields, changes, name=b""):
    whole = dict(fields)
    whole.update(changes)
    whole["name"] = name
    return whole


def site(station=None, uplink=None, trip=None, below=None, flood=None, function=1):
    below_trip = merged(TRIP, {"side": config.SIDE_BELOW, "limit": 2000, "deadband": 500})
    return [
        (config.STATION, merged(STATION, station or {}, b"a/b")),
        (config.TERMINAL, {"function": function, "name": b"DI_7"}),
        (config.UPLINK, merged({"kind": 1, "keepalive_s": 60}, uplink or {}, b"10.0.0.2:1883")),
        (config.FLOOD_POINT, merged(FLOOD_POINT, flood or {})),
        (config.TRIP, merged(TRIP, trip or {}, b"turbid")),
        (config.TRIP, merged(below_trip, below or {}, b"airless")),
    ]


def crc32(entries):
    return safety.safety_crc32(entries, binascii.crc32)


def test_what_says_only_how_a_station_tells_is_no_safety_key():
    same = crc32(site())
    assert crc32(site(station={"live_ms": 5000, "record_s": 10})) == same
    assert crc32(site(uplink={"keepalive_s": 5})) == same
    other = [entry for entry in site() if entry[0] != config.UPLINK]
    assert crc32(other) == same


def test_any_other_key_changes_the_hash():
    seen = {crc32(site())}
    for key in TRIP:
        seen.add(crc32(site(trip={key: TRIP[key] + 1})))
    for key in FLOOD_POINT:
        seen.add(crc32(site(flood={key: FLOOD_POINT[key] + 1})))
    for key in ("scan_ms", "start_grace_ms"):
        seen.add(crc32(site(station={key: STATION[key] + 1})))
    seen.add(crc32(site(function=2)))
    assert len(seen) == 2 + len(TRIP) + len(FLOOD_POINT) + 2


def refused(**changes):
    return [(name, key) for _, name, key in safety.not_from_afar(site(), site(**changes))]


def test_only_the_stricter_may_come_from_afar():
    assert refused() == []
    assert refused(uplink={"keepalive_s": 5}) == []
    assert refused(trip={"limit": 9000, "delay_ms": 60000, "lost_hold_ms": 30000}) == []
    assert refused(below={"limit": 2500}) == []
    assert refused(trip={"limit": 10001}) == [(b"turbid", "limit")]
    assert refused(below={"limit": 1999}) == [(b"airless", "limit")]
    assert refused(trip={"delay_ms": 120001}) == [(b"turbid", "delay_ms")]
    assert refused(trip={"lost_hold_ms": 60001}) == [(b"turbid", "lost_hold_ms")]


def test_nothing_else_and_of_a_flood_nothing_at_all():
    for key in ("deadband", "polls", "of", "clears", "clear_hold_ms", "point", "side"):
        for change in (-1, 1):
            assert refused(trip={key: TRIP[key] + change}) == [(b"turbid", key)], key
    for change in (-1, 1):
        assert refused(flood={"limit": 2350 + change}) == [(b"", "limit")]
    assert refused(function=2) == [(b"DI_7", "function")]
    assert refused(station={"scan_ms": 100}) == [(b"a/b", "scan_ms")]
    both = refused(trip={"limit": 9000, "polls": 1})
    assert both == [(b"turbid", "polls")]  # one that is allowed does not carry another


def test_a_side_that_turns_makes_no_limit_stricter():
    keys = [key for _, key in refused(trip={"side": config.SIDE_BELOW, "limit": 9000})]
    assert keys == ["side", "limit"] or keys == ["limit", "side"]


def test_another_set_of_entries_needs_the_button():
    fewer = site()[:-1]
    assert [key for _, _, key in safety.not_from_afar(site(), fewer)] == [None]
    assert [key for _, _, key in safety.not_from_afar(fewer, site())] == [None]
