"""The poller: an answer is not believed for being one."""

from vm_fakes import run_for
from vm_poller import EXCEPTION, NO_ANSWER, Sensor, world

from reedgate_contract import codes


def test_each_value_is_judged_by_its_own_status():
    """A probe whose thermometer is broken says 0.0, and only the status beside it tells."""
    for words, details in (
        ((0, 0), [codes.DETAIL_NONE, codes.DETAIL_NONE]),
        ((0, 3), [codes.DETAIL_NONE, codes.DETAIL_INSTRUMENT_ERROR]),
        ((3, 0), [codes.DETAIL_INSTRUMENT_ERROR, codes.DETAIL_NONE]),
    ):
        clock, readings, master, poller = world(Sensor(1, [0, 1]), points=2)
        readings.points[0].error_word = 0
        readings.points[1].error_word = 1
        master.say = lambda unit_id, number, words=words: (0, words)
        run_for(clock, poller.run(), 500)
        assert list(readings.detail) == details


class Guard:
    function_code, address, count, words = 4, 0x80, 1, b"\x00\x07"


def test_what_a_guard_does_not_confirm_is_not_read():
    for outcome, words, detail, story in (
        (0, (7,), codes.DETAIL_NONE, ["guard", "read"]),
        (0, (8,), codes.DETAIL_INSTRUMENT_ERROR, ["guard"]),
        (NO_ANSWER, (), codes.DETAIL_NO_ANSWER, ["guard"]),
        (EXCEPTION, (), codes.DETAIL_EXCEPTION, ["guard"]),
    ):
        sensor = Sensor(1, [0])
        sensor.guards.append(Guard)
        clock, readings, master, poller = world(sensor)
        master.say = lambda unit_id, number, told=(outcome, words): told
        run_for(clock, poller.run(), 900)
        assert [what for _, _, what in master.calls] == story
        assert readings.detail[0] == detail


def test_what_a_probe_that_slept_says_first_is_old():
    sensor = Sensor(1, [0])
    sensor.break_polls = 0
    sensor.slumber = {"awake_ms": 3500, "settle_ms": 2000}
    clock, readings, master, poller = world(sensor)
    silent = (7, 8, 12, 13, 14)  # two polls are lost, then three
    details = []
    master.say = lambda unit_id, number: (NO_ANSWER if number in silent else 0, (number, 0))
    task = poller.run()
    run_for(clock, task, 500)
    for _ in range(18):
        details.append(readings.detail[0])
        run_for(clock, task, 1000)
    warming, none, lost = codes.DETAIL_WARMING_UP, codes.DETAIL_NONE, codes.DETAIL_NO_ANSWER
    asleep = [warming, warming]
    assert details[:6] == asleep + [none] * 4
    assert details[6:11] == [lost] * 2 + [none] * 3
    assert details[11:18] == [lost] * 3 + asleep + [none] * 2
