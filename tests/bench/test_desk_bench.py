"""`reedgate bench desk`: its figures and its peer, over a short stretch. Not timed."""

import json

import pytest

from reedgate_sim.benches import desk

HOURS = 0.2
KEYS = ("real_s", "vm_cpu_s", "simulator_cpu_s", "scans", "requests", "records_confirmed")


def english(message, **values):
    return message.format(**values)


@pytest.fixture(scope="module")
def short():
    passed = []
    result = desk.run(lambda situation, part_s: passed.append((situation, part_s)), HOURS)
    return result, passed


def test_every_figure_is_there_for_both(short):
    result, _ = short
    keys = {f"poll_{poll_s}s_{key}" for poll_s in (1, 10) for key in KEYS}
    assert set(result["figures"]) == keys
    assert set(result["against"]["without grants"]) == keys
    assert json.loads(json.dumps(result)) == result


def test_progress_ends_with_the_whole(short):
    _, passed = short
    assert {situation for situation, _ in passed} == {"desk", "without grants"}
    assert sum(part_s for _, part_s in passed) == pytest.approx(desk.total_s(HOURS))


def test_a_grant_saves_most_requests_where_polls_are_few(short):
    figures, peer = short[0]["figures"], short[0]["against"]["without grants"]
    assert figures["poll_10s_scans"] == 24 * 3600 * 5
    assert figures["poll_10s_requests"] < 0.2 * figures["poll_10s_scans"]
    assert peer["poll_10s_requests"] > peer["poll_10s_scans"]
    assert figures["poll_1s_requests"] < peer["poll_1s_requests"]


def test_the_verdict_says_which_aim_is_reached(short):
    result, _ = short
    figures = {**result["figures"], "poll_10s_real_s": 8.0, "poll_1s_real_s": 31.0}
    assert desk.verdict({**result, "figures": figures}, english).splitlines() == [
        "24 h at 10 s polling: 8.0 s, as was to be reached (8.6 s).",
        "24 h at 1 s polling: 31.0 s; 30 s were to be reached.",
    ]
