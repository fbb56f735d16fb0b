"""What the tables of a scenario file for water and gates demand of two keys together."""

from itertools import pairwise

from reedgate_boards.site.findings import Findings
from reedgate_sim.world.scenario_file import FREE, GATE_INPUTS, ScenarioFile, Series


def check_water(file: ScenarioFile, findings: Findings) -> None:
    for table in ("step", "wave", "series"):
        for index, row in enumerate(getattr(file, table)):
            if row.what in FREE and getattr(file.water, row.what) is None:
                findings.error(
                    (table, index, "what"), "needs {key} in [water] to start from.", key=row.what
                )
    for index, row in enumerate(file.series):
        _check_series(row, ("series", index), findings)
    for index, row in enumerate(file.contact):
        if row.gate is not None and row.input not in GATE_INPUTS:
            told = "means nothing: this input is the station's."
            findings.error(("contact", index, "gate"), told)
        if row.flood is not None and row.input != "flood":
            findings.error(("contact", index, "flood"), "goes with the input flood alone.")
    for index, row in enumerate(file.gate_fault):
        if row.kind in ("slow", "leak") and not row.permille:
            findings.error(("gate_fault", index, "kind"), "needs permille, more than 0.")


def _check_series(row: Series, path: tuple, findings: Findings) -> None:
    if len(row.at_s) != len(row.values):
        findings.error((*path, "values"), "must be as many as at_s.")
    if any(after <= before for before, after in pairwise(row.at_s)):
        findings.error((*path, "at_s"), "must rise from each time to the next.")
    if row.repeat_s is not None and row.repeat_s <= row.at_s[-1]:
        findings.error((*path, "repeat_s"), "must be later than the last of at_s.")
