"""The tables that a search ends with: a site file takes them as they are."""

from collections import Counter
from pathlib import Path

from line_rig import DESK, PROFILES, probe, searched

import reedgate_sim
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
