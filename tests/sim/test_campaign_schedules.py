"""Schedules of the campaign: drawn, printed, read again, cut down. No VM runs here."""

import math

import pytest

from reedgate_boards.site.user_error import UserError
from reedgate_sim.campaign.draw import draw
from reedgate_sim.campaign.play import _scenario, site_of
from reedgate_sim.campaign.schedule import KINDS, Entry, Schedule, parse_schedule
from reedgate_sim.campaign.shrink import shrink
from reedgate_sim.campaign.site import STATION, site_with
from reedgate_sim.sealed import MODES
from reedgate_sim.world.faults import KINDS as BUS_FAULTS
from reedgate_sim.world.leaf import GATE_FAULTS
from reedgate_sim.world.plant import Plant
from reedgate_sim.world.scenario_file import INPUTS

MANY = 400


@pytest.fixture(scope="module")
def drawn():
    return [draw(seed) for seed in range(MANY)]


def test_a_seed_draws_the_same_schedule_again():
    assert draw(7) == draw(7)
    assert draw(7) != draw(8)


def test_what_is_printed_can_be_read_again(drawn):
    for schedule in drawn:
        again = parse_schedule(schedule.seed, schedule.text())
        assert again.text() == schedule.text()  # NaN is not equal to itself


def test_every_kind_and_every_fault_there_is_comes(drawn):
    entries = [entry for schedule in drawn for entry in schedule.entries]
    assert {each.kind for each in entries} == set(KINDS)
    come = {key: {each.details.get(key) for each in entries} for key in ("fault", "mode", "input")}
    assert set(BUS_FAULTS) | set(GATE_FAULTS) <= come["fault"]
    assert set(MODES) - {"ok"} <= come["mode"]
    assert set(INPUTS) <= come["input"]


def test_every_fault_that_is_drawn_fits_its_probe(drawn):
    plant = Plant(site_with({}), STATION, _scenario(drawn[0], {}), 1)
    entries = [entry for schedule in drawn for entry in schedule.of("bus")]
    assert entries
    for entry in entries:
        known = ("value", "code", "count")
        details = {key: entry.details[key] for key in known if key in entry.details}
        plant.add_fault(entry.details["sensor"], entry.details["fault"], **details)


def test_every_site_that_is_drawn_passes_site_check(drawn):
    for schedule in drawn[::5]:
        assert STATION in site_of(schedule).stations


def test_everything_is_over_when_the_record_catches_up(drawn):
    for schedule in drawn:
        for entry in schedule.entries:
            assert entry.at_s + entry.details.get("for_s", 0) <= schedule.end_s + 0.01


@pytest.mark.parametrize(
    "text", ["", "{}", "[[1]]", '[[1,"end",{}],[2,"end",{}]]', "[]", '[[1,"x",{}],[2,"end",{}]]']
)
def test_what_is_no_schedule_is_refused(text):
    with pytest.raises(UserError):
        parse_schedule(1, text)


def test_a_site_that_cannot_be_is_refused():
    with pytest.raises(UserError):
        site_with({"buses.field.poll_s": 60})


# shrinking


def schedule_of(*entries):
    return Schedule(3, (*entries, Entry(100.0, "end", {})))


NEEDED = Entry(10.4, "water", {"what": "do_mg_l", "to": 0.7, "for_s": 20.25})
ALSO = Entry(30.0, "power", {"off_s": 2.0})
NOISE = [Entry(float(at), "drop", {}) for at in range(40, 60)]


def breaks_with(*kinds):
    def breaks(schedule):
        there = {each.kind for each in schedule.entries}
        return 50_000_000 if set(kinds) <= there else None

    return breaks


def test_only_what_the_failure_needs_is_left():
    short = shrink(schedule_of(NEEDED, ALSO, *NOISE), breaks_with("water", "power"))
    assert [each.kind for each in short.entries] == ["water", "power", "end"]
    assert short.seed == 3


def test_parameters_become_plain_and_the_end_comes_early():
    short = shrink(schedule_of(NEEDED), breaks_with("water"))
    assert short.entries[0] == Entry(10.0, "water", NEEDED.details | {"to": 1.0, "for_s": 20.0})
    assert short.end_s == 53.0


def test_keys_of_the_site_that_play_no_part_go():
    site = Entry(0.0, "site", {"a": 1, "b": 2})

    def breaks(schedule):
        return 1 if any("b" in each.details for each in schedule.entries) else None

    assert shrink(schedule_of(site, NEEDED), breaks).entries[0].details == {"b": 2}


def test_a_site_that_cannot_be_is_no_failure():
    site = Entry(0.0, "site", {"a": 1, "b": 2})

    def breaks(schedule):
        keys = [key for each in schedule.entries for key in each.details]
        if "b" in keys and "a" not in keys:
            raise UserError("reedgate_sim", "{count} errors.", count=1)
        return 1 if "b" in keys else None

    assert shrink(schedule_of(site), breaks).entries[0].details == {"a": 1, "b": 2}


def test_attempts_are_bounded():
    attempts = []

    def breaks(schedule):
        attempts.append(schedule)
        return 1 if math.isfinite(len(schedule.entries)) and len(schedule.entries) > 9 else None

    shrink(schedule_of(NEEDED, ALSO, *NOISE), breaks, most_runs=10)
    assert len(attempts) <= 12
