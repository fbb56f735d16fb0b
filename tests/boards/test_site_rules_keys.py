"""Rules of one key: its form, its range.

Each case: edits, a text in the line named, what is said of it (and how many errors follow).
"""

import pytest
from site_files import assert_told, checked, edited

_INLET = "stations.inlet"
_MAIN = "stations.inlet.gates.main"
_TURBID = "stations.inlet.gates.main.trips.turbid"

_UPSTREAM = '[gateway.upstreams.authority]\nkind = "mqtt"\naddress = "mqtt.example.cn:1883"\n'

CASES = {
    "unknown key names the nearest": (
        [("travel_s = 24", "travl_s = 24\ntravel_s = 24")],
        "travl_s",
        f"{_MAIN}.travl_s = 24: unknown key. Did you mean travel_s?",
    ),
    "unknown key far from all": (
        [('kind = "mqtt"', 'kind = "mqtt"\nzzz = 1')],
        "zzz",
        f"{_INLET}.uplink.zzz = 1: unknown key. Known here are: "
        "kind, broker, wifi, port, unit_id, line, baud, parity, live_s, record_s.",
    ),
    "unknown format": (
        [("format = 1", "format = 2")],
        "format",
        "format = 2: must be one of: 1.",
    ),
    "missing key": (
        [("baud = 9600\n", "")],
        "[stations.inlet.buses.field]",
        f"{_INLET}.buses.field.baud: is missing. Add it.",
    ),
    "whole number": (
        [("scan_ms = 200", "scan_ms = 200.5")],
        "scan_ms",
        f"{_INLET}.scan_ms = 200.5: must be a whole number.",
    ),
    "scan too fast": (
        [("scan_ms = 200", "scan_ms = 20")],
        "scan_ms",
        f"{_INLET}.scan_ms = 20: must be at least 50.",
    ),
    "scan too slow": (
        [("scan_ms = 200", "scan_ms = 501")],
        "scan_ms",
        f"{_INLET}.scan_ms = 501: must be at most 500.",
    ),
    "grace too long": (
        [("start_grace_s = 60", "start_grace_s = 121")],
        "start_grace_s",
        f"{_INLET}.start_grace_s = 121: must be at most 120.",
    ),
    "not a number": (
        [("above = 10,", "above = true,")],
        "above = true",
        f"{_TURBID}.all[0].above = true: must be a number.",
    ),
    "not finite": (
        [("above = 10,", "above = inf,")],
        "above = inf",
        f"{_TURBID}.all[0].above = Infinity: must be a finite number.",
    ),
    "absurdly large": (
        [("above = 10,", "above = 1e400,")],
        "above = 1e400",
        f"{_TURBID}.all[0].above = 1E+400: is out of any range that a station can use.",
    ),
    "too many decimals of a second": (
        [("delay_s = 30", "delay_s = 0.0005")],
        "delay_s",
        f"{_TURBID}.confirm.delay_s = 0.0005: has more than 3 decimals. Round it.",
    ),
    "deadband must be positive": (
        [("deadband = 2 ", "deadband = -2 ")],
        "deadband = -2",
        f"{_TURBID}.all[0].deadband = -2: must be more than 0.",
    ),
    "boolean": (
        [("approved = true", 'approved = "yes"')],
        "approved",
        'sources.wwtp.approved = "yes": must be true or false.',
    ),
    "text": (
        [('port = "RS485_1"', "port = 1")],
        "port = 1",
        f"{_INLET}.buses.field.port = 1: must be a text in quotes.",
    ),
    "table": (
        [('terminals = { estop = "DI_7", reset = "DI_9" }', 'terminals = "DI_9"')],
        'terminals = "DI_9"',
        f'{_INLET}.terminals = "DI_9": must be a table.',
    ),
    "empty list": (
        [('all = [{ point = "turbidity_ntu", above = 10, deadband = 2 }]', "all = []")],
        "all = []",
        f"{_TURBID}.all = [...]: must not be empty.",
    ),
    "list of too few": (
        [
            (
                "[stations.inlet.gates.main]\n",
                '[stations.inlet.derived]\nmean = { median_of = ["stage_mm"] }\n'
                "[stations.inlet.gates.main]\n",
            )
        ],
        "mean =",
        f"{_INLET}.derived.mean.median_of = [...]: needs at least 2 entries.",
        1,
    ),
    "number below a decimal bound": (
        [
            (
                "[stations.inlet.gates.main]\n",
                '[stations.inlet.derived]\nec = { tds_of = "stage_mm", alpha_per_c = 1 }\n'
                "[stations.inlet.gates.main]\n",
            )
        ],
        "ec =",
        f"{_INLET}.derived.ec.alpha_per_c = 1: must be less than 0.1.",
        1,
    ),
    "list": (
        [('all = [{ point = "turbidity_ntu", above = 10, deadband = 2 }]', "all = 1")],
        "all = 1",
        f"{_TURBID}.all = 1: must be a list.",
    ),
    "site id": (
        [('id = "test"', 'id = "East Lake"')],
        "East Lake",
        'site.id = "East Lake": stands in topics and file names: use 1 to 16 of a-z, 0-9 and -.',
    ),
    "id of a gate": (
        [("[stations.inlet.gates.around]", '[stations.inlet.gates."A round"]')],
        "A round",
        f"{_INLET}.gates.A round = {{...}}: is an id: use a-z, 0-9, _ and -, a letter first.",
        1,
    ),
    "point name": (
        [('turbidity_ntu = "turbidity_ntu"', 'turbidity_ntu = "Trübung"')],
        "Trübung",
        f'{_INLET}.sensors.turbidity.points.turbidity_ntu = "Trübung": is a point\'s name: use '
        "a-z, 0-9 and _, a letter first, at most 32.",
        1,
    ),
    "empty words": (
        [('basis = { site = "test" }', 'basis = { site = " " }')],
        'site = " "',
        f'{_TURBID}.basis.site = " ": must not be empty. Say it in words.',
    ),
    "time zone": (
        [('"Asia/Shanghai"', '"Mars/Olympus"')],
        "Mars",
        'site.timezone = "Mars/Olympus": is no time zone. Use a name of the IANA list, as '
        "Asia/Shanghai.",
    ),
    "broker by name": (
        [("192.168.10.2:1883", "broker.example:1883")],
        "broker.example",
        f'{_INLET}.uplink.broker = "broker.example:1883": must be an IPv4 address and a port, as '
        "192.168.10.2:1883: a board looks up no names.",
    ),
    "broker without port": (
        [("192.168.10.2:1883", "192.168.10.2")],
        "192.168.10.2",
        f'{_INLET}.uplink.broker = "192.168.10.2": must be an IPv4 address and a port, as '
        "192.168.10.2:1883: a board looks up no names.",
    ),
    "listen": (
        [("127.0.0.1:8080", "127.0.0.1:99999")],
        "99999",
        'gateway.listen = "127.0.0.1:99999": must be an IPv4 address and a port of this machine, '
        "as 0.0.0.0:8080.",
    ),
    "address of an upstream": (
        [("[gateway]", _UPSTREAM.replace(":1883", "") + "[gateway]")],
        "address",
        'gateway.upstreams.authority.address = "mqtt.example.cn": must be a host name or IPv4 '
        "address and a port, as 10.1.2.3:1883.",
    ),
    "topics of an upstream": (
        [("[gateway]", _UPSTREAM + 'prefix = "a/#"\n[gateway]')],
        "prefix",
        'gateway.upstreams.authority.prefix = "a/#": begins topics: use A-Z, a-z, 0-9, _ and -, '
        "in at most 6 levels divided by /.",
    ),
    "plain secret is not shown": (
        [('kind = "mqtt"', 'kind = "mqtt"\nwifi = "hunter2"')],
        "wifi",
        f'{_INLET}.uplink.wifi = "...": must be "secret:NAME". Put the value itself into '
        "secrets.toml beside this file.",
    ),
    "contact that acts when closed": (
        [('active = "open"', 'active = "closed"')],
        'active = "closed"',
        f'{_MAIN}.flood[0].any[1].active = "closed": must be one of: open.',
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_faulty_site_is_told(tmp_path, name):
    assert_told(tmp_path, *CASES[name])


def test_an_upstream_needs_its_kind_and_address_alone(tmp_path):
    site, findings = checked(tmp_path, edited(("[gateway]", _UPSTREAM + "[gateway]")))
    assert findings.errors == []
    assert site.gateway.upstreams["authority"].prefix == "reedgate"
