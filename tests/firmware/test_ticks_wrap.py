"""The ticks wrap at 2**30 ms: whatever is under way then ends as in a run that does not cross.

Not only the outputs: every byte on the bus and on the uplink, at its own microsecond.
"""

import pytest
from station_rig import S
from uplink_rig import Run, quiet

WRAP_MS = 1 << 30
END_S = 120  # of turbidity_upset: closed at about 23 s, open again at about 90 s
DEAD = "".join(
    f'\n[[fault]]\nsensor = "{name}"\nkind = "dead"\nfrom_s = 0\n'
    for name in ("turbidity", "oxygen", "conductivity", "level")
)
MAIN_CLOSES = ("RELAY_2", 1)


def upset(run):
    """The quality trip, with a broker that falls silent while the gate is closed."""
    run.at(40, lambda: run.set_mode("silent"))
    run.at(70, lambda: run.set_mode("ok"))
    run.to(END_S)


def did(scenario, story, wrap_s=None):
    """What a run did whose ticks wrap wrap_s after its start; None: in twelve days."""
    first_tick_ms = 0 if wrap_s is None else WRAP_MS - round(wrap_s * 1000)
    with Run(scenario, first_tick_ms=first_tick_ms) as run:
        story(run)
        assert run.rig.resets == []
        return {
            "outputs": run.outputs,
            "transitions": run.transitions(),
            "messages": run.broker.messages,
            "connects": run.broker.connects,
            "log": run.rig.log_sha256,
        }


@pytest.fixture(scope="module")
def in_time():
    return did("turbidity_upset", upset)


def test_the_story_has_all_that_is_to_be_crossed(in_time):
    """A trip that closes and a reopening, a connection given up and another one."""
    closes = [at for at, terminal, level in in_time["outputs"] if (terminal, level) == MAIN_CLOSES]
    assert 20 * S < closes[0] < 30 * S
    rules = [row["rule"] for row in in_time["transitions"] if row["gate"] == "main"]
    assert "quality" in rules
    assert rules[-1] == "automatic"
    assert in_time["connects"] > 1


# The grace of the start; the run of the limit; the close; the keepalive of the silent broker and
# its back-off; the clear hold and the reopen hold; a period of the journal.
@pytest.mark.parametrize("wrap_s", [2.5, 20, 24.1, 50.003, 62, 85, 60])
def test_what_is_under_way_ends_at_the_same_instant(in_time, wrap_s):
    assert did("turbidity_upset", upset, wrap_s) == in_time


def test_so_does_the_grace_of_a_station_whose_probes_are_dead(tmp_path):
    scenario = quiet(tmp_path, DEAD)
    before = did(scenario, lambda run: run.to(30))
    [closed_us] = [
        at for at, terminal, level in before["outputs"] if (terminal, level) == MAIN_CLOSES
    ]
    assert closed_us == pytest.approx(5 * S, abs=0.3 * S), "when the grace of the desk's site ends"
    for wrap_s in (1, 4.9, 5.1):
        assert did(scenario, lambda run: run.to(30), wrap_s) == before
