"""The poller: who is asked when, and what becomes of every answer and of none."""

from vm_fakes import run_for
from vm_poller import BAD_FRAME, EXCEPTION, NO_ANSWER, Sensor, point, world

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.core.freeze import Freeze


def test_a_sensor_is_asked_at_its_own_rate():
    fast, slow = Sensor(1, [0]), Sensor(2, [1], poll_ms=3000)
    for first_ms in (0, 2**30 - 5000):  # and across the wrap of the ticks
        clock, _, master, poller = world(fast, slow, points=2, first_ms=first_ms)
        run_for(clock, poller.run(), 9900)
        assert [ms for ms, unit, _ in master.calls if unit == 1] == list(range(0, 10000, 1000))
        slow_ms = [ms for ms, unit, _ in master.calls if unit == 2]
        assert slow_ms == [50, 3050, 6050, 9050]  # behind the other, which is due as well


def test_turns_that_have_passed_are_left_out():
    sensor = Sensor(1, [0])
    clock, _, master, poller = world(sensor, took_ms=3500)
    master.say = lambda unit_id, number: (BAD_FRAME, ())
    task = poller.run()
    run_for(clock, task, 7900)
    master.took_ms = 50
    run_for(clock, task, 4000)
    # late ones follow at once, from then on the old rhythm; never two in one turn
    assert [ms for ms, _, _ in master.calls] == [0, 3500, 7000, 10500, 11000]


def test_a_full_bus_still_asks_everybody():
    sensors = [Sensor(unit, [unit]) for unit in range(4)]
    clock, _, master, poller = world(*sensors, points=4, took_ms=700)
    run_for(clock, poller.run(), 28000)
    for unit in range(4):
        assert sum(1 for _, asked, _ in master.calls if asked == unit) >= 9


def test_start_warms_up_starts_waits_until_stable_and_then_polls():
    sensor = Sensor(1, [0], warm_up_ms=2000, start_pdu=b"\x03\x25\x00\x00\x01")
    clock, readings, master, poller = world(sensor)
    task = poller.run()
    run_for(clock, task, 1900)
    assert master.calls == []
    assert readings.detail[0] == codes.DETAIL_NEVER_READ
    run_for(clock, task, 200)
    assert master.calls == [(2000, 1, "start")]
    assert readings.detail[0] == codes.DETAIL_WARMING_UP
    assert readings.status[0] == codes.STATUS_FUNCTION_CHECK
    assert not readings.usable(0)
    run_for(clock, task, 2900)
    assert len(master.calls) == 1
    run_for(clock, task, 2200)
    assert master.calls[1:] == [(5050, 1, "read"), (6050, 1, "read"), (7050, 1, "read")]
    assert readings.good(0)
    assert readings.value[0] == 7


def test_a_start_that_is_not_answered_is_tried_again():
    sensor = Sensor(1, [0], start_pdu=b"\x03\x25\x00\x00\x01")
    clock, readings, master, poller = world(sensor)
    master.say = lambda unit_id, number: (NO_ANSWER if number < 3 else 0, (7, 0))
    task = poller.run()
    run_for(clock, task, 1500)
    assert readings.detail[0] == codes.DETAIL_NO_ANSWER
    run_for(clock, task, 5000)
    assert [what for _, _, what in master.calls] == ["start", "start", "start", "read", "read"]
    assert readings.good(0)


def test_one_that_was_silent_twice_may_have_lost_its_power_and_is_started_again():
    sensor = Sensor(1, [0], start_pdu=b"\x03\x25\x00\x00\x01")
    clock, readings, master, poller = world(sensor)
    silent = (3, 5, 6)  # one alone, then two in a row
    master.say = lambda unit_id, number: (NO_ANSWER if number in silent else 0, (7, 0))
    task = poller.run()
    run_for(clock, task, 8000)
    assert readings.detail[0] == codes.DETAIL_NO_ANSWER
    run_for(clock, task, 200)
    story = "start read read read read read start"
    assert " ".join(what for _, _, what in master.calls) == story
    run_for(clock, task, 2500)
    assert readings.detail[0] == codes.DETAIL_WARMING_UP
    assert len(master.calls) == 7
    run_for(clock, task, 2000)
    assert readings.good(0)


def test_one_that_needs_no_start_is_never_started():
    clock, _, master, poller = world(Sensor(1, [0]))
    master.say = lambda unit_id, number: (NO_ANSWER, ())
    run_for(clock, poller.run(), 10500)
    assert {what for _, _, what in master.calls} == {"read"}


