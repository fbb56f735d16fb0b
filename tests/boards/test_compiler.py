"""A station compiled: every entry at its place, integers exact, the same on the real VM."""

import binascii
import json
import os
import subprocess
from decimal import Decimal
from importlib import resources

import pytest
from site_files import GOOD, checked, edited

from reedgate_boards.site.compiler import Overrides, compile_station, config_hash, scaled
from reedgate_boards.site.load import load_site
from reedgate_boards.site.locator import firmware_dir
from reedgate_boards.site.profiles import load_profile
from reedgate_boards.site.user_error import UserError
from reedgate_contract import config as layout
from reedgate_contract.codes import TARGET_OPEN
from reedgate_sim.vm_finder import find_micropython

DESK = resources.files("reedgate_sim") / "sites" / "desk.toml"


def _entries(blob):
    return layout.unpack_file(blob, binascii.crc32)


def _of_kind(blob, kind):
    return [fields for each, fields in _entries(blob) if each == kind]


def _compiled(folder, *edits, **overrides):
    site, findings = checked(folder, edited(*edits))
    assert findings.errors == []
    return compile_station(site, "inlet", overrides=Overrides(**overrides))


def test_entries_stand_in_their_order(tmp_path):
    assert [(kind, fields["name"]) for kind, fields in _entries(_compiled(tmp_path))] == [
        (layout.STATION, b"test/inlet"),
        (layout.TERMINAL, b"DI_7"),
        (layout.TERMINAL, b"DI_9"),
        (layout.UPLINK, b"192.168.10.2:1883"),
        (layout.BUS, b"RS485_1"),
        (layout.SENSOR, b"turbidity"),
        (layout.FRAME, b"\x03\x25\x00\x00\x01"),
        (layout.POINT, b"turbidity_ntu"),
        (layout.SENTINEL, b""),
        (layout.SENTINEL, b""),
        (layout.QUALITY, b""),
        (layout.SENSOR, b"oxygen"),
        (layout.FRAME, b"\x03\x25\x00\x00\x01"),
        (layout.POINT, b"do_mg_l"),
        (layout.SENTINEL, b""),
        (layout.SENTINEL, b""),
        (layout.SENTINEL, b""),
        (layout.QUALITY, b""),
        (layout.SENSOR, b"level"),
        (layout.POINT, b"stage_mm"),
        (layout.SENTINEL, b""),
        (layout.QUALITY, b""),
        (layout.GATE, b"main"),
        (layout.TERMINAL, b"RELAY_1"),
        (layout.TERMINAL, b"RELAY_2"),
        (layout.TERMINAL, b"DI_1"),
        (layout.TERMINAL, b"DI_2"),
        (layout.FLOOD, b"river_high"),
        (layout.FLOOD_POINT, b""),
        (layout.FLOOD_CONTACT, b"DI_11"),
        (layout.TRIP, b"turbid"),
        (layout.GATE, b"around"),
        (layout.TERMINAL, b"RELAY_3"),
        (layout.TERMINAL, b"DI_12"),
    ]


def test_points_and_gates_are_referred_to_by_their_count(tmp_path):
    blob = _compiled(tmp_path)
    assert [point["name"] for point in _of_kind(blob, layout.POINT)].index(b"stage_mm") == 2
    assert _of_kind(blob, layout.FLOOD_POINT)[0]["point"] == 2
    assert _of_kind(blob, layout.TRIP)[0]["point"] == 0
    assert [gate["bypass"] for gate in _of_kind(blob, layout.GATE)] == [1, layout.NONE]


def test_points_count_in_the_order_of_the_buses(tmp_path):
    """Sensors are grouped by bus in the file: a later bus's points come after."""
    second = (
        '[stations.inlet.buses.second]\nport = "RS485_2"\nbaud = 9600\nparity = "none"\n'
        "poll_s = 1\n[stations.inlet.sensors]"
    )
    blob = _compiled(
        tmp_path,
        ("[stations.inlet.sensors]", second),
        ('turbidity = { bus = "field"', 'turbidity = { bus = "second"'),
    )
    names = [point["name"] for point in _of_kind(blob, layout.POINT)]
    assert names == [b"do_mg_l", b"stage_mm", b"turbidity_ntu"]
    assert _of_kind(blob, layout.TRIP)[0]["point"] == 2


