"""Rules of a station: board, terminals, buses, uplink.

Each case: edits, a text in the line named, what is said of it (and how many errors follow).
"""

import pytest
from site_files import ALONE, assert_told

_INLET = "stations.inlet"
_MAIN = "stations.inlet.gates.main"

CASES = {
    "unknown board lists them": (
        [('board = "HOST"', 'board = "RPI_PICO_X"')],
        "board",
        f'{_INLET}.board = "RPI_PICO_X": no such board. Known boards: ESP32_GENERIC, '
        "ESP32_GENERIC_S3, HOST, RPI_PICO, RPI_PICO_W.",
    ),
    "MQTT on a board without network": (
        [('board = "HOST"', 'board = "RPI_PICO"')],
        'kind = "mqtt"',
        f'{_INLET}.uplink.kind = "mqtt": board RPI_PICO has no network, which MQTT needs. Take '
        'kind = "rtu_slave", or "none".',
    ),
    "more terminals than the board has pins for": (
        [('board = "HOST"', 'board = "ESP32_GENERIC"'), ALONE],
        'at_open = "DI_12"',
        f'{_INLET}.gates.around.terminals.at_open = "DI_12": no such terminal on board '
        "ESP32_GENERIC, whose chip has no pin left for service, healthy, led. Use one of: DI_1, "
        "DI_2, DI_3, DI_4, DI_5, DI_6, DI_7, DI_8, DI_9, DI_10, DI_11, DI_14. Or take a board "
        "with more pins.",
    ),
    "MQTT over a radio": (
        [('board = "HOST"', 'board = "RPI_PICO_W"')],
        'kind = "mqtt"',
        f'{_INLET}.uplink.kind = "mqtt": board RPI_PICO_W has only a radio, and joining a Wi-Fi '
        'is not built yet in this version. Take kind = "rtu_slave", or "none".',
    ),
    "terminal not on the board": (
        [('at_open = "DI_1"', 'at_open = "DI_99"')],
        "DI_99",
        f'{_MAIN}.terminals.at_open = "DI_99": no such terminal on board HOST. Use one of: DI_1, '
        "DI_2, DI_3, DI_4, DI_5, DI_6, DI_7, DI_8, DI_9, DI_10, DI_11, DI_12, DI_13, DI_14.",
    ),
    "input where an output belongs": (
        [('open = "RELAY_1"', 'open = "DI_3"')],
        "DI_3",
        f'{_MAIN}.terminals.open = "DI_3": is an input of the board. Outputs are: RELAY_1, '
        "RELAY_2, RELAY_3, RELAY_4, RELAY_5.",
    ),
    "output where an input belongs": (
        [('at_open = "DI_1"', 'at_open = "RELAY_5"')],
        "RELAY_5",
        f'{_MAIN}.terminals.at_open = "RELAY_5": is an output of the board. Inputs are: DI_1, '
        "DI_2, DI_3, DI_4, DI_5, DI_6, DI_7, DI_8, DI_9, DI_10, DI_11, DI_12, DI_13, DI_14.",
    ),
    "terminal used twice": (
        [('at_open = "DI_12"', 'at_open = "DI_1"')],
        'at_open = "DI_1" }',
        f'{_INLET}.gates.around.terminals.at_open = "DI_1": terminal used twice: line 30 has it '
        "too. Wire each function to its own.",
    ),
    "flood contact used twice": (
        [('contact = "DI_11"', 'contact = "DI_9"')],
        'contact = "DI_9"',
        f'{_MAIN}.flood[0].any[1].contact = "DI_9": terminal used twice: line 16 has it too. Wire '
        "each function to its own.",
    ),
    "flood contact that is an output": (
        [('contact = "DI_11"', 'contact = "RELAY_5"')],
        "RELAY_5",
        f'{_MAIN}.flood[0].any[1].contact = "RELAY_5": is an output of the board. Inputs are: '
        "DI_1, DI_2, DI_3, DI_4, DI_5, DI_6, DI_7, DI_8, DI_9, DI_10, DI_11, DI_12, DI_13, DI_14.",
    ),
    "no reset button": (
        [(', reset = "DI_9"', "")],
        "estop",
        f"{_INLET}.terminals.reset: is missing: latches of a drive, of the emergency stop and of "
        "reset_only trips clear only by a button at the panel. Name its terminal.",
    ),
    "port not on the board": (
        [('port = "RS485_1"', 'port = "RS485_9"')],
        "RS485_9",
        f'{_INLET}.buses.field.port = "RS485_9": no such port on board HOST. Use one of: RS485_1, '
        "RS485_2.",
    ),
    "port used twice": (
        [
            (
                "[stations.inlet.sensors]",
                '[stations.inlet.buses.second]\nport = "RS485_1"\nbaud = 9600\nparity = "none"\n'
                "poll_s = 2\n[stations.inlet.sensors]",
            )
        ],
        None,
        f'23: {_INLET}.buses.second.port = "RS485_1": bus field has this port too. One bus, one '
        "port.",
        1,
    ),
    "mqtt without broker": (
        [('broker = "192.168.10.2:1883"\n', "")],
        "[stations.inlet.uplink]",
        f"{_INLET}.uplink.broker: is missing: MQTT needs it. Give the address and port, as "
        "192.168.10.2:1883.",
    ),
    "broker without mqtt": (
        [('kind = "mqtt"', 'kind = "none"')],
        "broker",
        f'{_INLET}.uplink.broker = "192.168.10.2:1883": means nothing with kind = "none". Remove '
        "the key.",
    ),
    "secret that is not there": (
        [('kind = "mqtt"', 'kind = "mqtt"\nwifi = "secret:wifi"')],
        "secret:wifi",
        f'{_INLET}.uplink.wifi = "secret:wifi": no secret of this name in FOLDER/secrets.toml. '
        "Add a line wifi = ... there.",
        1,
    ),
    "wifi without radio": (
        [('kind = "mqtt"', 'kind = "mqtt"\nwifi = "secret:wifi"')],
        "secret:wifi",
        f'{_INLET}.uplink.wifi = "secret:wifi": board HOST has no radio. Remove the key.',
        1,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_faulty_site_is_told(tmp_path, name):
    assert_told(tmp_path, *CASES[name])
