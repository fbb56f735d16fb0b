"""Faults of every kind from a scenario's rows reach the bus or the probe, in their window."""

import pytest
from world_helpers import PORT, S, exchange, plant, read

from reedgate_boards.site.user_error import UserError
from reedgate_sim.world.faults import INSTRUMENT_KINDS, KINDS, VALUE_KINDS

ASK = read(11, 0x2600, 5)


def row(kind, **more):
    rows = {"sensor": '"turbidity"', "kind": f'"{kind}"', "from_s": 5, "until_s": 50, **more}
    if kind in VALUE_KINDS:
        rows["value"] = 30
    return "[[fault]]\n" + "".join(f"{key} = {value}\n" for key, value in rows.items())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_stand_in_a_scenario(tmp_path, kind):
    quiet, upset = plant(tmp_path), plant(tmp_path, row(kind, count=2))
    # afterwards all is well, but a slave that had no power waits for its start
    for at_s in (1, 100)[: 1 if kind == "power_loss" else 2]:
        upset.receive(PORT, at_s * S - 1)  # what came unasked meanwhile
        assert exchange(upset, ASK, at_s * S) == exchange(quiet, ASK, at_s * S)


@pytest.mark.parametrize("kind", [kind for kind in INSTRUMENT_KINDS if kind not in VALUE_KINDS])
def test_a_probe_ails_while_its_fault_acts(tmp_path, kind):
    step = '[[step]]\nwhat = "turbidity_ntu"\nfrom_s = 0\nto = 9\nrise_s = 100\n'
    quiet, upset = plant(tmp_path, step), plant(tmp_path, step + row(kind))
    assert exchange(upset, ASK, 40 * S) != exchange(quiet, ASK, 40 * S)
    assert not upset.buses[PORT].faults


@pytest.mark.parametrize("kind", VALUE_KINDS)
def test_some_kinds_need_a_value(tmp_path, kind):
    text = row(kind).replace("value = 30\n", "")
    with pytest.raises(UserError) as caught:
        plant(tmp_path, text)
    assert "needs a value" in "\n".join(caught.value.lines("en"))


def test_an_instrument_without_an_error_register_is_told_of(tmp_path):
    with pytest.raises(UserError, match="unit id 12 has no error register"):
        plant(tmp_path, row("error").replace("turbidity", "oxygen"))
