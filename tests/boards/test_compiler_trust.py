"""What a compiled station knows of when a probe's answer may be believed."""

import binascii

from site_files import checked, edited

from reedgate_boards.site.compiler import compile_station
from reedgate_contract import config as layout


def _entries_with(folder, profile, points, baud=9600, parity="none"):
    sensor = (
        f'extra = {{ bus = "extra", unit_id = 21, profile = "{profile}", max_age_s = 5, '
        f'wet_when = "always", points = {{ {points} }} }}\n[stations.inlet.gates.main]\n'
    )
    bus = f'port = "RS485_2"\nbaud = {baud}\nparity = "{parity}"\npoll_s = 1\n'
    text = edited(
        ("[stations.inlet.gates.main]\n", sensor),
        (
            "[stations.inlet.sensors]\n",
            f"[stations.inlet.buses.extra]\n{bus}[stations.inlet.sensors]\n",
        ),
    )
    site, findings = checked(folder, text)
    assert findings.errors == []
    return layout.unpack_file(compile_station(site, "inlet"), binascii.crc32)


def _of_kind(entries, kind):
    return [fields for each, fields in entries if each == kind]


def test_each_value_of_a_probe_has_its_own_status(tmp_path):
    """A thermometer that is broken says 0.0 beside oxygen that is good."""
    points = 'do_mg_l = "its_oxygen", temperature_c = "its_temperature"'
    entries = _entries_with(tmp_path, "in-situ-rdo-pro", points, 19200, "even")
    found = [
        (kind, fields) for kind, fields in entries if kind in (layout.POINT, layout.POINT_ERROR)
    ]
    places = [n for n, (_, fields) in enumerate(found) if fields["name"].startswith(b"its_")]
    status = [found[n + 1] for n in places]
    assert [(kind, fields["word"]) for kind, fields in status] == [
        (layout.POINT_ERROR, 4),
        (layout.POINT_ERROR, 12),
    ]


def test_what_is_read_before_each_poll_and_when_a_probe_sleeps(tmp_path):
    turbidity = 'turbidity_ntu = "its_turbidity"'
    codes = _entries_with(tmp_path, "ysi-exo", turbidity)
    assert [
        (each["function_code"], each["address"], each["name"].hex(" ", 2))
        for each in _of_kind(codes, layout.GUARD)
    ] == [(3, 128, "0001 0007 00d4 00df"), (3, 256, "0000 0000 0000 0000")]
    assert _of_kind(codes, layout.SLUMBER) == []
    sleeps = _entries_with(tmp_path, "seametrics-turbo", turbidity, 38400)
    assert _of_kind(sleeps, layout.GUARD) == []
    (slumber,) = _of_kind(sleeps, layout.SLUMBER)
    assert (slumber["awake_ms"], slumber["settle_ms"]) == (10000, 10000)