def test_a_bypass_may_stand_before_its_inlet(tmp_path):
    start = GOOD.index("[stations.inlet.gates.around]")
    around = GOOD[start : GOOD.index("[stations.inlet.uplink]")]
    blob = _compiled(
        tmp_path,
        (around, ""),
        ("[stations.inlet.gates.main]\n", around + "[stations.inlet.gates.main]\n"),
    )
    gates = _of_kind(blob, layout.GATE)
    assert [(gate["name"], gate["bypass"]) for gate in gates] == [(b"around", 255), (b"main", 0)]


def test_numbers_of_a_trip_are_exact(tmp_path):
    blob = _compiled(
        tmp_path,
        ("above = 10, deadband = 2", "above = 10.007, deadband = 0.001"),
        ("delay_s = 30", "delay_s = 0.1"),
    )
    assert _of_kind(blob, layout.TRIP) == [
        {
            "name": b"turbid",
            "point": 0,
            "side": layout.SIDE_ABOVE,
            "limit": 10007,
            "deadband": 1,
            "polls": 2,
            "of": 3,
            "delay_ms": 100,
            "lost_hold_ms": 60_000,
            "clears": layout.CLEARS_HOLD_THEN_CLEAR,
            "clear_hold_ms": 1_800_000,
            "flow_past": layout.FLOW_PAST_BYPASS,
        }
    ]


def test_a_floods_numbers(tmp_path):
    blob = _compiled(tmp_path)
    assert _of_kind(blob, layout.FLOOD) == [
        {
            "name": b"river_high",
            "position": TARGET_OPEN,
            "stage_lost": layout.STAGE_LOST_CONTACT,
            "clear_ms": 600_000,
        }
    ]
    point = {"name": b"", "point": 2, "side": layout.SIDE_ABOVE, "limit": 2350, "deadband": 50}
    assert _of_kind(blob, layout.FLOOD_POINT) == [point]
    contact = {"name": b"DI_11", "active_open": 1, "debounce_ms": 2000}
    assert _of_kind(blob, layout.FLOOD_CONTACT) == [contact]


def test_a_gates_numbers_and_defaults(tmp_path):
    main, around = _of_kind(_compiled(tmp_path), layout.GATE)
    assert main == {
        "name": b"main",
        "role": layout.ROLE_INLET,
        "drive": layout.DRIVE_TWO_RELAY,
        "spring": 0,
        "bypass": 1,
        "travel_ms": 24_000,
        "travel_timeout_ms": 36_000,
        "reverse_dead_ms": 500,
        "backoff_ms": 3000,
        "retries": 2,
        "reopen_hold_ms": 1_800_000,
        "min_closed_ms": 600_000,
        "openings_per_hour": 2,
        "closes_on_battery": 0,
        "leave_ms": 0,
        "travel_min_ms": 0,
        "proof_test_days": 0,
    }
    assert (around["role"], around["drive"]) == (layout.ROLE_BYPASS, layout.DRIVE_SPRING_RETURN)
    assert around["spring"] == TARGET_OPEN


def test_what_watches_a_gate(tmp_path):
    blob = _compiled(
        tmp_path,
        (
            'at_closed = "DI_2" }',
            'at_closed = "DI_2", torque = "DI_3", local = "DI_4", local_open = "DI_5", '
            'local_close = "DI_6", emergency_close = "DI_8" }',
        ),
        ('reset = "DI_9" }', 'reset = "DI_9", mains_ok = "DI_10", healthy = "RELAY_5" }'),
        ('"stays"', '"closes_battery"'),
        (
            "travel_s = 24\n",
            "travel_s = 24\nleave_ms = 3000\ntravel_min_s = 20.5\nproof_test_days = 30\n"
            'leak_s = 300\nleak = { point = "stage_mm", above = 900 }\n',
        ),
    )
    main = _of_kind(blob, layout.GATE)[0]
    watched = ("closes_on_battery", "leave_ms", "travel_min_ms", "proof_test_days")
    assert [main[each] for each in watched] == [1, 3000, 20_500, 30]
    leak = {"point": 2, "side": layout.SIDE_ABOVE, "limit": 900, "hold_ms": 300_000}
    assert _of_kind(blob, layout.LEAK) == [{"name": b"", **leak}]
    terminals = {each["function"]: each["name"] for each in _of_kind(blob, layout.TERMINAL)}
    assert terminals[layout.FUNCTION_TORQUE] == b"DI_3"
    assert terminals[layout.FUNCTION_EMERGENCY_CLOSE] == b"DI_8"
    assert terminals[layout.FUNCTION_MAINS_OK] == b"DI_10"
    assert terminals[layout.FUNCTION_HEALTHY] == b"RELAY_5"


