"""Combinations of inlet, bypass and floods: which leave the water without a way."""

import pytest

from reedgate_boards.site.schema_gate import Gate
from reedgate_boards.site.water_way import without_a_way

_MOTOR = {"drive": "two_relay"}
_SPRING_OPENS = {"drive": "spring_return", "spring": "open"}
_SPRING_CLOSES = {"drive": "spring_return", "spring": "closed"}


def _gate(drive, *flood_positions):
    floods = [
        {"name": f"f{number}", "any": [{"contact": "DI_1"}], "position": position}
        for number, position in enumerate(flood_positions)
    ]
    common = {"role": "inlet", "terminals": {}, "travel_s": 1, "travel_timeout_s": 2}
    return Gate.model_validate({**common, **drive, "flood": floods})


@pytest.mark.parametrize(
    ("inlet", "bypass"),
    [
        (_gate(_MOTOR), _gate(_SPRING_OPENS)),
        (_gate(_MOTOR), _gate(_MOTOR)),  # without power each stays: one of them is open
        (_gate(_SPRING_CLOSES), _gate(_SPRING_OPENS)),
        (_gate(_MOTOR, "open", "closed", "hold"), _gate(_SPRING_OPENS)),
        (_gate(_MOTOR, "open"), _gate(_SPRING_OPENS, "open")),
    ],
)
def test_water_always_has_a_way(inlet, bypass):
    assert without_a_way(inlet, bypass) is None


@pytest.mark.parametrize(
    ("inlet", "bypass", "combination"),
    [
        # The motor stands open, the trip closes it, and the power goes with the bypass's spring.
        (_gate(_MOTOR), _gate(_SPRING_CLOSES), ("automatic", "follows", "off")),
        # In good water the bypass is closed; without power the inlet's spring closes it too.
        (_gate(_SPRING_CLOSES), _gate(_MOTOR), ("automatic", "follows", "off")),
        # The bypass obeys its own flood before its inlet.
        (_gate(_MOTOR), _gate(_SPRING_OPENS, "closed"), ("automatic", "flood f0", "on")),
        (_gate(_MOTOR), _gate(_SPRING_OPENS, "hold"), ("trip", "flood f0", "on")),
        (_gate(_MOTOR, "closed"), _gate(_MOTOR, "hold"), ("trip", "flood f0", "on")),
    ],
)
def test_water_without_a_way_names_the_combination(inlet, bypass, combination):
    assert without_a_way(inlet, bypass) == combination
