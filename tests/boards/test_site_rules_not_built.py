"""Keys of the design whose rules come later: an error that says so, never ignored.

Each case: edits, a text in the line named, what is said of it (and how many errors follow).
"""

import pytest
from site_files import assert_told

_INLET = "stations.inlet"
_MAIN = "stations.inlet.gates.main"
_LATER = "not built yet in this version. Remove the key."

_SCADA = '[gateway.upstreams.scada]\nkind = "modbus_tcp_server"\naddress = "10.1.2.3:1883"\n'

CASES = {
    "broker of its own": (
        [("[gateway]", '[gateway]\nbroker = "mqtt://10.0.0.1:1883"')],
        "mqtt://",
        'gateway.broker = "mqtt://10.0.0.1:1883": not built yet in this version. Built are: '
        "embedded.",
    ),
    "private page": (
        [("[gateway]", "[gateway]\npublic_page = false")],
        "public_page",
        "gateway.public_page = false: not built yet in this version. Built are: true.",
    ),
    "upstream of another kind": (
        [("[gateway]", f"{_SCADA}[gateway]")],
        "modbus_tcp_server",
        'gateway.upstreams.scada.kind = "modbus_tcp_server": not built yet in this version. '
        "Built are: mqtt.",
    ),
    "key of another kind of upstream": (
        [("[gateway]", f"{_SCADA.replace('modbus_tcp_server', 'mqtt')}mn = '1'\n[gateway]")],
        "mn = ",
        f'gateway.upstreams.scada.mn = "1": {_LATER}',
    ),
    "keep_readings_d": (
        [("[gateway]", "[gateway]\nkeep_readings_d = 400")],
        "keep_readings_d",
        f"gateway.keep_readings_d = 400: {_LATER}",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_faulty_site_is_told(tmp_path, name):
    assert_told(tmp_path, *CASES[name])
