"""The firmware on a bad line: every fault of replies and line, and not one wrong value believed.

The turbidity rises all the time, so that an old value is a wrong one. One thing no master can
tell: the reply to an earlier request, from the right slave, whole, and in the time of this one.
"""

import json

import pytest
import station_rig
from station_rig import QUIET, S
from test_shipped_profiles import DESK
from uplink_rig import Run

from reedgate_boards.site.load import load_site
from reedgate_sim.world.faults import LINE_KINDS, REPLY_KINDS

POLL_S = 2
WINDOW_S, ROUND_S = 13, 22  # of a fault, and from one to the next
LOOK_S = 0.1
RISING = '[[step]]\nwhat = "turbidity_ntu"\nfrom_s = 0\nto = 9\nrise_s = 400\n'
SPARE = 0.0011  # a thousandth is the unit in which it is told

BAD_FRAME, NO_ANSWER, EXCEPTION = {"bad_frame"}, {"no_answer"}, {"exception"}
# What its polls say while a fault acts; what is not here is read all the same, or now and then.
SAID = {
    "dead": NO_ANSWER,
    "bad_crc": BAD_FRAME,
    "wrong_unit": BAD_FRAME,
    "stale": NO_ANSWER,
    "late": NO_ANSWER,
    "exception": EXCEPTION,
    "busy": {"exception", "none"},
    "split": BAD_FRAME,
    "truncated": BAD_FRAME,
    "duplicated": {"none"},
    "noise_before": {"none"},
    "noise_after": {"none"},
    "noise_inside": BAD_FRAME,
    "leading_zero": {"none"},
    "twin": BAD_FRAME,
    "broken_wire": NO_ANSWER,
    "echo": BAD_FRAME,
    "swapped": NO_ANSWER,
}
HARDER = (
    ("late", {"delay_ms": 250}),
    ("split", {"delay_ms": 3}),
    ("duplicated", {"delay_ms": 0}),
    ("duplicated", {"delay_ms": 2000}),
    ("babble", {"delay_ms": 40, "count": 2}),
    ("babble", {"delay_ms": 11, "count": 1}),
    ("noise", {"delay_ms": 20}),
    ("noise_before", {"count": 40}),
    ("no_bias", {"count": 12}),
)


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """The desk's site, polled so seldom that the water has changed by the next poll."""
    path = tmp_path / "site.toml"
    text = DESK.replace("poll_s = 1\n", f"poll_s = {POLL_S}\n")
    text = text.replace("max_age_s = 3,", "max_age_s = 5,")
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(station_rig, "SITE", load_site(path))


def told_and_true(faults, tmp_path):
    """Of the turbidity: [(second of the poll, what is told)], [(second, what was held)]."""
    text = QUIET + RISING
    for place, (kind, details) in enumerate(faults):
        from_s = 10 + place * ROUND_S
        text += f'[[fault]]\nsensor = "turbidity"\nkind = "{kind}"\n'
        text += f"from_s = {from_s}\nuntil_s = {from_s + WINDOW_S}\n"
        text += "".join(f"{key} = {value}\n" for key, value in details.items())
    path = tmp_path / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    held = []
    with Run(path) as run:

        def look():
            held.append((run.rig.now_us / S, run.plant.truth().points["turbidity_ntu"]))
            run.rig.at(run.rig.now_us + round(LOOK_S * S), look)

        look()
        run.to(10 + len(faults) * ROUND_S)
        told = []
        for at_us, payload in run.told("live"):
            row = json.loads(payload)["points"]["turbidity_ntu"]
            told.append((at_us / S - (row["age_ms"] or 0) / 1000, row))
        return told, held


@pytest.mark.parametrize(
    "faults",
    [
        [(kind, {}) for kind in REPLY_KINDS],
        [(kind, {}) for kind in LINE_KINDS],
        HARDER,
    ],
    ids=["of the reply", "of the line", "harder"],
)
def test_no_wrong_value_is_believed(faults, desk, tmp_path):
    told, held = told_and_true(faults, tmp_path)
    good = [(at, row["value"]) for at, row in told if row["detail"] == "none"]
    assert {row["value"] for _, row in told if row["detail"] != "none"} == {None}
    wrong = [
        (at, value)
        for at, value in good
        if not any(abs(value - was) < SPARE for then, was in held if -1.5 < then - at < 0.5)
    ]
    assert wrong == []
    for place, (kind, details) in enumerate(faults):
        from_s = 10 + place * ROUND_S
        said = {row["detail"] for at, row in told if 2.5 < at - from_s < WINDOW_S - 0.5}
        if kind in SAID and not details:
            assert said == SAID[kind], kind
        after = [at for at, _ in good if WINDOW_S + 2 * POLL_S < at - from_s < ROUND_S]
        assert after, f"not well again after {kind} {details}"
