"""Rules of a modbus_actuator: its own bus, its way to the trip position, its profile."""

import pytest
from site_files import assert_told, checked, edited

from reedgate_boards.site.actuators import actuator_names, load_actuator
from reedgate_boards.site.compiler import compile_station
from reedgate_contract import config as layout
from reedgate_contract.codes import TARGET_CLOSED, TARGET_HOLD, TARGET_OPEN

_MAIN = "stations.inlet.gates.main"
_SWITCHES = 'at_open = "DI_1", at_closed = "DI_2"'
_RELAYS = f'terminals = {{ open = "RELAY_1", close = "RELAY_2", {_SWITCHES} }}'
_PORT = 'port = "RS485_2"'
_REST = 'unit_id = 5, profile = "registers-3", baud = 19200, parity = "even"'


def _actuator(port=_PORT, rest=_REST, more='comms_loss = "closed"'):
    parts = ", ".join(each for each in (port, rest, more) if each)
    return [
        ('drive = "two_relay"', 'drive = "modbus_actuator"'),
        (_RELAYS, f"terminals = {{}}\nactuator = {{ {parts} }}"),
    ]


CASES = {
    "not said": (
        [('drive = "two_relay"', 'drive = "modbus_actuator"'), (_RELAYS, "terminals = {}")],
        "[stations.inlet.gates.main]",
        f"{_MAIN}.actuator: is missing: say on which bus this drive is spoken to, and by which "
        "profile.",
    ),
    "a shared bus": (
        _actuator(port='port = "RS485_1"'),
        "actuator =",
        f'{_MAIN}.actuator.port = "RS485_1": buses.field has this port too: a drive must not wait '
        "behind others. Give it a bus of its own.",
    ),
    "no way to its trip position": (
        _actuator(more=""),
        "actuator =",
        f"{_MAIN}.actuator = {{...}}: must say how it gets to its trip position when nobody "
        "speaks to it: `esd`, what is wired to its emergency input, or comms_loss = "
        '"closed", set in it and read back.',
    ),
    "the wrong way": (
        _actuator(more='comms_loss = "open"'),
        "actuator =",
        f'{_MAIN}.actuator.comms_loss = "open": must be "closed", the trip position of this gate.',
    ),
    "an unknown profile": (
        _actuator(rest=_REST.replace("registers-3", "registers-4")),
        "actuator =",
        f'{_MAIN}.actuator.profile = "registers-4": no such actuator profile. Known are: '
        "belimo-mod, registers-3.",
    ),
    "a baud rate that it does not speak": (
        _actuator(rest=_REST.replace("19200", "57600")),
        "actuator =",
        f"{_MAIN}.actuator.baud = 57600: registers-3 speaks 9600, 19200, 38400 baud with parity "
        "none, even, odd only.",
    ),
    "a hold that it cannot do": (
        [
            *_actuator(rest=_REST.replace("registers-3", "belimo-mod")),
            ('position = "open"', 'position = "hold"'),
        ],
        'position = "hold"',
        f'{_MAIN}.flood[0].position = "hold": this drive has no order to stop: it cannot hold. '
        "Choose open or closed.",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_faulty_site_is_told(tmp_path, name):
    assert_told(tmp_path, *CASES[name])


def test_an_actuator_at_any_other_drive_means_nothing(tmp_path):
    more = f'on_power_loss = "stays"\nactuator = {{ {_PORT}, {_REST}, esd = "x" }}'
    assert_told(
        tmp_path,
        [('on_power_loss = "stays"', more)],
        "actuator =",
        f"{_MAIN}.actuator = {{...}}: means nothing for a gate of kind two_relay. Remove the key.",
    )


def test_what_is_compiled_of_it(tmp_path):
    site, findings = checked(tmp_path, edited(*_actuator(more='esd = "hard-wired to the panel"')))
    assert [each.text("en") for each in findings.errors] == []
    blob = compile_station(site, "inlet")
    entries = layout.unpack_file(blob, lambda body: int.from_bytes(blob[8:12], "little"))
    (actuator,) = [fields for kind, fields in entries if kind == layout.ACTUATOR]
    assert actuator["name"] == b"RS485_2"
    assert (actuator["unit_id"], actuator["baud"], actuator["parity"]) == (5, 19200, 1)
    assert (actuator["address"], actuator["at_open"], actuator["tolerance"]) == (1, 1000, 5)
    assert (actuator["poll_ms"], actuator["silence_ms"]) == (1000, 10_000)
    orders = {fields["target"]: fields for kind, fields in entries if kind == layout.ORDER}
    assert set(orders) == {TARGET_OPEN, TARGET_CLOSED, TARGET_HOLD}
    assert orders[TARGET_CLOSED]["name"] == bytes.fromhex("10 00 00 00 01 02 00 02")
    assert orders[TARGET_CLOSED]["reply_size"] == 8


@pytest.mark.parametrize("name", actuator_names())
def test_each_profile_writes_by_function_6_or_16(name):
    orders = load_actuator(name).orders
    for pdu in (orders.open, orders.closed, *filter(None, [orders.stop])):
        assert pdu[0] in (6, 16)
        assert len(pdu) == (5 if pdu[0] == 6 else 6 + pdu[5])
