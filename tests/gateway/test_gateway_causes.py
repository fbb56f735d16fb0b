"""Each cause of the contract, on the gate's card and in the answer to why it closed."""

import feed
import pytest
from gateway_rig import gate_card, take

from reedgate_boards.site.language import translator
from reedgate_contract import codes
from reedgate_gateway.alarm_causes import PRIORITIES
from reedgate_gateway.ingest import _FAULTS
from reedgate_gateway.view.alarm_view import TEXTS
from reedgate_gateway.view.labels import RULES
from reedgate_gateway.view.sentences import ALARMS, FAULTS

OF = {"flood": "river_high", "bypass_for": "main"}
OF |= {codes.CAUSE_NAMES[code]: "turbidity_ntu" for code in codes.CAUSES_OF_POINT}
CAUSES = [name for name in codes.CAUSE_NAMES[1:] if not name.startswith("reserved")]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_cause_has_a_sentence_of_its_own(state, clock, language):
    """Never the rule alone, and no two causes alike."""
    tr = translator("reedgate_gateway", language)
    rules = [tr(rule) for rule in RULES.values()]
    bare = tuple(tr("In force is the rule: {rule}.", rule=rule) for rule in rules)
    bare += tuple(tr("Rule: {rule}.", rule=rule) for rule in rules)
    station, said = feed.Station(), {}
    take(state, clock, station.birth())
    for name in CAUSES:
        cause = f"{name}: {OF[name]}" if name in OF else name
        gate = feed.gate("closed", "closed", "unknown", cause=cause)
        event = station.event("main", "ruling", gate)
        take(state, clock, station.live(None, {"main": gate}), event)
        shown = gate_card(state, clock, "main", language)
        said[name] = (shown.why, shown.closing.answer)
    assert [each for each in said.items() if any(text.endswith(bare) for text in each[1])] == []
    for texts in zip(*said.values(), strict=True):
        assert len(set(texts)) == len(CAUSES), texts


def test_what_a_drive_may_have_and_what_a_station_may_raise_have_theirs():
    assert {*FAULTS, "none"} >= set(_FAULTS)
    assert set(ALARMS) == set(codes.ALARM_NAMES.values())
    assert set(TEXTS) == set(PRIORITIES) >= set(ALARMS)
