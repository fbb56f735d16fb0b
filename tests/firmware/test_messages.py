"""What the board says is JSON of the contract's keys, for small and for large stations."""

import binascii
import json
import os
import struct
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest
from station_rig import SITE

from reedgate_boards.site.compiler import compile_station
from reedgate_boards.site.locator import firmware_dir
from reedgate_contract import codes, quantities, records, topics
from reedgate_contract import config as layout
from reedgate_sim.vm_finder import find_micropython

HERE = Path(__file__).parent


def zeros(kind, **fields):
    return dict.fromkeys(layout.LAYOUT[kind][1], 0) | fields


def large_config():
    """As many points with as long names as a compiled configuration holds: 8 KiB."""
    body = layout.pack_entry(
        layout.STATION,
        zeros(layout.STATION, scan_ms=200, live_ms=1000),
        b"a-site-with-a-rather-long-name/a-station-with-a-long-one-too",
    )
    body += layout.pack_entry(layout.BUS, zeros(layout.BUS, baud=9600), b"RS485_1")
    body += layout.pack_entry(layout.SENSOR, zeros(layout.SENSOR, poll_ms=1000), b"probe")
    for number in range(60):
        name = f"a_point_of_a_very_long_name_{number:02}_ntu".encode()
        fields = zeros(layout.POINT, quantity=number % 6 + 1, data_type=1, num=1, den=1)
        body += layout.pack_entry(layout.POINT, fields, name)
    for number in range(8):
        gate = zeros(layout.GATE, role=layout.ROLE_BYPASS, drive=layout.DRIVE_SPRING_RETURN)
        gate["bypass"] = layout.NONE
        body += layout.pack_entry(layout.GATE, gate, f"a_gate_of_a_long_name_{number}".encode())
        terminal = zeros(layout.TERMINAL, function=layout.FUNCTION_OUT)
        body += layout.pack_entry(layout.TERMINAL, terminal, f"RELAY_{number}".encode())
        name = f"a_flood_of_a_long_name_{number}".encode()
        body += layout.pack_entry(layout.FLOOD, zeros(layout.FLOOD), name)
    return layout.pack_file(body, binascii.crc32(body))


CONFIGS = {"desk": compile_station(SITE, "inlet"), "large": large_config()}


