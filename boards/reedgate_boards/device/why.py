"""What a technician reads of a reading: how it stands, and where to look when it is bad."""

from collections.abc import Callable


def statuses(tr: Callable[..., str]) -> dict[str, str]:
    """By the names of the contract, after NAMUR NE 107."""
    return {
        "good": tr("good"),
        "maintenance_required": tr("maintenance required"),
        "out_of_specification": tr("out of specification"),
        "function_check": tr("function check"),
        "failure": tr("failure"),
    }


def reasons(tr: Callable[..., str]) -> dict[str, str]:
    """By the names of the contract."""
    return {
        "none": "",
        "never_read": tr("not asked yet"),
        "no_answer": tr("no answer: its power, A and B, unit id, baud rate or parity?"),
        "bad_frame": tr("damaged answer: two probes with one unit id, or a disturbed line?"),
        "exception": tr("refused by the probe: is it this profile?"),
        "not_a_number": tr("not a number: is it this profile?"),
        "sentinel": tr("the probe's error value: is it in the water?"),
        "out_of_range": tr("outside the possible range: is it this profile, in the water?"),
        "instrument_error": tr("the probe reports an error of its own"),
        "stale": tr("too old: the probe answers too seldom"),
        "warming_up": tr("warming up: check again later"),
        "not_asked": tr("dead, asked now and then"),
        "not_wet": tr("not known to be under water"),
        "flat_line": tr("the same digits for too long: is it stuck?"),
        "rate_of_change": tr("changes faster than water does"),
        "spike": tr("stands out from its neighbours"),
        "over_span": tr("above what the probe can measure"),
        "suspect_too_long": tr("suspect for too long"),
    }