def test_one_that_does_not_start_holds_up_nobody():
    sensors = Sensor(1, [0], start_pdu=b"\x03\x25\x00\x00\x01"), Sensor(2, [1])
    clock, readings, master, poller = world(*sensors, points=2)
    master.say = lambda unit_id, number: (NO_ANSWER if unit_id == 1 else 0, (7, 0))
    run_for(clock, poller.run(), 10500)
    assert sum(1 for _, unit, _ in master.calls if unit == 2) == 11
    assert readings.good(1)


def test_every_outcome_has_its_detail_on_every_point_of_the_sensor():
    cases = (
        (NO_ANSWER, codes.DETAIL_NO_ANSWER, codes.FLAG_MISSING),
        (BAD_FRAME, codes.DETAIL_BAD_FRAME, codes.FLAG_MISSING),
        (EXCEPTION, codes.DETAIL_EXCEPTION, codes.FLAG_MISSING),
        (0, codes.DETAIL_NONE, codes.FLAG_GOOD),
    )
    for outcome, detail, flag in cases:
        clock, readings, master, poller = world(Sensor(1, [0, 1]), points=2)
        master.say = lambda unit_id, number, outcome=outcome: (outcome, (7, 0))
        run_for(clock, poller.run(), 500)
        assert list(readings.detail) == [detail] * 2
        assert list(readings.flag) == [flag] * 2


def test_a_miss_leaves_no_old_value_behind():
    clock, readings, master, poller = world(Sensor(1, [0]))
    master.say = lambda unit_id, number: (0 if number == 1 else NO_ANSWER, (7, 0))
    task = poller.run()
    run_for(clock, task, 500)
    assert readings.value[0] == 7
    run_for(clock, task, 1000)
    assert readings.value[0] == 0
    assert not readings.usable(0)


def test_what_is_no_number_or_beyond_the_range_is_told_apart():
    cases = (
        ((0x7FC0, 0), codes.DETAIL_NOT_A_NUMBER),
        ((0x7F80, 0), codes.DETAIL_OUT_OF_RANGE),  # infinite
        ((0xFF80, 0), codes.DETAIL_OUT_OF_RANGE),
        ((0x459C, 0x4800), codes.DETAIL_OUT_OF_RANGE),  # 5001
        ((0xC2CA, 0), codes.DETAIL_OUT_OF_RANGE),  # -101
        ((0xC1C8, 0), codes.DETAIL_SENTINEL),  # -25
        ((0x4120, 0), codes.DETAIL_NONE),  # 10
    )
    for words, detail in cases:
        clock, readings, master, poller = world(Sensor(1, [0]))
        readings.points[0] = point(data_type=layout.TYPE_F32_ABCD)
        readings.points[0].sentinels.append(-25)
        master.say = lambda unit_id, number, words=words: (0, words)
        run_for(clock, poller.run(), 500)
        assert readings.detail[0] == detail, words
        assert readings.good(0) == (detail == codes.DETAIL_NONE)


def test_an_error_word_that_is_set_fails_the_reading():
    for word, detail in ((0, codes.DETAIL_NONE), (3, codes.DETAIL_INSTRUMENT_ERROR)):
        sensor = Sensor(1, [0])
        sensor.error_word = 1
        clock, readings, master, poller = world(sensor)
        master.say = lambda unit_id, number, word=word: (0, (7, word))
        run_for(clock, poller.run(), 500)
        assert readings.detail[0] == detail


def test_without_an_error_word_nothing_is_taken_for_one():
    clock, readings, master, poller = world(Sensor(1, [0]))
    master.say = lambda unit_id, number: (0, (7, 3))
    run_for(clock, poller.run(), 500)
    assert readings.good(0)


def test_busy_tells_when_a_frame_is_under_way():
    clock, _, _, poller = world(Sensor(1, [0]), took_ms=50)
    task = poller.run()
    for for_ms, busy in ((25, True), (50, False), (900, False), (50, True), (50, False)):
        run_for(clock, task, for_ms)
        assert poller.busy == busy, clock.us


def test_attempts_grow_whether_anybody_answers_or_not():
    clock, _, master, poller = world(Sensor(1, [0]))
    master.say = lambda unit_id, number: (NO_ANSWER, ())
    task = poller.run()
    for _ in range(20):
        before = poller.attempts
        run_for(clock, task, 1100)
        assert poller.attempts > before


def test_after_a_failure_the_bus_is_not_busy_for_ever():
    """The flash waits for an idle bus: latches would not be kept any more."""
    clock, _, master, poller = world(Sensor(1, [0]))

    def fails(unit_id, number):
        raise MemoryError("memory allocation failed")

    master.say = fails
    try:
        run_for(clock, poller.run(), 1000)
    except MemoryError:
        pass
    else:
        raise AssertionError("swallowed")
    assert not poller.busy


