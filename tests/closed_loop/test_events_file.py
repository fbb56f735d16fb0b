"""A file of recorded events: what is altered, missing or of elsewhere is told, and fails."""

import json
import struct

import pytest

from reedgate_boards.cli import main
from reedgate_boards.site.stamp import firmware_hash
from reedgate_contract import codes, records
from reedgate_sim.campaign.play import play
from reedgate_sim.campaign.schedule import parse_schedule
from reedgate_sim.campaign.site import STATION
from reedgate_sim.desk.run import desk_site

UPSET = '[[30,"water",{"what":"turbidity_ntu","to":60.0,"rise_s":0.0,"for_s":40}],[140,"end",{}]]'


@pytest.fixture(scope="module")
def rows():
    """As `reedgate gateway export` writes them."""
    found = []
    for event in play(parse_schedule(1, UPSET)).account.events:
        first = struct.pack("<H", event.uptime_ms % 1000) + event.payload
        rest = [event.points[at : at + 16] for at in range(0, len(event.points), 16)]
        for number, payload in enumerate([first, *rest]):
            found.append(
                {
                    "station": STATION,
                    "epoch": 7,
                    "boot_n": event.boot_n,
                    "seq": event.seq + number,
                    "kind": event.kind,
                    "part": number + 1,
                    "of": 1 + len(rest),
                    "uptime_s": event.uptime_ms // 1000,
                    "payload": payload.hex(),
                }
            )
    return found


def said(tmp_path, capsys, rows, *words):
    file = tmp_path / "events.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with desk_site() as site:
        code = main(["sim", "replay", "--events", str(file), "--site", str(site), *words])
    return code, capsys.readouterr().out


def test_all_of_it_is_decided_again_by_the_firmware_that_it_names(tmp_path, capsys, rows):
    code, out = said(tmp_path, capsys, rows, "--json")
    figures = json.loads(out)
    assert code == 0
    assert figures["identical"] == figures["transitions"] >= 5
    assert figures["firmware"] == {f"{firmware_hash():08x}": figures["transitions"]}
    assert figures["incomplete"] == figures["without_state"] == 0


def test_an_altered_event_is_told_by_names(tmp_path, capsys, rows):
    altered = [dict(row) for row in rows]
    gate = next(
        row
        for row in altered
        if (row["kind"], row["part"]) == (records.KIND_GATE, 1)
        and bytes.fromhex(row["payload"])[4] == codes.RULE_QUALITY
    )
    payload = bytearray.fromhex(gate["payload"])
    payload[4] = codes.RULE_AUTOMATIC
    gate["payload"] = payload.hex()
    code, out = said(tmp_path, capsys, altered)
    assert code == 1
    assert "automatic" in out
    assert "quality" in out
    assert "main" in out
    assert "altered" in out


def test_a_missing_part_is_told(tmp_path, capsys, rows):
    missing = next(
        at for at, row in enumerate(rows) if (row["kind"], row["part"]) == (records.KIND_SCAN, 2)
    )
    code, out = said(tmp_path, capsys, rows[:missing] + rows[missing + 1 :], "--json")
    figures = json.loads(out)
    assert code == 1
    assert figures["incomplete"] == 1
    assert figures["without_state"] >= 1


def test_events_without_what_they_were_decided_from_fail(tmp_path, capsys, rows):
    alone = [row for row in rows if row["kind"] != records.KIND_SCAN]
    code, out = said(tmp_path, capsys, alone)
    assert code == 1
    assert "missing in the file" in out


def test_another_configuration_is_told_by_its_hash(tmp_path, capsys, rows):
    other = [dict(row) for row in rows]
    for row in other:
        if (row["kind"], row["part"]) == (records.KIND_SCAN, 1):
            payload = bytearray.fromhex(row["payload"])
            payload[6:10] = bytes.fromhex("0df0adba")
            row["payload"] = payload.hex()
    code, out = said(tmp_path, capsys, other)
    assert code == 1
    assert "baadf00d" in out


def test_what_is_no_configuration_is_refused(tmp_path, capsys, rows):
    wrong = tmp_path / "config.bin"
    wrong.write_bytes(b"RGxx" * 9)
    assert said(tmp_path, capsys, rows, "--config", str(wrong))[0] == 2


def test_what_only_tells_may_differ(tmp_path, capsys, rows):
    other = [dict(row) for row in rows]
    for row in other:
        if (row["kind"], row["part"]) == (records.KIND_SCAN, 1):
            payload = bytearray.fromhex(row["payload"])
            payload[2:6] = bytes(4)  # the hash of the whole configuration
            row["payload"] = payload.hex()
    assert said(tmp_path, capsys, other)[0] == 0


@pytest.mark.parametrize(("text", "code"), [("", 1), ("nothing\n", 2), ('{"station": 1}\n', 2)])
def test_a_file_without_events_fails(tmp_path, text, code):
    file = tmp_path / "events.jsonl"
    file.write_text(text)
    with desk_site() as site:
        assert main(["sim", "replay", "--events", str(file), "--site", str(site)]) == code
