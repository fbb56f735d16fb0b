"""Why did it close? One sentence and the readings of that scan, in both languages, also later."""

import feed
import pytest
from gateway_rig import gate_card, take

from reedgate_contract import codes

TURBID = feed.readings(turbidity_ntu=61.2, do_mg_l=feed.lost_reading())


def closed(state, clock, now=feed.TRIPPED, points=TURBID):
    station = feed.Station()
    take(state, clock, station.birth(), station.live())
    clock.advance(1000)
    take(state, clock, station.event("main", "ruling", now["main"], "closing", points))
    return station


@pytest.mark.parametrize(
    ("language", "answer", "turbidity", "oxygen"),
    [
        (
            "en",
            "Turbidity 61.2 NTU is above the limit of 10 NTU.",
            "Turbidity: 61.2 NTU, 0.2 s old",
            "Dissolved oxygen: not usable, no answer",
        ),
        ("zh", "浊度 61.2 NTU", "浊度：61.2 NTU，0.2 秒前", "溶解氧：不可用，无应答"),
    ],
)
def test_it_says_what_led_to_it(state, clock, language, answer, turbidity, oxygen):
    closed(state, clock)
    closing = gate_card(state, clock, language=language).closing
    assert answer in closing.answer
    assert closing.answer.startswith(("Closed at 20", "20"))
    assert turbidity in closing.readings
    assert oxygen in closing.readings
    assert len(closing.readings) == len(feed.GOOD_WATER)


def test_it_stays_when_the_gate_is_open_again_and_while_nothing_is_heard(state, clock):
    station = closed(state, clock)
    before = gate_card(state, clock).closing
    clock.advance(1000)
    take(state, clock, station.event("main", "ruling", feed.gate(), "opening", feed.readings()))
    assert gate_card(state, clock).closing.answer == before.answer
    clock.advance(3_600_000)
    card = gate_card(state, clock)
    assert (card.known, card.closing.answer) == (False, before.answer)


def test_before_any_closing_and_of_a_bypass_there_is_none(state, clock):
    assert gate_card(state, clock).closing is None
    closed(state, clock)
    assert gate_card(state, clock, "around").closing is None


@pytest.mark.parametrize("cause", codes.CAUSE_NAMES)
def test_any_cause_has_a_sentence(state, clock, cause):
    subject = {"quality": ": do_mg_l", "lost": ": do_mg_l", "never_good": ": do_mg_l"}
    now = feed.gate("moving", "closed", "unknown", cause=cause + subject.get(cause, ""))
    closed(state, clock, {"main": now})
    assert gate_card(state, clock).closing.answer
