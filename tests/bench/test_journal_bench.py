"""`reedgate bench journal`: its figures, and that `site check` reckons with them. Not timed."""

import json

import pytest

from reedgate_boards.site.record_budget import ERASES_PER_FLUSH
from reedgate_sim import bench_command
from reedgate_sim.benches import journal

# Events that fill two segments, readings that fill eight: fewer files than a station in the field
# has, so each flush costs a little less.
SHORT = journal.Amount(events=1024, readings=4096, ring=256)
TOLERANCE = 0.15  # of the constant, below it; above it, none
STREAM_KEYS = (
    "records_per_s",
    "flash_bytes_per_record",
    "erases_per_record",
    "erases_per_flush",
    "heap_bytes_per_append",
)


def english(message, **values):
    return message.format(**values)


@pytest.fixture(scope="module")
def short():
    passed = []
    result = journal.run(lambda layout, passed_s: passed.append((layout, passed_s)), SHORT)
    return result, passed


def test_every_figure_is_there_for_both(short):
    result, _ = short
    assert set(result) == {"name", "figures", "against"}
    assert result["name"] == "journal"
    events = {f"events_{key}" for key in STREAM_KEYS}
    both = events | {"heap_live_bytes", "wear_unevenness"}
    readings = {f"readings_{key}" for key in STREAM_KEYS}
    assert set(result["figures"]) == both | readings | {"flash_full_times"}
    assert set(result["against"]) == {"ring in place"}
    assert set(result["against"]["ring in place"]) == both
    assert json.loads(json.dumps(result)) == result


def test_progress_ends_with_the_whole(short):
    _, passed = short
    assert {layout for layout, _ in passed} == {"journal", "ring"}
    assert sum(each for _, each in passed) == pytest.approx(journal.total_s(SHORT))
    assert len(passed) > 10


def test_site_check_reckons_with_what_a_flush_costs(short):
    figures = short[0]["figures"]
    reckoned = float(ERASES_PER_FLUSH)
    for stream in ("events", "readings"):
        assert figures[f"{stream}_erases_per_flush"] <= reckoned
    assert figures["readings_erases_per_flush"] >= reckoned * (1 - TOLERANCE)


def test_appends_take_no_heap_and_the_journal_wears_less_than_a_ring(short):
    figures, ring = short[0]["figures"], short[0]["against"]["ring in place"]
    assert figures["events_heap_bytes_per_append"] == 0
    assert figures["readings_heap_bytes_per_append"] == 0
    assert 0 < figures["heap_live_bytes"] < 20_000
    assert figures["events_erases_per_record"] < ring["events_erases_per_record"]
    assert figures["readings_erases_per_record"] * 6 < figures["events_erases_per_record"]


def test_wear_is_the_same_in_each_run(short):
    again = journal.run(amount=SHORT)
    for key in ("events_erases_per_flush", "readings_flash_bytes_per_record", "wear_unevenness"):
        assert again["figures"][key] == short[0]["figures"][key]


GOOD = {
    "events_erases_per_flush": 1.1,
    "readings_erases_per_flush": 1.25,
    "readings_heap_bytes_per_append": 0.0,
    "flash_full_times": 0,
}


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("readings_erases_per_flush", 1.31, "too few"),
        ("readings_heap_bytes_per_append", 0.5, "takes heap"),
        ("flash_full_times", 3, "full 3 times"),
    ],
)
def test_the_verdict_says_what_is_wrong(key, value, said):
    assert said not in journal.verdict({"figures": GOOD}, english)
    assert "erases 1.25 blocks" in journal.verdict({"figures": GOOD}, english)
    assert said in journal.verdict({"figures": GOOD | {key: value}}, english)


def test_a_vm_that_fails_is_told():
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        journal.run(amount=journal.Amount(events=1, readings=8, ring=0))


def test_it_is_listed_and_its_table_leaves_cells_empty(monkeypatch, capsys):
    assert bench_command.BENCHES["journal"] is journal
    result = {"name": "journal", "figures": {"a": 1, "b": 2}, "against": {"ring": {"a": 3}}}
    console = bench_command.Console(width=80)
    bench_command._print(result, english, console)
    assert "b" in capsys.readouterr().out
