"""Scenarios by name or path, with every error of a file told in one run, like a site file's."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from reedgate_boards.site.findings import ROOM as SITE_ROOM
from reedgate_boards.site.findings import Findings, SiteErrors, key_of
from reedgate_boards.site.language import translator
from reedgate_boards.site.source import read_source
from reedgate_boards.site.user_error import UserError
from reedgate_boards.site.validate import validate
from reedgate_sim.world.faults import VALUE_KINDS
from reedgate_sim.world.scenario_check import check_events, check_expectations
from reedgate_sim.world.scenario_events import Flash
from reedgate_sim.world.scenario_file import ScenarioFile
from reedgate_sim.world.water_check import check_water

ROOM = "reedgate_sim.world"


class ScenarioErrors(SiteErrors):
    """Every error of a scenario file. Its sentences stand in our catalogue or the site file's."""

    def lines(self, language: str) -> list[str]:
        ours, sites = translator(ROOM, language), translator(SITE_ROOM, language)
        told = []
        for each in self.findings:
            tr = ours if ours(each.message) != each.message else sites
            value = f" = {each.shown}" if each.shown else ""
            told.append(f"{each.file}:{each.line}: {key_of(each.path)}{value}: {each.rule(tr)}")
        return told


@dataclass(frozen=True)
class Scenario:
    name: str
    file: ScenarioFile
    findings: Findings

    def us(self, seconds: float) -> int:
        """A time of the file as a time of the run."""
        return round(seconds * 1_000_000 / self.file.time_lapse)

    @property
    def duration_us(self) -> int:
        return self.us(self.file.duration_s)

    @property
    def needs_sealed_run(self) -> bool:
        """Whether it does what only `sim run` can do, or to another site than the desk's."""
        file = self.file
        happenings = (file.power_cut, file.broker, file.gateway_death, file.clock)
        changed = (file.site_changes, file.firmware_change, file.flash != Flash())
        return file.site != "desk" or any(happenings) or any(changed)

    @property
    def needs_radio(self) -> bool:
        """Whether it is about an uplink: to a board without one it cannot happen."""
        file = self.file
        return any((file.broker, file.gateway_death, file.clock))

    @property
    def folder(self) -> Path:
        """Where the file lies: a site file is named from here."""
        return Path(self.findings.source.file).parent

    def check_expected_names(
        self, gates: Collection[str], points: Collection[str], trips: Collection[str]
    ) -> None:
        """Raises ScenarioErrors when a row of [[expect]] names what the station does not have."""
        for index, row in enumerate(self.file.expect):
            names = {"gate": gates, "point": points, "within_budget": trips, "total": points}
            for key, known in names.items():
                if (name := getattr(row, key)) is not None:
                    self._known(("expect", index, key), name, known)
        if self.findings.errors:
            raise ScenarioErrors(self.findings.errors)

    def check_names(
        self,
        sensors: Mapping[str, Collection[str]],
        gates: Collection[str],
        floods: Collection[str] = (),
    ) -> None:
        """Raises ScenarioErrors when a row names what the station does not have.

        sensors: sensor -> the names of its measuring registers.
        """
        for index, row in enumerate(self.file.fault):
            path = ("fault", index)
            if self._known((*path, "sensor"), row.sensor, sensors) and row.holder:
                self._known((*path, "holder"), row.holder, sensors[row.sensor])
        for table in ("gate_fault", "contact"):
            for index, row in enumerate(getattr(self.file, table)):
                if row.gate is not None:
                    self._known((table, index, "gate"), row.gate, gates)
        for index, row in enumerate(self.file.contact):
            if row.flood is not None:
                self._known(("contact", index, "flood"), row.flood, floods)
        for name in self.file.plant.probes:
            self._known(("plant", "probes", name), name, sensors)
        if self.findings.errors:
            raise ScenarioErrors(self.findings.errors)

    def _known(self, path: tuple, name: str, known: Collection[str]) -> bool:
        if name not in known:
            self.findings.error(
                path,
                "is not at this station. Known here are: {known}.",
                known=", ".join(known),
            )
        return name in known


def scenarios_dir() -> Path:
    return Path(__file__).resolve().parent.parent / "scenarios"


def scenario_names() -> list[str]:
    """The scenarios that come with Reedgate, sorted."""
    return sorted(path.stem for path in scenarios_dir().glob("*.toml"))


def load_scenario(name: str) -> Scenario:
    """A scenario by its name, or from a .toml file by its path. Raises UserError."""
    path = _path_of(name)
    findings = Findings(read_source(path))
    file = validate(ScenarioFile, findings).model
    if file is not None:
        _check_together(file, findings)
    if findings.errors:
        raise ScenarioErrors(findings.errors)
    return Scenario(path.stem, file, findings)


def _path_of(name: str) -> Path:
    if name.endswith(".toml"):
        return Path(name)
    if name in scenario_names():
        return scenarios_dir() / f"{name}.toml"
    raise UserError(
        ROOM,
        "There is no scenario {name}.",
        hint="Give one of {known}, or the path of a .toml file.",
        name=name,
        known=", ".join(scenario_names()),
    )


def _check_together(file: ScenarioFile, findings: Findings) -> None:
    """What needs a second key."""
    check_events(file, findings)
    check_expectations(file, findings)
    for table in ("step", "contact", "fault", "gate_fault"):
        for index, row in enumerate(getattr(file, table)):
            if row.until_s is not None and row.until_s <= row.from_s:
                findings.error((table, index, "until_s"), "must be later than from_s.")
    check_water(file, findings)
    for index, row in enumerate(file.fault):
        if row.kind in VALUE_KINDS and row.value is None:
            findings.error(("fault", index, "kind"), "needs a value: a number, nan, inf or -inf.")
