"""The fixtures for tests on the host, and the fakes for tests on the VM."""

import pytest
from stranger import INI, run

pytest_plugins = ["pytester"]


def test_a_station_runs_its_firmware_against_its_plant(station):
    inlet = station(scenario="turbidity_upset")
    assert inlet.gate("main").at_open
    closed = inlet.run(60, until=lambda: inlet.gate("main").at_closed)
    assert closed
    assert 0 < inlet.switched_on("RELAY_2")[0] < inlet.now_s < 60
    ruling = [event["cause"] for event in inlet.events() if event["rule"] == "quality"]
    assert "quality: turbidity_ntu" in ruling


def test_two_runs_of_one_seed_are_alike(station):
    one, other = station(seed=3), station(seed=3)
    for each in (one, other):
        each.run(10)
    assert one.outputs == other.outputs
    assert one.now_s == 10


def test_a_plant_stands_alone(plant):
    alone = plant(scenario="turbidity_upset")
    alone.advance(1_000_000)
    assert alone.truth().gates["main"].at_open


def test_a_station_is_closed_with_its_test(pytester):
    pytester.makepyfile(
        test_station="""
        rigs = []
        def test_starts(station):
            rigs.append(station().rig)
            rigs[0].run(1_000_000)
            assert rigs[0].has_power
        def test_is_gone():
            assert rigs[0]._vm is None
        """
    )
    run(pytester).assert_outcomes(passed=2)


@pytest.mark.parametrize("first_ms", [0, (1 << 30) - 2])
def test_clock_and_line_are_there_for_code_that_is_not_ours(pytester, first_ms):
    pytester.makeini(INI)
    pytester.makepyfile(
        vmtest_line=f"""
        from fake_clock import FakeClock, run
        from fake_line import Line
        def test_an_answer_takes_its_time():
            clock = FakeClock({first_ms})
            line = Line(clock, lambda request: [(5000, b"!")], baud=9600)
            line.write(b"?")
            deadline = (clock.now_ms() + 20) % (1 << 30)
            assert run(clock.wait_readable(line, deadline))
            assert clock.us == 8000  # a byte, five milliseconds, a byte: seen at the next one
            buffer = bytearray(4)
            assert line.read_into(buffer) == 1 and buffer[0] == 33
            assert not run(clock.wait_readable(line, deadline))
            assert clock.us == 20000
        """
    )
    run(pytester).assert_outcomes(passed=1)