def counted(master, dead=(1,)):
    """Polls by unit id from now on, instead of a list of them; those of `dead` are silent."""
    asked = {}

    def say(unit_id, number):
        asked[unit_id] = asked.get(unit_id, 0) + 1
        master.calls.clear()
        return (NO_ANSWER if unit_id in dead else 0, (7, 0))

    master.say = say
    return asked


def test_a_dead_one_is_only_probed_and_costs_the_others_a_twentieth():
    sensors = Sensor(1, [0]), Sensor(2, [1], poll_ms=200)
    clock, readings, master, poller = world(*sensors, points=2, took_ms=190)
    task = poller.run()
    asked = counted(master)
    run_for(clock, task, 60000)
    assert readings.detail[0] == codes.DETAIL_NOT_ASKED
    assert readings.flag[0] == codes.FLAG_MISSING
    asked.clear()
    run_for(clock, task, 300000)
    assert 9 <= asked[1] <= 11  # one in half a minute
    assert asked[2] >= 0.95 * 300000 / 200
    counted(master, dead=())
    run_for(clock, task, 31000)
    assert readings.good(0)
    asked = counted(master, dead=())
    run_for(clock, task, 10000)
    assert asked[1] >= 9


def test_several_dead_ones_share_what_one_may_cost():
    sensors = [Sensor(unit, [unit]) for unit in range(5)]
    clock, _, master, poller = world(*sensors, points=5, took_ms=200)
    task = poller.run()
    dead = (1, 2, 3, 4)
    asked = counted(master, dead)
    run_for(clock, task, 60000)
    asked.clear()
    run_for(clock, task, 600000)
    assert sum(asked[unit] for unit in dead) * 200 <= 600000 / 20
    for unit in dead:
        assert asked[unit] >= 15, unit  # none is forgotten


def test_one_that_a_trip_depends_on_is_asked_at_its_own_rate_until_it_is_lost():
    sensor = Sensor(1, [0])
    sensor.break_polls = 5
    sensor.break_hold_ms = 20000
    clock, readings, master, poller = world(sensor)
    task = poller.run()
    asked = counted(master)
    run_for(clock, task, 24500)
    assert asked[1] == 25
    assert readings.detail[0] == codes.DETAIL_NO_ANSWER
    run_for(clock, task, 9000)
    assert asked[1] == 27  # more than one second later, then more than two
    assert readings.detail[0] == codes.DETAIL_NOT_ASKED


def test_a_probe_wipes_itself_in_its_turn_and_what_it_reads_meanwhile_is_forgotten():
    sensor = Sensor(1, [0])
    clock, readings, master, poller = world(sensor)
    fields = {"every_ms": 4500, "takes_ms": 2000, "freeze_max_ms": 30000}
    fields.update({"name": b"\x03\x25\x00\x00\x01", "reply_size": 8})
    readings.freezes.append(Freeze(readings, sensor.points, [], fields))
    master.say = lambda unit_id, number: (0, (500 + number,))
    task = poller.run()
    run_for(clock, task, 4900)
    before = readings.value[0]
    run_for(clock, task, 2050)
    assert [what for _, _, what in master.calls][4:7] == ["read", "start", "read"]
    assert readings.value[0] == before
    run_for(clock, task, 1000)
    assert readings.value[0] > before
    assert not readings.freezes[0].active


def test_a_probe_that_was_away_for_a_week_wipes_itself_when_it_is_back():
    """Ticks tell no more than 6.2 days: that its wipe is due must not be asked after them."""
    hour_ms = 3600000
    sensor = Sensor(1, [0], poll_ms=hour_ms, start_pdu=b"\x03\x25\x00\x00\x01")
    clock, readings, master, poller = world(sensor)
    fields = {"every_ms": 24 * hour_ms, "takes_ms": 2000, "freeze_max_ms": 30000}
    fields.update({"name": sensor.start_pdu, "reply_size": 8})
    readings.freezes.append(Freeze(readings, sensor.points, [], fields))
    master.say = lambda unit_id, number: (NO_ANSWER, ())
    task = poller.run()
    for _ in range(8 * 24):
        run_for(clock, task, hour_ms)
    del master.calls[:]
    master.say = lambda unit_id, number: (0, (500 + number,))
    run_for(clock, task, 4 * hour_ms)
    assert [what for _, _, what in master.calls][:3] == ["start", "read", "start"]
