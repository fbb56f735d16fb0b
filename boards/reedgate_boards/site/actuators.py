"""Actuator profiles: `actuators/*.toml`, one file for each kind of modbus_actuator. Data."""

from typing import Annotated

from pydantic import Field

from reedgate_boards.site.fields import Table, Text, Words, choice
from reedgate_boards.site.findings import Findings, SiteErrors
from reedgate_boards.site.locator import actuators_dir
from reedgate_boards.site.profiles import Bytes
from reedgate_boards.site.source import read_source
from reedgate_boards.site.validate import validate

Register = Annotated[int, Field(ge=0, le=0xFFFF)]


class Line(Table):
    bauds: list[int]
    parities: list[choice("none", "even", "odd")]
    source: Words
    verified: bool


class Position(Table):
    """Where it tells its position, in its own units; `tolerance` of them from an end is there."""

    function_code: choice(3, 4)
    address: Register
    count: Annotated[int, Field(ge=1, le=125)]
    word: Annotated[int, Field(ge=0, le=124)]
    at_closed: Register
    at_open: Register
    tolerance: Register
    timeout_ms: Annotated[int, Field(ge=1, le=10_000)]
    source: Words
    verified: bool


class Orders(Table):
    """PDUs of function 6 or 16. Without `stop` it finishes what it was told last."""

    open: Bytes
    closed: Bytes
    stop: Bytes | None = None
    source: Words
    verified: bool


class ActuatorProfile(Table):
    title: Text
    note: str = ""
    line: Line
    position: Position
    orders: Orders


def actuator_names() -> list[str]:
    return sorted(file.stem for file in actuators_dir().glob("*.toml"))


def load_actuator(name: str) -> ActuatorProfile:
    """name: one of actuator_names(). Raises SiteErrors that name the file and each fault."""
    findings = Findings(read_source(actuators_dir() / f"{name}.toml"))
    profile = validate(ActuatorProfile, findings).model
    if findings.errors or profile is None:
        raise SiteErrors(findings.errors)
    return profile