def test_the_zero_offset_moves_the_depth_and_its_range(tmp_path):
    level = _of_kind(_compiled(tmp_path), layout.POINT)[2]
    assert (level["offset"], level["gross_min"], level["gross_max"]) == (120, -80, 100_120)
    assert (level["decimals"], level["num"], level["den"]) == (5, 891, 8722)
    largest_raw = 100_000 * level["den"] // level["num"]
    assert largest_raw * level["num"] < 2**30


def test_a_warm_probe_waits_for_nothing_and_a_cold_one_as_its_profile_says(tmp_path):
    warm = ("points = { do", 'warm_when = "always", points = { do')
    sensors = _of_kind(_compiled(tmp_path, warm), layout.SENSOR)
    assert [(each["warm_up_ms"], each["stabilise_ms"]) for each in sensors] == [
        (8000, 40_000),
        (0, 0),
        (5500, 0),  # measures by itself: all of it is warm-up
    ]


def test_a_sensor_may_speak_otherwise_than_its_bus(tmp_path):
    own = ('profile = "keller-series-30", ', 'profile = "keller-series-30", baud = 115200, ')
    *others, level = _of_kind(_compiled(tmp_path, own), layout.SENSOR)
    assert [(each["baud"], each["parity"]) for each in others] == [(0, layout.NONE)] * 2
    assert (level["baud"], level["parity"], level["stop_bits"]) == (115200, layout.NONE, 1)


def test_each_sensor_has_the_stop_bits_of_its_make(tmp_path, monkeypatch):
    def load(name):
        profile = load_profile(name)
        line = profile.line.model_copy(update={"stop_bits": 2 if "y504" in name else 1})
        return profile.model_copy(update={"line": line})

    monkeypatch.setattr("reedgate_boards.site.compiler.load_profile", load)
    sensors = _of_kind(_compiled(tmp_path), layout.SENSOR)
    assert [each["stop_bits"] for each in sensors] == [1, 2, 1]


def test_the_grace_is_the_longest_warming_and_age_unless_stated(tmp_path):
    assert _of_kind(_compiled(tmp_path), layout.STATION)[0]["start_grace_ms"] == 60_000
    blob = _compiled(tmp_path, ("start_grace_s = 60\n", ""))
    assert _of_kind(blob, layout.STATION)[0]["start_grace_ms"] == 53_000


def test_the_grace_is_at_most_two_minutes(tmp_path):
    slow = edited(("start_grace_s = 60\n", ""), ("poll_s = 1\n", "poll_s = 60\n"))
    slow = slow.replace("max_age_s = 5", "max_age_s = 150").replace(
        "max_age_s = 3", "max_age_s = 150"
    )
    site, findings = checked(tmp_path, slow)
    assert findings.errors == []
    blob = compile_station(site, "inlet")
    assert _of_kind(blob, layout.STATION)[0]["start_grace_ms"] == 120_000


def test_two_stations_of_a_site_do_not_mix(tmp_path):
    start = GOOD.index("[stations.inlet]")
    second = GOOD[start : GOOD.index("[gateway]")].replace("stations.inlet", "stations.pond")
    site, findings = checked(tmp_path, edited(("[gateway]", second + "[gateway]")))
    assert findings.errors == []
    inlet, pond = (_entries(compile_station(site, each)) for each in ("inlet", "pond"))
    assert pond[0][1]["name"] == b"test/pond"
    assert pond[1:] == inlet[1:]


def test_a_sensor_may_be_polled_at_its_own_pace(tmp_path):
    blob = _compiled(tmp_path, ("max_age_s = 3", "max_age_s = 3.5, poll_s = 0.5"))
    sensors = _of_kind(blob, layout.SENSOR)
    assert [(each["poll_ms"], each["max_age_ms"]) for each in sensors] == [
        (1000, 5000),
        (1000, 5000),
        (500, 3500),
    ]


