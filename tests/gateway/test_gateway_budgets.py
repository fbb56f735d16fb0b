"""The page's reaction budgets are those that `site check` prints."""

import pytest
from gateway_rig import DESK, speaker

from reedgate_boards.site.budgets import budgets, total_ms
from reedgate_boards.site.load import load_site
from reedgate_gateway.view.budget_view import budget_rows


@pytest.mark.parametrize(
    ("language", "gate", "limit"),
    [("en", "Inlet gate", "Turbidity > 10 NTU"), ("zh", "进水闸", "浊度 > 10 NTU")],
)
def test_every_limit_has_its_three_bounds(state, language, gate, limit):
    rows = budget_rows(speaker(language), state)
    reckoned = budgets(load_site(DESK), "inlet").trips
    assert len(rows) == len(reckoned)
    row = next(row for row in rows if row.limit == limit)
    trip = next(trip for trip in reckoned if trip.point == "turbidity_ntu")
    unit = "s" if language == "en" else "秒"
    assert row.gate == gate
    assert row.clean == f"{total_ms(trip.to_relay_clean) / 1000:.1f} {unit}"
    assert row.fault == f"{total_ms(trip.to_relay_fault) / 1000:.1f} {unit}"
