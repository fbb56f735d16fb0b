"""The breaker of a slave: when it opens, when it probes, and that its time may wrap."""

from reedgate_contract.config import PROBE_LONGEST_PAUSE_MS as LONGEST_PAUSE_MS
from reedgate_contract.config import PROBE_REST_SHARE as REST_SHARE
from station.core.breaker import Breaker
from station.core.ticks import TICKS_MASK, Hold, later

LEAST_SILENT = 3
STARTS = (0, TICKS_MASK - 5000)


class Sensor:
    poll_ms = 1000
    break_polls = LEAST_SILENT
    break_hold_ms = 0


def silence(breaker, at_ms, polls, took_ms=100):
    """So many polls in vain, each when it is due; gives the tick of the last one's end."""
    for _ in range(polls):
        assert breaker.asks(at_ms)
        breaker.silent(at_ms, later(at_ms, took_ms))
        at_ms = later(at_ms, 1000)
    return later(at_ms, took_ms - 1000)


def first_ask(breaker, from_ms, step_ms=100):
    """How long after from_ms it asks again."""
    waited_ms = 0
    while not breaker.asks(later(from_ms, waited_ms)):
        waited_ms += step_ms
        assert waited_ms < 10 * LONGEST_PAUSE_MS
    return waited_ms


def test_it_opens_after_so_many_polls_in_a_row():
    for start_ms in STARTS:
        breaker = Breaker(Sensor, Hold(0))
        end_ms = silence(breaker, start_ms, LEAST_SILENT - 1)
        assert not breaker.open
        breaker.answered()
        end_ms = silence(breaker, end_ms, LEAST_SILENT - 1)
        assert not breaker.open
        silence(breaker, end_ms, 1)
        assert breaker.open


def test_it_stays_closed_until_a_trip_has_lost_its_measurement():
    class Needed(Sensor):
        break_polls = 5
        break_hold_ms = 20000

    for start_ms in STARTS:
        breaker = Breaker(Needed, Hold(0))
        end_ms = silence(breaker, start_ms, 24)
        assert not breaker.open
        silence(breaker, later(end_ms, 900), 1)
        assert breaker.open


def test_an_answer_in_between_begins_the_hold_anew():
    class Needed(Sensor):
        break_hold_ms = 20000

    breaker = Breaker(Needed, Hold(0))
    end_ms = silence(breaker, 0, 20)
    breaker.answered()
    silence(breaker, end_ms, 20)
    assert not breaker.open


def test_probes_come_at_growing_pauses_up_to_the_longest():
    for start_ms in STARTS:
        breaker = Breaker(Sensor, Hold(0))
        at_ms = silence(breaker, start_ms, LEAST_SILENT, took_ms=10)
        waits_ms = []
        for _ in range(8):
            wait_ms = first_ask(breaker, at_ms)
            waits_ms.append(wait_ms)
            at_ms = later(at_ms, wait_ms)
            breaker.silent(at_ms, at_ms)
        assert waits_ms == [1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]


def test_after_a_probe_in_vain_the_bus_rests_for_all_of_them():
    rest = Hold(0)
    one, other = Breaker(Sensor, rest), Breaker(Sensor, rest)
    silence(one, 0, LEAST_SILENT)
    end_ms = silence(other, 0, LEAST_SILENT, took_ms=200)
    rest_ms = REST_SHARE * 200
    for breaker in (one, other):
        assert not breaker.asks(later(end_ms, rest_ms - 1))
    for breaker in (one, other):
        assert breaker.asks(later(end_ms, rest_ms))
    one.silent(later(end_ms, rest_ms), later(end_ms, rest_ms + 200))
    assert not other.asks(later(end_ms, rest_ms + 201))


def test_the_first_answer_closes_it():
    breaker = Breaker(Sensor, Hold(0))
    end_ms = silence(breaker, 0, LEAST_SILENT)
    breaker.answered()
    assert not breaker.open
    silence(breaker, end_ms, LEAST_SILENT - 1)
    assert not breaker.open


def test_one_that_a_flood_is_known_by_is_asked_for_ever():
    class Stage(Sensor):
        break_polls = 0

    silence(Breaker(Stage, Hold(0)), 0, 1000)
