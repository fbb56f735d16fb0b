"""A site file from disk to a checked model: the one way in."""

import struct
from pathlib import Path

from reedgate_boards.site.compiler import Overrides, station_body
from reedgate_boards.site.context import StationContext
from reedgate_boards.site.findings import Findings, SiteErrors
from reedgate_boards.site.rules_actuator import check_actuators
from reedgate_boards.site.rules_calibration import check_calibrations
from reedgate_boards.site.rules_doubt import check_doubts
from reedgate_boards.site.rules_gate import check_gates
from reedgate_boards.site.rules_hands import check_hands
from reedgate_boards.site.rules_limit import check_limits
from reedgate_boards.site.rules_rule7 import check_rule_7
from reedgate_boards.site.rules_sensor import check_sensors
from reedgate_boards.site.rules_station import check_station
from reedgate_boards.site.rules_wet import check_wet
from reedgate_boards.site.schema import Site
from reedgate_boards.site.secret_names import check_secrets
from reedgate_boards.site.source import ROOM, Source, read_source
from reedgate_boards.site.user_error import UserError
from reedgate_boards.site.validate import validate
from reedgate_contract.config import HEADER, MAX_SIZE


def check_site(path: str | Path) -> tuple[Site | None, Findings]:
    """The model (None when it has errors) and everything found wrong, in one run.

    Raises UserError for a file that cannot be read as TOML at all.
    """
    return check_source(read_source(path))


def check_source(source: Source) -> tuple[Site | None, Findings]:
    """The same of values that were read already, and perhaps changed since."""
    findings = Findings(source)
    validated = validate(Site, findings)
    check_secrets(findings)
    site: Site | None = validated.model
    if site is not None:
        for station_id, station in site.stations.items():
            context = StationContext(site, station_id, station, findings, validated)
            check_station(context)
            check_sensors(context)
            check_wet(context)
            check_calibrations(context)
            check_gates(context)
            check_hands(context)
            check_actuators(context)
            check_limits(context)
            check_rule_7(context)
            check_doubts(context)
    if findings.errors or site is None:
        return None, findings
    _check_sizes(site, findings)
    return (None if findings.errors else site), findings


def load_site(path: str | Path) -> Site:
    """Raises UserError with every error of the file."""
    site, findings = check_site(path)
    if site is None:
        raise SiteErrors(findings.errors)
    return site


def station_of(site: Site, file: Path, station: str) -> str:
    """The station that a command means: the one given, else the site's only one, or UserError."""
    if station in site.stations:
        return station
    if station:
        raise UserError(
            ROOM,
            "{file} has no station {station}. It has: {stations}.",
            hint="Give one of them by --station.",
            file=file,
            station=station,
            stations=", ".join(site.stations),
        )
    if len(site.stations) == 1:
        return next(iter(site.stations))
    raise UserError(
        ROOM,
        "{file} does not say which station this is. It has: {stations}.",
        hint="Give one of them by --station.",
        file=file,
        stations=", ".join(site.stations),
    )


def _check_sizes(site: Site, findings: Findings) -> None:
    for station_id in site.stations:
        path = ("stations", station_id)
        try:
            size = struct.calcsize(HEADER) + len(station_body(site, station_id, Overrides()))
        except ValueError:
            findings.error(path, "has a name or a table of more than 255 bytes. Shorten it.")
            continue
        if size > MAX_SIZE:
            findings.error(
                path,
                "is too much for one board: compiled it has {size} bytes, more than {most}. "
                "Divide it into two stations.",
                size=size,
                most=MAX_SIZE,
            )
