"""What tables of a scenario file demand of two keys together. Names are judged elsewhere."""

from reedgate_boards.site.findings import Findings
from reedgate_sim.world.scenario_expect import GATE_KEYS, POINT_KEYS, SUBJECTS, TOTAL_KEYS, Expect
from reedgate_sim.world.scenario_file import ScenarioFile

_LATER = "must be later than from_s."
_WHOLE_RUN = ("record", "watchdog_resets", "within_budget", "total")  # subjects that have no time


def check_events(file: ScenarioFile, findings: Findings) -> None:
    for table in ("broker", "gateway_death"):
        for index, row in enumerate(getattr(file, table)):
            if row.until_s is not None and row.until_s <= row.from_s:
                findings.error((table, index, "until_s"), _LATER)
    for index, cut in enumerate(file.power_cut):
        path = ("power_cut", index)
        if (cut.times > 1) != ((cut.every_s is None) != (cut.until_s is None)):
            findings.error(
                (*path, "times"),
                "several cuts need either every_s or until_s, one needs none.",
            )
        elif cut.every_s is not None and cut.every_s <= cut.off_s:
            findings.error((*path, "every_s"), "must be more than off_s.")
    change = file.fails_under
    if change is not None and (change.firmware is None) != bool(change.site):
        findings.error(("fails_under",), "must have either firmware or site.")


def check_expectations(file: ScenarioFile, findings: Findings) -> None:
    for index, row in enumerate(file.expect):
        path = ("expect", index)
        if sum(getattr(row, key) is not None for key in SUBJECTS) != 1:
            findings.error(
                path,
                "must have exactly one of: {known}.",
                known=", ".join(SUBJECTS),
            )
            continue
        _check_wanted(row, path, findings)
        _check_time(file, row, path, findings)


def _check_wanted(row: Expect, path: tuple, findings: Findings) -> None:
    """A subject and the keys that go with it."""
    bounds = ("above", "below")
    ours = {
        "gate": GATE_KEYS,
        "point": (*POINT_KEYS, *bounds),
        "truth": bounds,
        "total": TOTAL_KEYS,
    }
    known = ours.get(row.subject, ())
    given = [key for keys in ours.values() for key in keys if getattr(row, key) is not None]
    if row.subject == "total" and not set(given) >= set(TOTAL_KEYS):
        findings.error(path, "a total needs both: {keys}.", keys=", ".join(TOTAL_KEYS))
    elif known and not set(given) & set(known):
        findings.error(path, "needs one of: {keys}.", keys=", ".join(known))
    for key in given:
        if key not in known:
            findings.error((*path, key), "does not go with {subject}.", subject=row.subject)
            return
    if row.subject == "point" and set(given) & set(bounds) and set(given) & set(POINT_KEYS):
        findings.error(path, "a row has either bounds or reading and detail.")


def _check_time(file: ScenarioFile, row: Expect, path: tuple, findings: Findings) -> None:
    given = [key for key in ("by_s", "when", "times") if getattr(row, key) is not None]
    if row.subject in _WHOLE_RUN:
        if given:
            findings.error((*path, given[0]), "means nothing here: the whole run counts.")
    elif row.subject == "event" and given != ["times"]:
        findings.error(path, "an event needs `times`: how often it is recorded.")
    elif len(given) != 1:
        findings.error(path, "must say when: exactly one of by_s, when, times.")
    for key in ("by_s", "until_s"):
        end = getattr(row, key)
        if end is not None and end > file.duration_s:
            findings.error((*path, key), "is after the end of the run (duration_s).")
        elif end is not None and end <= row.from_s:
            findings.error((*path, key), _LATER)
