"""Rules of a station that is polled over a line, and what is reckoned of the line."""

import json

import pytest
from site_files import assert_told, checked, edited

from reedgate_boards.site.check_report import as_json
from reedgate_boards.site.compiler import compile_station
from reedgate_boards.site.line_time import line_time
from reedgate_contract import config

_MQTT = 'kind = "mqtt"\nbroker = "192.168.10.2:1883"\n'
_GOOD = 'kind = "rtu_slave"\nport = "RS485_2"\nunit_id = 7\nline = "/dev/ttyUSB0"\n'
_UPLINK = "stations.inlet.uplink"


def _with(old, new):
    """The good wired site, with one edit of its uplink."""
    assert _GOOD.count(old) == 1
    return [(_MQTT, _GOOD.replace(old, new))]


def _second(name="second", unit_id=8, line="/dev/ttyUSB0", more=""):
    """A second station: one sensor on a bus, nothing else."""
    return f"""
[stations.{name}]
name = {{ zh = "二", en = "two" }}
board = "RPI_PICO"
[stations.{name}.buses.field]
port = "RS485_1"
baud = 9600
parity = "none"
poll_s = 1
[stations.{name}.sensors]
level = {{ bus = "field", unit_id = 14, profile = "keller-series-30", max_age_s = 3, wet_when = "always", points = {{ depth_mm = "stage_mm" }} }}
[stations.{name}.gates]
[stations.{name}.uplink]
kind = "rtu_slave"
port = "RS485_2"
unit_id = {unit_id}
line  = "{line}"
{more}
[gateway]"""  # noqa: E501 - as in a site file


CASES = {
    "no port": (
        _with('port = "RS485_2"\n', ""),
        "[stations.inlet.uplink]",
        f"{_UPLINK}.port: is missing: a station that is polled needs it. Give it, as RS485_2.",
    ),
    "no unit id": (
        _with("unit_id = 7\n", ""),
        "[stations.inlet.uplink]",
        f"{_UPLINK}.unit_id: is missing: a station that is polled needs it. Give it, as 1.",
    ),
    "no line": (
        _with('line = "/dev/ttyUSB0"\n', ""),
        "[stations.inlet.uplink]",
        f"{_UPLINK}.line: is missing: a station that is polled needs it. Give it, as "
        "/dev/ttyUSB0.",
    ),
    "port that the board has not": (
        _with("RS485_2", "RS485_9"),
        "RS485_9",
        f'{_UPLINK}.port = "RS485_9": no such port on board HOST. Use one of: RS485_1, RS485_2.',
    ),
    "port of the sensors": (
        _with('port = "RS485_2"\nunit', 'port  = "RS485_1"\nunit'),
        "port  =",
        f'{_UPLINK}.port = "RS485_1": bus field has this port: there the station is the master. '
        "Take another one.",
    ),
    "line that is none": (
        _with("/dev/ttyUSB0", "ttyUSB0"),
        "ttyUSB0",
        f'{_UPLINK}.line = "ttyUSB0": must be a serial port of the gateway, as /dev/ttyUSB0, or '
        "the IPv4 address and port of a serial device server, as 192.168.10.7:4001.",
    ),
    "broker on a wire": (
        _with("unit_id = 7\n", 'unit_id = 7\nbroker = "10.0.0.1:1883"\n'),
        "broker",
        f'{_UPLINK}.broker = "10.0.0.1:1883": means nothing with kind = "rtu_slave". Remove the '
        "key.",
    ),
    "unit id with mqtt": (
        [(_MQTT, _MQTT + "unit_id = 99\n")],
        "unit_id = 99",
        f'{_UPLINK}.unit_id = 99: means nothing with kind = "mqtt". Remove the key.',
    ),
    "one unit id for two": (
        [(_MQTT, _GOOD), ("[gateway]", _second(unit_id="7 "))],
        "unit_id = 7 \n",
        "stations.second.uplink.unit_id = 7: station inlet has this unit id on the line too: both "
        "would answer at once. Give each its own.",
    ),
    "two speeds on a line": (
        [(_MQTT, _GOOD), ("[gateway]", _second(more="baud = 9600"))],
        "line  =",
        'stations.second.uplink.line = "/dev/ttyUSB0": station inlet is on this line with 19200 '
        "baud, parity even. All on a line speak alike.",
    ),
    "more than the line carries": (
        _with("unit_id = 7\n", "unit_id = 7\nbaud = 4800\nlive_s = 0.5\n"),
        "/dev/ttyUSB0",
        f'{_UPLINK}.line = "/dev/ttyUSB0": asking its stations would keep the line busy for 123 '
        "% of the time. Ask less often (live_s), or speak faster (baud).",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_faulty_site_is_told(tmp_path, name):
    assert_told(tmp_path, *CASES[name])


def test_two_stations_on_one_line_pass(tmp_path):
    site, findings = checked(tmp_path, edited((_MQTT, _GOOD), ("[gateway]", _second())))
    assert findings.errors == []
    (told,) = as_json(site, findings)["lines"]
    assert told["line"] == "/dev/ttyUSB0"
    assert told["stations"] == 2
    assert 0.2 < told["load"] < 0.8
    assert told["records_per_s"] > 5
    json.dumps(told)


def test_a_line_carries_more_when_it_is_faster(tmp_path):
    lines = []
    for baud in (9600, 115200):
        text = edited((_MQTT, _GOOD + f"baud = {baud}\n"))
        site, findings = checked(tmp_path, text)
        assert findings.errors == []
        lines.append(line_time(site, "/dev/ttyUSB0"))
    slow, fast = lines
    assert fast.load < slow.load / 4
    assert fast.records_per_s > 2 * slow.records_per_s


def test_what_is_compiled_names_port_unit_and_settings(tmp_path):
    site, _findings = checked(tmp_path, edited((_MQTT, _GOOD + 'parity = "odd"\n')))
    blob = compile_station(site, "inlet")
    entries = config.unpack_file(blob, lambda body: int.from_bytes(blob[8:12], "little"))
    (slave,) = [fields for kind, fields in entries if kind == config.SLAVE]
    assert slave == {
        "unit_id": 7,
        "baud": 19200,
        "parity": config.PARITY_ODD,
        "stop_bits": 1,
        "name": b"RS485_2",
    }
    (uplink,) = [fields for kind, fields in entries if kind == config.UPLINK]
    assert uplink["kind"] == config.UPLINK_RTU_SLAVE
