"""k-C* against figures computed elsewhere for treated effluent of class 1A."""

import pytest

from reedgate_sim.world.treatment import outflow_mg_l, removal

LOADS_M_D = (0.05, 0.1, 0.3)


@pytest.mark.parametrize(
    ("constituent", "inflow", "expected"),
    [
        ("bod", 10, (5.0, 6.4, 8.4)),
        ("tn", 15, (5.5, 8.9, 12.5)),
        ("nh4_n", 5, (1.9, 3.1, 4.2)),
        ("tp", 0.5, (0.27, 0.37, 0.45)),
    ],
)
def test_plug_flow_at_20_degrees(constituent, inflow, expected):
    found = [outflow_mg_l(removal(constituent), inflow, load, 20) for load in LOADS_M_D]
    assert found == pytest.approx(expected, abs=0.05 if inflow > 1 else 0.005)


@pytest.mark.parametrize(
    ("constituent", "inflow", "expected"), [("tn", 15, 11.2), ("nh4_n", 5, 3.7)]
)
def test_the_cold_slows_what_bacteria_do(constituent, inflow, expected):
    assert outflow_mg_l(removal(constituent), inflow, 0.1, 8) == pytest.approx(expected, abs=0.05)


def test_the_rates_are_those_of_the_literature():
    """Kadlec and Knight, a year at 20 degrees; 37 large wetlands: a median of 12.5 for TP."""
    rates = {"bod": 34, "tss": 1000, "tn": 22, "nh4_n": 18, "nox": 35, "tp": 12, "fc": 75}
    assert {key: removal(key).k_m_yr for key in rates} == rates
    assert removal("tp").k_m_yr == pytest.approx(12.5, rel=0.1)
    assert removal("tss").background_mg_l(90) == pytest.approx(5.1 + 0.16 * 90)
    assert removal("bod").background_mg_l(10) == pytest.approx(3.5 + 0.053 * 10)


def test_ammonia_below_2_needs_a_twentieth_of_a_metre_a_day_and_summer():
    """Why the gate throttles in winter."""
    ammonia = removal("nh4_n")
    assert outflow_mg_l(ammonia, 5, 0.05, 20) < 2 < outflow_mg_l(ammonia, 5, 0.06, 20)
    assert outflow_mg_l(ammonia, 5, 0.05, 8) > 2


def test_nitrate_goes_nine_percent_faster_with_each_degree():
    nitrate = removal("nox")
    assert nitrate.k_m_d(21) / nitrate.k_m_d(20) == pytest.approx(1.09)


def test_tanks_in_series_follow_their_formula():
    ammonia, load_m_d = removal("nh4_n"), 0.1
    for tanks in (1, 4, 8):
        expected = 5 * (1 + 18 / 365 / (tanks * load_m_d)) ** -tanks
        assert outflow_mg_l(ammonia, 5, load_m_d, 20, tanks=tanks) == pytest.approx(expected)


def test_few_tanks_remove_less_than_plug_flow_and_many_approach_it():
    of = removal("tss")
    plug = outflow_mg_l(of, 90, 0.3, 20)
    four = outflow_mg_l(of, 90, 0.3, 20, tanks=4)
    many = outflow_mg_l(of, 90, 0.3, 20, tanks=100_000)
    assert four > plug
    assert many == pytest.approx(plug, rel=1e-3)


def test_water_cleaner_than_the_background_stays_as_it_is():
    assert outflow_mg_l(removal("tss"), 4.5, 0.2, 20, tanks=4) == 4.5
