"""A code's name, as the record and the scenario files spell it, in the reader's language.

English readers read the names themselves: they are English, and what a scenario's file expects.
"""

from reedgate_sim.scenario.sentence import Tr, msg

# Of rules, causes, positions and drives.
WORDS = {
    word.message: word
    for word in (
        msg("start"),
        msg("estop"),
        msg("drive"),
        msg("local"),
        msg("flood"),
        msg("quality"),
        msg("unknown"),
        msg("pond"),
        msg("remote"),
        msg("automatic"),
        msg("none"),
        msg("lost"),
        msg("never_good"),
        msg("jam_opening"),
        msg("jam_closing"),
        msg("switches"),
        msg("bypass_for"),
        msg("starting"),
        msg("service"),
        msg("emergency_close"),
        msg("upstream_alarm"),
        msg("mains_lost"),
        msg("overload"),
        msg("not_left"),
        msg("too_early"),
        msg("leak"),
        msg("silent"),
        msg("unreadable"),
        msg("pond_full"),
        msg("use"),
        msg("load_peak"),
        msg("load_day"),
        msg("flow_unknown"),
        msg("bypassed"),
        msg("remote_close"),
        msg("remote_open"),
        msg("open"),
        msg("closed"),
        msg("moving"),
        msg("stopped"),
        msg("opening"),
        msg("closing"),
    )
}

# Why a reaction is not measured: these, and the rules before the quality trips.
PREMISES = {
    word.message: word
    for word in (
        msg("already_closed"),
        msg("did_not_stay"),
        msg("end_of_run"),
        msg("modbus_actuator"),
        msg("power_or_reset"),
        *(WORDS[rule] for rule in ("estop", "drive", "local", "flood")),
    )
}


def said(tr: Tr, text: str) -> str:
    """`quality: turbidity_ntu` as a person says it; what follows the colon is the site's own."""
    name, colon, of = text.partition(": ")
    return (WORDS[name].text(tr) if name in WORDS else name) + colon + of
