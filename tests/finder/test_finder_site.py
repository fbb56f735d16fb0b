"""The site file and the finder: tables that a search ends with, settings that are listened at."""

from collections import Counter
from pathlib import Path

from line_rig import DESK, PROFILES, probe, searched

import reedgate_sim
from reedgate_boards.finder.listen import probes_of, settings_of
from reedgate_boards.finder.plan import Setting
from reedgate_boards.finder.snippet import snippet
from reedgate_boards.site.language import translator
from reedgate_boards.site.load import check_source
from reedgate_boards.site.source import ROOM, read_source
from reedgate_sim.world.bus import Bus
from reedgate_sim.world.line import Line

SITE = Path(reedgate_sim.__file__).parent / "sites" / "desk.toml"


def test_one_that_speaks_otherwise_than_the_rest_of_its_line_says_so(tmp_path):
    other = Line(19200, "even")
    probes = [probe(name, unit) for unit, name in [*DESK.items(), (20, "in-situ-rdo-pro")]]
    result, _ = searched(Bus(probes, 1, Line(), {20: other}))
    assert Counter(it.setting.baud for it in result.found) == {9600: 4, 19200: 1}
    tables = "\n".join(snippet(result.found, PROFILES, False, translator(ROOM, "en")))
    tables = tables.replace("stations.X", "stations.inlet").replace('"depth_mm"', '"stage_mm"')
    for quantity in (
        "do_mg_l",
        "temperature_c",
    ):  # two probes measure it: the site wants the desk's
        tables = tables.replace(f'"{quantity}_12"', f'"{quantity}"')
    text = SITE.read_text(encoding="utf-8")
    begin, end = text.index("[stations.inlet.buses"), text.index("[stations.inlet.gates.main]")
    file = tmp_path / "site.toml"
    file.write_text(text[:begin] + tables + "\n" + text[end:], encoding="utf-8")
    site, findings = check_source(read_source(file))
    assert [each.text("en") for each in findings.errors] == []
    station = site.stations["inlet"]
    (bus,) = station.buses.values()
    assert (bus.baud, bus.parity) == (9600, "none")
    own = {it.unit_id: (it.baud, it.parity) for it in station.sensors.values()}
    assert own == {
        11: (None,) * 2,
        12: (None,) * 2,
        13: (None,) * 2,
        14: (None,) * 2,
        20: (19200, "even"),
    }


def test_a_stations_frames_are_looked_for_at_every_setting_of_its_ports(tmp_path):
    """Its bus, a probe of its own speed, and the line on which it is polled itself."""
    text = SITE.read_text(encoding="utf-8")
    level = 'profile = "keller-series-30", '
    begin, end = text.index("[stations.inlet.uplink]"), text.index("[gateway]")
    wired = (
        '[stations.inlet.uplink]\nkind = "rtu_slave"\nport = "RS485_2"\nunit_id = 7\n'
        'line = "/dev/ttyUSB0"\nbaud = 38400\nparity = "odd"\n\n'
    )
    text = text[:begin] + wired + text[end:]
    assert text.count(level) == 1
    file = tmp_path / "site.toml"
    file.write_text(text.replace(level, f"{level}baud = 115200, "), encoding="utf-8")
    site, findings = check_source(read_source(file))
    assert [each.text("en") for each in findings.errors] == []
    station = site.stations["inlet"]
    bus, fast, line = Setting(9600, "none"), Setting(115200, "none"), Setting(38400, "odd")
    assert settings_of(station) == [bus, fast, line]
    assert set(probes_of(station, bus)) == {11, 12, 13}
    assert set(probes_of(station, fast)) == {14}
    assert probes_of(station, line) == {}