def test_a_station_without_uplink(tmp_path):
    uplink = GOOD[GOOD.index('kind = "mqtt"') : GOOD.index("[gateway]")]
    blob = _compiled(tmp_path, (uplink, 'kind = "none"\n'))
    assert _of_kind(blob, layout.UPLINK)[0] == {"name": b"", "kind": 0, "keepalive_s": 15}


def test_overrides_replace_what_the_desk_knows_better(tmp_path):
    blob = _compiled(
        tmp_path,
        broker="127.0.0.1:4444",
        scan_ms=112_500,
        start_grace_ms=0,
        live_ms=500,
        record_s=7200,
        poll_ms=900_000,
        max_age_ms=2_250_000,
        travel_ms=50_000,
        travel_timeout_ms=100_000,
    )
    station = {
        "name": b"test/inlet",
        "scan_ms": 112_500,
        "start_grace_ms": 0,
        "live_ms": 500,
        "record_s": 7200,
    }
    assert _of_kind(blob, layout.STATION) == [station]
    assert _of_kind(blob, layout.UPLINK)[0]["name"] == b"127.0.0.1:4444"
    sensors, gates = _of_kind(blob, layout.SENSOR), _of_kind(blob, layout.GATE)
    assert {(each["poll_ms"], each["max_age_ms"]) for each in sensors} == {(900_000, 2_250_000)}
    assert {(each["travel_ms"], each["travel_timeout_ms"]) for each in gates} == {
        (50_000, 100_000)
    }


def test_scaling_is_exact_or_refused():
    assert scaled(Decimal("2.3"), "turbidity_ntu") == 2300  # 2.3 * 1000 in floats is 2299.99...
    assert scaled(Decimal("1.1"), "conductivity_us_cm") == 11
    with pytest.raises(ValueError, match=r"2\.30005 has more decimals"):
        scaled(Decimal("2.30005"), "turbidity_ntu")


def test_the_hash_is_of_all_that_a_board_reads(tmp_path):
    blob = _compiled(tmp_path)
    assert config_hash(blob) == f"{binascii.crc32(blob):08x}"
    assert config_hash(_compiled(tmp_path, ("delay_s = 30", "delay_s = 31"))) != config_hash(blob)


def test_the_desk_compiles_small():
    blob = compile_station(load_site(DESK), "inlet")
    assert len(blob) < 1000
    assert len(_of_kind(blob, layout.TRIP)) == 3


_ON_THE_VM = """\
import binascii, json, sys
from reedgate_contract import config
with open(sys.argv[1], "rb") as stream:
    blob = stream.read()
for kind, fields in config.unpack_file(blob, binascii.crc32):
    fields["name"] = binascii.hexlify(fields["name"]).decode()
    print(json.dumps([kind, fields]))
"""


def test_the_vm_reads_what_was_compiled(tmp_path):
    try:
        micropython = find_micropython()
    except UserError as problem:
        pytest.skip(str(problem))
    blob = compile_station(load_site(DESK), "inlet")
    (tmp_path / "config.bin").write_bytes(blob)
    (tmp_path / "read.py").write_text(_ON_THE_VM, encoding="utf-8")
    done = subprocess.run(
        [micropython, "-X", "heapsize=192k", tmp_path / "read.py", tmp_path / "config.bin"],
        env={**os.environ, "MICROPYPATH": f"{firmware_dir()}:.frozen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    seen = [json.loads(line) for line in done.stdout.splitlines()]
    for _, fields in seen:
        fields["name"] = bytes.fromhex(fields["name"])
    assert [tuple(each) for each in seen] == _entries(blob)


def test_a_breaker_opens_when_every_trip_has_lost_its_measurement_and_never_for_a_flood(tmp_path):
    def breakers(**overrides):
        sensors = _of_kind(_compiled(tmp_path, **overrides), layout.SENSOR)
        return {
            each["name"]: (each["break_polls"], each["break_hold_ms"] // 1000) for each in sensors
        }

    assert breakers() == {b"turbidity": (3, 60), b"oxygen": (3, 0), b"level": (0, 0)}
    assert set(breakers(never_break=True).values()) == {(0, 0)}
