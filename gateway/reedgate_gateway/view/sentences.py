"""Why a gate is as it is, and what it waits for: sentences composed from the station's codes.

Pure. Each message of the catalogue is a whole sentence, so that every language keeps its order.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from reedgate_gateway.catalogue import Flood, Gate, Limit, Station, Trip
from reedgate_gateway.ingest import GateNow
from reedgate_gateway.naming import Cause, Reading
from reedgate_gateway.view import rule7_sentences
from reedgate_gateway.view.labels import (
    DETAILS,
    RULES,
    Translate,
    duration,
    exact,
    gate_label,
    inside,
    left,
    msg,
    point_label,
    with_unit,
)
from reedgate_gateway.view.readings import GOOD, Shown


@dataclass(frozen=True)
class GateStory:
    """All that the sentences of one gate are made of."""

    tr: Translate
    station: Station
    gate: Gate
    now: GateNow
    points: Mapping[str, Shown]
    tripped: Reading | None  # of the cause's point, when the rule began to rule
    tripped_time: str


HEADLINES = {
    "open": msg("Open"),
    "closed": msg("Closed"),
    "opening": msg("Opening"),
    "closing": msg("Closing"),
    "between": msg("Between its switches"),
    "unknown": msg("Position unknown"),
}


def motion(position: str, direction: int) -> str:
    """A key of HEADLINES. direction: 1 opening, -1 closing, 0 at rest."""
    if position != "moving":
        return position
    return {1: "opening", -1: "closing"}.get(direction, "between")


def why(story: GateStory) -> str:
    """The reason for what the gate is asked to do, as one sentence."""
    tr, now = story.tr, story.now
    if now.cause.name in ("quality", "lost", "never_good"):
        return _water_sentence(story)
    if now.cause.name == "flood":
        return flood_sentence(tr, story.station, story.gate, now.cause, _values(story.points))
    if now.cause.name == "bypass_for":
        other = story.station.gates.get(now.cause.subject)
        name = gate_label(tr, story.station, other) if other else now.cause.subject
        return tr("It takes the water that the {gate} must not let in.", gate=inside(name))
    if now.cause.name in rule7_sentences.CAUSES:
        return rule7_sentences.rule7_sentence(tr, story.station, now.cause)
    if now.cause.name in CAUSES:
        return tr(CAUSES[now.cause.name])
    if now.rule == "start" or now.cause.name == "starting":
        return tr("Starting: nothing moves until the inputs have been read.")
    if now.rule == "automatic":
        return _automatic_sentence(story)
    return tr("In force is the rule: {rule}.", rule=tr(RULES[now.rule]))


FAULTS = {  # of a drive, and what a first-out may be
    "jam_opening": msg("The drive jammed while opening; it will not open before the reset."),
    "jam_closing": msg("The drive jammed while closing; it will not close before the reset."),
    "switches": msg("Both limit switches are made; nothing moves before the reset."),
    "overload": msg("The drive was overloaded; nothing moves before the reset."),
    "not_left": msg("Its position is unknown: a limit switch did not let go in time."),
    "too_early": msg("Its position is unknown: a limit switch made too early."),
    "leak": msg("Its position is unknown: water passes it though it says closed."),
    "silent": msg("The actuator is silent: look at its bus and its supply."),
    "unreadable": msg("What the drive had latched could not be read: it counts as set."),
}
CAUSES = FAULTS | {  # those that name nothing
    "estop": msg("Emergency stop: the outputs are off."),
    "local": msg("Local: whoever stands at the gate has it."),
    "service": msg("Service: the gate goes to its trip position, then obeys its buttons."),
    "emergency_close": msg("The emergency-close button was pressed, or its wire is broken."),
    "upstream_alarm": msg("The upstream plant has given its alarm, or its wire is broken."),
    "mains_lost": msg("The mains are lost; the gate is closed while its battery can."),
    "switches": msg("Both limit switches are made: nobody knows where the gate is."),
    "not_left": msg("A limit switch stayed made when the gate should have left it."),
    "too_early": msg("A limit switch made before the gate can have been there."),
    "leak": msg("Water passes the closed gate: nobody knows whether it is closed."),
    "silent": msg("The actuator does not answer: nobody knows where the gate is."),
    "remote_close": msg("A person has ordered it closed from afar."),
    "remote_open": msg("A person has ordered it open from afar; it opens as far as it may."),
}


def _water_sentence(story: GateStory) -> str:
    tr, cause = story.tr, story.now.cause
    shown = story.points.get(cause.subject)
    if shown is None:
        return tr(
            "The site file does not have the point that is the cause: {point}.",
            point=cause.subject,
        )
    label = point_label(tr, story.station, shown.point)
    if cause.name == "lost":
        return tr("{point} is lost: {detail}.", point=label, detail=tr(DETAILS[shown.detail]))
    if cause.name == "never_good":
        return tr("{point} has not been good since the start.", point=label)
    found = trip_on(story.gate, cause.subject)
    if found is None:
        return tr("{point} is beyond its limit.", point=label)
    trip, limit = found
    if shown.value is not None and limit.beyond(shown.value):
        value = with_unit(shown.point, shown.value)
        text = (
            msg("{point} {value} is above the limit of {limit} ({k} of {n} polls, for {delay}).")
            if limit.above
            else msg(
                "{point} {value} is below the limit of {limit} ({k} of {n} polls, for {delay})."
            )
        )
        return tr(
            text,
            point=label,
            value=value,
            limit=exact(shown.point, limit.limit),
            k=trip.polls,
            n=trip.of,
            delay=duration(tr, trip.delay_ms),
        )
    return _past_sentence(story, shown, limit, label)


def _past_sentence(story: GateStory, shown: Shown, limit: Limit, label: str) -> str:
    tr = story.tr
    bound = exact(shown.point, limit.limit)
    now = tr("not known") if shown.value is None else with_unit(shown.point, shown.value)
    if story.tripped is None or story.tripped.value is None:
        text = (
            msg("{point} was above the limit of {limit}; now {now}.")
            if limit.above
            else msg("{point} was below the limit of {limit}; now {now}.")
        )
        return tr(text, point=label, limit=bound, now=now)
    text = (
        msg("{point} was above the limit of {limit} ({value} at {time}); now {now}.")
        if limit.above
        else msg("{point} was below the limit of {limit} ({value} at {time}); now {now}.")
    )
    value = with_unit(shown.point, story.tripped.value)
    return tr(text, point=label, limit=bound, value=value, time=story.tripped_time, now=now)


def _automatic_sentence(story: GateStory) -> str:
    tr = story.tr
    if story.gate.role == "bypass":
        return bypass_sentence(tr, story.now.target)
    if story.now.wait == "confirm":
        return _confirm_sentence(story)
    if story.now.wait == "none" and (story.now.position == "open" or story.now.target == "open"):
        return tr("The water is good: every measurement is inside its limit.")
    return tr("Nothing demands it closed; it waits until it may open.")


def bypass_sentence(tr: Translate, target: str) -> str:
    """Of a bypass that no inlet needs."""
    if target == "closed":
        return tr("The inlet takes the water.")
    return tr("It moves when the inlet is off its closed switch and at rest.")


def _confirm_sentence(story: GateStory) -> str:
    for trip in story.gate.trips:
        for limit in trip.conditions:
            shown = story.points.get(limit.point)
            if shown is None or shown.value is None or not limit.beyond(shown.value):
                continue
            text = (
                msg("{point} {value} is above the limit of {limit}.")
                if limit.above
                else msg("{point} {value} is below the limit of {limit}.")
            )
            return story.tr(
                text,
                point=point_label(story.tr, story.station, shown.point),
                value=with_unit(shown.point, shown.value),
                limit=exact(shown.point, limit.limit),
            )
    return story.tr("A measurement was beyond its limit.")


def next_step(story: GateStory) -> str:
    """What the gate waits for; empty when it waits for nothing."""
    tr, now = story.tr, story.now
    time_left = left(tr, now.wait_ms)
    if now.wait == "confirm" and now.wait_ms > 0:
        return tr("It closes in {left} if that stays so.", left=time_left)
    if now.wait == "water":
        return _water_step(story)
    if now.wait == "reset":
        return _reset_step(story)
    text = _WAITS.get(now.wait)
    return tr(text, left=time_left) if text else ""


_WAITS = {
    "confirm": msg("It closes as soon as the next polls confirm it."),
    "dead_time": msg("It reverses in {left}."),
    "clear_hold": msg("Good again: the trip clears in {left} if it stays so."),
    "reopen_hold": msg("Good water: it opens in {left} if it stays good."),
    "min_closed": msg("Good water: it opens in {left}, after its shortest closed time."),
    "openings": msg("Good water: it opens in {left}; it may open only so often in an hour."),
    "remote_hold": msg("The order stands for another {left}; then it is automatic again."),
    "release": msg("The order stands until it is released."),
    "flood_clear": msg("The flood ends when all has been clear for another {left}."),
    "contact": msg("First its contact must be closed again, then the reset at the panel."),
    "service": msg("Service ends in {left}; then the selector decides."),
    "mains": msg("It waits for the mains."),
    **rule7_sentences.WAITS,
}


def _reset_step(story: GateStory) -> str:
    if story.now.rule == "estop":
        return story.tr("After its release nothing moves before the reset at the panel.")
    return story.tr("It stays so until the reset at the panel.")


def _water_step(story: GateStory) -> str:
    tr, now = story.tr, story.now
    hold = duration(tr, story.gate.reopen_hold_ms)
    found = trip_on(story.gate, now.cause.subject) if now.cause.name == "quality" else None
    if found is not None and not found[0].reset_only:
        trip, limit = found
        point = story.station.points[limit.point]
        hold = duration(tr, max(trip.clear_hold_ms, story.gate.reopen_hold_ms))
        text = (
            msg("It opens after {point} has been {clear} or less for {hold}.")
            if limit.above
            else msg("It opens after {point} has been {clear} or more for {hold}.")
        )
        label = inside(point_label(tr, story.station, point))
        return tr(text, point=label, clear=exact(point, limit.clears_at), hold=hold)
    if found is not None:
        return tr("When the water is good again it still needs the reset at the panel.")
    missing = blockers(story)
    if not missing:
        return tr("It opens after the water has been good for {hold}.", hold=hold)
    names = tr(", ").join(missing)
    return tr("It opens after these have been good for {hold}: {points}.", points=names, hold=hold)


def blockers(story: GateStory) -> list[str]:
    """The measurements that do not permit an opening now."""
    names = []
    for trip in story.gate.trips:
        for limit in trip.conditions:
            shown = story.points.get(limit.point)
            if shown is None:
                continue
            if shown.state != GOOD or not _inside(limit, shown.value):
                names.append(inside(point_label(story.tr, story.station, shown.point)))
    return list(dict.fromkeys(names))


def _inside(limit: Limit, value: int | None) -> bool:
    if value is None:
        return False
    return value <= limit.clears_at if limit.above else value >= limit.clears_at


ALARMS = {
    "demand_not_met": msg("It does not do what the rules demand. Go there."),
    "local_with_demand": msg("It stands on local while the rules demand a move. Go there."),
    "local_idle": msg("It stands on local, and nobody has touched it for 15 minutes."),
    "service": msg("Service: the rules do not move it."),
    "proof_test_due": msg("It has made no full stroke for too long: test it."),
    "mains_lost": msg("The mains are lost."),
    "flood_stage_lost": msg("The stage of a flood cause is lost: only its contact warns."),
}


def fault_sentence(tr: Translate, fault: str) -> str:
    return tr(FAULTS[fault]) if fault in FAULTS else ""


def trip_on(gate: Gate, point: str) -> tuple[Trip, Limit] | None:
    """The gate's trip that watches a point, with its condition on it."""
    for trip in gate.trips:
        for limit in trip.conditions:
            if limit.point == point:
                return trip, limit
    return None


def flood_sentence(
    tr: Translate, station: Station, gate: Gate, cause: Cause, values: Mapping[str, int | None]
) -> str:
    """The flood cause, with the first of its points that is beyond its limit."""
    flood = next((flood for flood in gate.floods if flood.name == cause.subject), None)
    for limit in flood.conditions if isinstance(flood, Flood) else ():
        value = values.get(limit.point)
        if value is not None and limit.beyond(value):
            point = station.points[limit.point]
            text = (
                msg("Flood {name}: {point} {value} is above {limit}.")
                if limit.above
                else msg("Flood {name}: {point} {value} is below {limit}.")
            )
            return tr(
                text,
                name=cause.subject,
                point=point_label(tr, station, point),
                value=with_unit(point, value),
                limit=exact(point, limit.limit),
            )
    return tr("Flood {name}.", name=cause.subject)


def _values(points: Mapping[str, Shown]) -> dict[str, int | None]:
    return {name: shown.value for name, shown in points.items()}
