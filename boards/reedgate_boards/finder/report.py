"""What a search found, for people and for scripts: a table, what each verdict means, JSON."""

from reedgate_boards.device.ports import ROOM
from reedgate_boards.finder.judge import Fault, Sure, Verdict
from reedgate_boards.finder.sweep import Found, Result
from reedgate_boards.site.language import translator


def duration(seconds: float, language: str) -> str:
    tr = translator(ROOM, language)
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return tr("{seconds} s", seconds=rest)
    return tr("{minutes} min {seconds} s", minutes=minutes, seconds=rest)


def heads(language: str) -> list[str]:
    tr = translator(ROOM, language)
    return [
        tr("Baud"),
        tr("Parity"),
        tr("Address"),
        tr("What it does"),
        tr("Profile"),
        tr("Reading"),
    ]


def row(found: Found, language: str) -> list[str]:
    return [
        str(found.setting.baud),
        found.setting.parity,
        str(found.unit_id),
        _verdict(found, language),
        _profile(found, language),
        ", ".join(each.text for each in found.named.values),
    ]


def _verdict(found: Found, language: str) -> str:
    tr = translator(ROOM, language)
    if found.verdict == Verdict.TWO_DEVICES:
        return {
            Sure.CERTAIN: tr("two devices"),
            Sure.LIKELY: tr("likely two devices"),
            Sure.POSSIBLE: tr("bad answers; perhaps two devices"),
        }[found.sure]
    counts = {"good": found.good, "tries": found.tries}
    if found.verdict == Verdict.BAD_CRC:
        return tr("wrong CRC: {good} of {tries} answers were good", **counts)
    if found.good < found.tries:
        return tr("answers, {good} times of {tries}", **counts)
    return tr("answers")


def _profile(found: Found, language: str) -> str:
    tr = translator(ROOM, language)
    named = found.named
    if named.profile or not found.good:
        return named.profile or "-"
    if named.fits:
        return tr("unknown; these fit: {names}", names=", ".join(named.fits))
    return tr("unknown")


def advice(results: list[Result], language: str) -> list[str]:
    """What the verdicts mean and what to do, each said once."""
    tr = translator(ROOM, language)
    found = [each for it in results for each in it.found]
    faults = dict(pair for it in results for pair in it.faults)
    verdicts = {each.verdict for each in found}
    if not found and not faults.keys() & {Fault.MASTER, Fault.SWAPPED}:
        verdicts.add(Verdict.NOBODY)
    swapped = "swapped_heard" if faults.get(Fault.SWAPPED) == Sure.CERTAIN else Fault.SWAPPED
    keys = [swapped if key == Fault.SWAPPED else key for key in faults]
    texts = _texts(tr)
    return [texts[key] for key in (*keys, *sorted(verdicts)) if key in texts]


def _texts(tr) -> dict[str, str]:
    return {
        Fault.MASTER: tr(
            "Somebody asks on this line already: a station that runs, or another master. It was "
            "not searched. Stop it first, or watch what it says by: reedgate board monitor --raw"
        ),
        "swapped_heard": tr(
            "A and B are swapped at this adapter: what a station asks is heard upside down. Swap "
            "the two wires."
        ),
        Fault.SWAPPED: tr(
            "Likely A and B are swapped at the adapter: after each request the line falls to 0, "
            "at every speed, and nobody answers. Swap the two wires and search again. An empty "
            "line without bias looks the same."
        ),
        Fault.NOISE: tr(
            "Bytes come from nobody: noise, or somebody who speaks at another speed. Some probes "
            "may not have been found. Check shield, earth and the 120 ohm at both ends, then "
            "search again."
        ),
        Fault.NO_BIAS: tr(
            "After most requests bytes come from nobody: the line has no bias. Switch on the bias "
            "resistors of the adapter or the station, at one place only."
        ),
        Fault.ECHO: tr("The adapter hears itself. That does no harm here."),
        Fault.BOARD_ECHO: tr(
            "The board hears itself. The station would take its own request for a spoilt answer "
            "and read no probe: join the inverted RE of its transceiver to the driver enable."
        ),
        Verdict.NOBODY: tr(
            "Nobody answers. Is there power at the probes, and are A and B the same way round at "
            "each of them? Addresses above 32 are not asked."
        ),
        Verdict.TWO_DEVICES: tr(
            "Two devices at one address answer at once: their answers are garbled, and others at "
            "each try, while the rest of the line is clean. Unplug one, search again, and give it "
            "another address. A bad contact at that probe can look the same."
        ),
        Verdict.BAD_CRC: tr(
            "A wrong CRC means that bytes are spoilt on the way: a loose screw, a missing 120 ohm "
            "at an end of the cable, no bias, or noise."
        ),
    }


def as_data(results: list[Result], planned_s: float) -> dict:
    return {
        "planned_s": round(planned_s, 1),
        "requests": sum(it.asked for it in results),
        "line": [
            {"port": it.port, "fault": fault, "sure": sure}
            for it in results
            for fault, sure in it.faults
        ],
        "found": [_found_data(each) for it in results for each in it.found],
    }


def _found_data(found: Found) -> dict:
    return {
        "port": found.port,
        "baud": found.setting.baud,
        "parity": found.setting.parity,
        "unit_id": found.unit_id,
        "verdict": found.verdict,
        "sure": found.sure,
        "tries": found.tries,
        "good": found.good,
        "profile": found.named.profile or None,
        "fits": list(found.named.fits),
        "readings": {each.quantity: each.text for each in found.named.values},
    }


def is_well(results: list[Result]) -> bool:
    """Somebody was found, and nothing is wrong."""
    found = [each for it in results for each in it.found]
    wrong = [fault for it in results for fault, _ in it.faults if fault != Fault.ECHO]
    return bool(found) and not wrong and all(it.verdict == Verdict.ANSWERS for it in found)