@pytest.fixture(scope="module", params=CONFIGS)
def said(request, tmp_path_factory):
    """(bound, {"days.live": [text, ...]}) of one configuration."""
    path = tmp_path_factory.mktemp("config") / "config.bin"
    path.write_bytes(CONFIGS[request.param])
    done = subprocess.run(
        [find_micropython(), "-X", "heapsize=1m", HERE / "vm_messages.py", path],
        capture_output=True,
        text=True,
        env=os.environ | {"MICROPYPATH": f"{firmware_dir()}:.frozen"},
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    bound, *lines = done.stdout.splitlines()
    found = defaultdict(list)
    for line in lines:
        name, _, text = line.partition(" ")
        found[name].append(text)
    return int(bound), found


def of_leaf(found, leaf):
    return [
        (name.partition(".")[0], json.loads(text))
        for name, texts in found.items()
        if name.endswith("." + leaf)
        for text in texts
    ]


def test_everything_said_is_json(said):
    for texts in said[1].values():
        for text in texts:
            assert isinstance(json.loads(text), dict)


def test_birth_has_the_contracts_keys_and_names_every_point_with_its_unit(said):
    for _, birth in of_leaf(said[1], "birth"):
        expected = (
            "firmware micropython board config_hash safety_hash boot epoch boot_n reset_cause"
            " uptime_ms points gates floods journal"
        )
        assert set(birth) == set(expected.split())
        assert birth["points"]
        for row in birth["points"].values():
            assert (row["unit"], row["decimals"]) in {
                (unit, decimals) for _, unit, decimals in quantities.QUANTITIES.values()
            }


def test_birth_names_its_start_and_what_the_journal_holds(said):
    for name, birth in of_leaf(said[1], "birth"):
        assert birth["boot"] == f"{birth['epoch']:08x}-{birth['boot_n']}" == "5f3a9c01-7"
        next_seq = 0xFFFFFFFF if name == "longest" else 9
        held = {"first_held": 3, "next": next_seq}
        assert birth["journal"] == {"events": held, "readings": held}
        assert set(birth["floods"]) <= set(birth["gates"])
        assert birth["floods"]
        assert all(birth["floods"].values())


def test_live_tells_the_backlog(said):
    for name, live in of_leaf(said[1], "live"):
        count = live["backlog"]["events"]["count"]
        assert count == (0xFFFFFFFF - 3 if name == "longest" else 6)  # that in memory too
        assert live["backlog"]["events"]["oldest_s"] == live["uptime_ms"] // 1000
        assert live["backlog"]["readings"] == {"count": count, "oldest_s": None}


def test_live_has_the_contracts_keys(said):
    for _, live in of_leaf(said[1], "live"):
        assert set(live) == {"boot", "n", "uptime_ms", "backlog", "points", "gates"}
        for point in live["points"].values():
            assert set(point) == {"value", "status", "flag", "detail", "age_ms"}
            assert point["status"] in codes.STATUS_NAMES
            assert point["detail"] in codes.DETAIL_NAMES
            assert point["flag"] in codes.FLAG_NAMES
        for gate in live["gates"].values():
            expected = "position target rule cause first_out fault wait wait_ms alarms"
            assert set(gate) == set(expected.split())


def test_a_value_that_is_not_there_is_null_and_never_zero(said):
    for name, message in of_leaf(said[1], "live"):
        for point in message["points"].values():
            assert (point["value"] is None) == (name in ("start", "no_value"))
            assert (point["age_ms"] is None) == (name == "start")


def test_numbers_have_the_decimals_of_their_quantity(said):
    for text in said[1]["below_zero.live"]:
        units = json.loads(said[1]["below_zero.birth"][0])["points"]
        values = json.loads(text, parse_float=str, parse_int=str)["points"]
        for name, row in values.items():
            decimals = units[name]["decimals"]
            assert row["value"] == {0: "-50", 1: "-5.0", 2: "-0.50", 3: "-0.050"}[decimals]


@pytest.mark.parametrize(
    ("name", "uptime_ms"),
    [("start", 0), ("below_zero", 7), ("days", 1_100_000_007), ("longest", 2_147_483_648_999)],
)
def test_uptime_goes_on_beyond_twelve_days(said, name, uptime_ms):
    for leaf in ("birth", "live"):
        told = {message["uptime_ms"] for each, message in of_leaf(said[1], leaf) if each == name}
        assert told == {uptime_ms}


def test_a_cause_names_what_it_is_the_cause_of(said):
    birth = of_leaf(said[1], "birth")[0][1]
    last_point = list(birth["points"])[-1]
    for name, live in of_leaf(said[1], "live"):
        if name == "longest":
            for gate in live["gates"].values():
                assert gate["cause"] == f"never_good: {last_point}"
                assert gate["first_out"] == f"quality: {last_point}"


def test_no_message_is_longer_than_the_bound_that_the_buffer_is_made_for(said):
    bound, found = said
    sizes = {name: max(len(text.encode()) for text in texts) for name, texts in found.items()}
    name = max(sizes, key=sizes.get)
    topic = topics.topic("s" * 32, "s" * 32, topics.JOURNAL)
    print(f"longest: {name} of {sizes[name]} bytes, bound {bound}")
    assert sizes[name] + len(topic) <= bound
    assert bound <= 1.6 * sizes[name] + 1024  # and not made for much more
    head_size = struct.calcsize(records.BATCH)
    batch = head_size + records.MOST_IN_BATCH * records.RECORD_SIZE + records.HMAC_SIZE
    assert batch + len(topic) <= bound
