"""The search on a board's own ports: the code that is sent to it, run here in virtual time."""

import pytest
from line_rig import DESK, PROFILES, STEPS, bus_of
from virtual_board import VirtualBoard

from reedgate_boards.finder.board_line import BoardLine, ports_of
from reedgate_boards.finder.judge import Fault as LineFault
from reedgate_boards.finder.judge import Sure, Verdict
from reedgate_boards.finder.plan import EACH_S, longest_s, wait_ms_of
from reedgate_boards.finder.report import advice, is_well
from reedgate_boards.finder.sweep import Sweep
from reedgate_sim.world.faults import Fault
from reedgate_sim.world.line import Line

WATCHDOG_US = 8_300_000


def searched(board):
    lines = [BoardLine(board, name) for name in ports_of(board)]
    return [Sweep(line, PROFILES, STEPS, lambda *_: None).run(False) for line in lines]


def test_both_ports_are_searched_in_less_than_three_minutes():
    wide = Line(19200, "even")
    board = VirtualBoard(
        {
            "RS485_1": bus_of(DESK.items()),
            "RS485_2": bus_of([(1, "in-situ-rdo-pro")], line=wide),
        }
    )
    first, second = searched(board)
    assert {it.unit_id: it.named.profile for it in first.found} == DESK
    (oxygen,) = second.found
    assert (oxygen.port, oxygen.unit_id) == ("RS485_2", 1)
    assert (oxygen.setting.baud, oxygen.setting.parity) == (19200, "even")
    assert oxygen.named.profile == "in-situ-rdo-pro"
    planned_s = 2 * longest_s(STEPS, wait_ms_of(PROFILES, BoardLine.latency_ms))
    assert planned_s < 180
    assert board.now_us / 1e6 < planned_s + 5 * EACH_S


@pytest.mark.parametrize("kind", ["babble", "noise"])
def test_its_watchdog_is_fed_on_a_line_that_is_never_silent(kind):
    board = VirtualBoard({"RS485_1": bus_of(DESK.items(), Fault(kind, 11, delay_ms=20))})
    (result,) = searched(board)
    assert board.longest_unfed_us < WATCHDOG_US // 2
    assert result.faults[0][0] in (LineFault.NOISE, LineFault.NO_BIAS)


def test_a_board_that_hears_itself_finds_its_probes_and_is_told_that_its_station_would_not():
    board = VirtualBoard({"A": bus_of(DESK.items(), Fault("echo", 11))})
    (result,) = searched(board)
    assert {it.unit_id: it.named.profile for it in result.found} == DESK
    assert result.faults == [(LineFault.BOARD_ECHO, Sure.CERTAIN)]
    assert not is_well([result])
    (said,) = advice([result], "en")
    assert "The station would take its own request for a spoilt answer" in said


def test_two_devices_and_swapped_wires_are_told_from_a_board_too():
    twice = bus_of([*DESK.items(), (12, "yosemitech-y510")])
    board = VirtualBoard({"A": twice, "B": bus_of(DESK.items(), Fault("swapped", 11))})
    first, second = searched(board)
    assert {it.unit_id: it.verdict for it in first.found}[12] == Verdict.TWO_DEVICES
    assert second.found == []
    assert second.faults == [(LineFault.SWAPPED, Sure.LIKELY)]
