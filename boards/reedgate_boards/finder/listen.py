"""What `board monitor --raw` does: opens the adapter, finds the speed by listening, watches."""

import time
from pathlib import Path

import typer

from reedgate_boards.device.ports import ROOM
from reedgate_boards.finder.plan import Setting, known_profiles, steps_of
from reedgate_boards.finder.serial_line import open_line
from reedgate_boards.finder.watch import Probes, counts_text, find_speed, watch_line
from reedgate_boards.site.language import chosen_language, translator
from reedgate_boards.site.load import load_site, station_of
from reedgate_boards.site.profiles import load_profile
from reedgate_boards.site.schema_station import Station, line_of


def listen(port: str | None, site: Path | None, station_id: str) -> None:
    """Until Ctrl-C. Raises UserError."""
    language = chosen_language()
    tr = translator(ROOM, language)
    profiles = known_profiles()
    station = None
    if site is not None:
        loaded = load_site(site)
        station = loaded.stations[station_of(loaded, site, station_id)]
    settings = settings_of(station) if station else [it.setting for it in steps_of(profiles)]
    line = open_line(port)
    try:
        typer.echo(tr("{port}: listening; Ctrl-C ends it.", port=line.name), err=True)
        while (setting := find_speed(line, settings, profiles)) is None:
            typer.echo(tr("Nobody is heard; listening on.", port=line.name), err=True)
        values = {"baud": setting.baud, "parity": setting.parity}
        typer.echo(tr("Frames at {baud} baud, parity {parity}.", **values), err=True)
        probes = probes_of(station, setting) if station else {}
        counts = watch_line(line, setting, probes, _now_ms, typer.echo, language)
        typer.echo(counts_text(counts, language))
    except KeyboardInterrupt:
        typer.echo("")
    finally:
        line.close()


def probes_of(station: Station, setting: Setting) -> Probes:
    """Those that speak in this setting."""
    return {
        each.unit_id: (name, load_profile(each.profile))
        for name, each in station.sensors.items()
        if line_of(station, each) == (setting.baud, setting.parity)
    }


def settings_of(station: Station) -> list[Setting]:
    """All in which anything is said on one of the station's ports."""
    lines = [(bus.baud, bus.parity) for bus in station.buses.values()]
    lines += [line_of(station, each) for each in station.sensors.values()]
    driven = [gate.actuator for gate in station.gates.values() if gate.actuator]
    lines += [(each.baud, each.parity) for each in driven]
    if station.uplink.kind == "rtu_slave":
        lines.append((station.uplink.baud, station.uplink.parity))
    return [Setting(*each) for each in dict.fromkeys(lines)]


def _now_ms() -> float:
    return time.monotonic() * 1000
