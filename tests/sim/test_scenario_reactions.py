"""Every run is held to the reaction budgets; what the law does not measure is counted, by why."""

import pytest

from reedgate_sim.scenario.judge import Judge
from reedgate_sim.scenario.play import play
from reedgate_sim.world.scenario import load_scenario

HEAD = 'format = 1\nname = { zh = "试", en = "try" }\nduration_s = 60\n'
BAD = '[[step]]\nwhat = "turbidity_ntu"\nfrom_s = 12\nto = 60\n'
LOCAL = """
[site_changes.stations.inlet.gates.main.terminals]
local = "DI_4"
local_open = "DI_5"
local_close = "DI_6"
"""
HIGH = '[[step]]\nwhat = "stage_mm"\nfrom_s = 10\nto = 2500\nuntil_s = {until_s}\n'
STAGE = "[water]\nstage_mm = 1400\n"
WET = STAGE + HIGH


def judge_of(tmp_path, text):
    path = tmp_path / "try.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    return Judge(play(load_scenario(str(path))))


def changed(old, new):
    rows = {"file": "station/core/limit.py", "old": old, "new": new}
    lines = "".join(f"{key} = '{value}'\n" for key, value in rows.items())
    return f"[[firmware_change]]\n{lines}"


def told(judge):
    """Of the row that every run is given: (holds, what was found in English)."""
    every = judge.assertions()[-1]
    assert every.what == "within_budget"
    return every.holds, every.detail.text(lambda message, **values: message.format(**values))


def contact(name, from_s, until_s):
    return f'[[contact]]\ninput = "{name}"\nfrom_s = {from_s}\nuntil_s = {until_s}\n'


def test_a_reaction_in_time_holds_and_is_told(tmp_path):
    judge = judge_of(tmp_path, BAD)
    holds, said = told(judge)
    (reaction,) = judge.reactions.measured
    most = reaction.budget_ms
    assert holds
    assert said == f"1 reactions, the slowest {reaction.took_ms} ms of at most {most} ms"
    assert judge.reaction_ms == {"measured_max": reaction.took_ms, "budget": most}


def test_a_late_reaction_fails_a_run_that_expects_nothing(tmp_path):
    late = changed('self.delay_ms = fields["delay_ms"]', "self.delay_ms = 30000")
    judge = judge_of(tmp_path, BAD + late)
    holds, said = told(judge)
    (reaction,) = judge.reactions.measured
    assert reaction.took_ms > reaction.budget_ms
    assert not holds
    most = reaction.budget_ms
    assert (
        said == f"main, turbid: the close command after {reaction.took_ms} ms of at most {most} ms"
    )


def test_one_that_never_comes_fails_it_too(tmp_path):
    holds, said = told(judge_of(tmp_path, BAD + changed("self._met = True", "self._met = False")))
    assert not holds
    assert "main, turbid: no close command, 16137 ms are allowed" in said


@pytest.mark.parametrize(
    ("text", "premise"),
    [
        (BAD + "until_s = 14\n", "did_not_stay"),
        (BAD.replace("12", "56"), "end_of_run"),
        (BAD.replace("12", "0") + '[start]\ninlet = "closed"\n', "already_closed"),
        (BAD + "[[power_cut]]\nfrom_s = 14\noff_s = 60\n", "power_or_reset"),
        (BAD + LOCAL + contact("local", 10, 50), "local"),
        (BAD + contact("estop", 5, 10), "estop"),
        (BAD + '[[gate_fault]]\ngate = "main"\nkind = "no_power"\nfrom_s = 5\n', "drive"),
        (BAD + STAGE + contact("flood", 10, 50), "flood"),
        (BAD + WET.format(until_s=50), "flood"),
        # its hold still stands, and a lost stage does not end it
        (BAD.replace("12", "25") + WET.format(until_s=16), "flood"),
        (
            BAD.replace("12", "45")
            + WET.format(until_s=16)
            + '[[fault]]\nsensor = "level"\nkind = "dead"\nfrom_s = 14\nuntil_s = 44\n',
            "flood",
        ),
    ],
)
def test_what_the_law_does_not_measure_is_counted(tmp_path, text, premise):
    judge = judge_of(tmp_path, text)
    assert judge.reactions.excused[premise] == 1
    assert judge.reactions.measured == []
    holds, said = told(judge)
    assert holds
    assert said == f"no reaction; not measured: {premise} 1"


def test_a_reset_before_the_release_of_an_emergency_stop_ends_it_not(tmp_path):
    pressed = contact("estop", 5, 9) + contact("reset", 6, 7)
    judge = judge_of(tmp_path, BAD + pressed)
    assert judge.reactions.excused["estop"] == 1


def test_after_the_reset_of_an_emergency_stop_it_is_measured(tmp_path):
    pressed = contact("estop", 5, 6) + contact("reset", 8, 9)
    judge = judge_of(tmp_path, BAD + pressed)
    assert not judge.reactions.excused
    assert told(judge)[0]
