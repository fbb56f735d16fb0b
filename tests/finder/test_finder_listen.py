"""What is overheard on a line: its speed, its frames, what they mean; nothing is ever sent."""

import pytest
from line_rig import DESK, PROFILES, STEPS, probe
from overheard import Overheard
from virtual_port import VirtualPort

from reedgate_boards.finder.judge import Fault, Sure
from reedgate_boards.finder.mirror import is_mirrored, mirrored
from reedgate_boards.finder.plan import Setting
from reedgate_boards.finder.serial_line import SerialLine
from reedgate_boards.finder.sweep import Sweep
from reedgate_boards.finder.traffic import Counts, Traffic, What
from reedgate_boards.finder.watch import counts_text, find_speed, text_of, watch_line
from reedgate_boards.site.user_error import UserError
from reedgate_sim.world.adu import exception, sealed
from reedgate_sim.world.line import Line, heard, levels_of, upside_down

GAP_MS = 30
SETTINGS = [step.setting for step in STEPS]
PROBES = {unit: (name, PROFILES[name]) for unit, name in DESK.items()}


def request(unit_id):
    read = PROFILES[DESK[unit_id]].read
    numbers = read.address.to_bytes(2, "big") + read.count.to_bytes(2, "big")
    return sealed(unit_id, bytes((read.function_code,)) + numbers)


def answer(unit_id):
    return probe(DESK[unit_id], unit_id).answer(request(unit_id), 0)


def polling(line=None, swapped=False):
    """A station that asks two probes each second; one does not answer. (line of the listener)"""
    frames = [(0, request(11)), (30_000, answer(11)), (200_000, request(12))]
    bus = Overheard(frames, 1_000_000, line or Line(), swapped=swapped)
    port = bus.port = VirtualPort(bus)
    return SerialLine(port, "adapter"), port


def kinds(traffic, *heard_at):
    return [it.what for now_ms, data in heard_at for it in traffic.hear(now_ms, data)]


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_the_speed_is_found_by_listening(setting):
    line, _ = polling(Line(setting.baud, setting.parity))
    found = find_speed(line, SETTINGS, PROFILES)
    assert found.baud == setting.baud  # the parity need not be right to listen


def test_a_line_that_is_silent_has_no_speed():
    port = VirtualPort(Overheard([], 10**9, Line()))
    assert find_speed(SerialLine(port, "adapter"), SETTINGS, PROFILES) is None


def test_frames_are_shown_with_their_readings_times_and_counts():
    line, port = polling()
    shown = []

    def show(text):
        shown.append(text)
        if len(shown) == 5:
            raise KeyboardInterrupt

    setting = Setting(9600, "none")
    counts = watch_line(line, setting, PROBES, lambda: port.now_us / 1000, show, "en")
    asks, answers, mute, missed, again = shown
    assert "11 yosemitech-y511  asked: FC 3 0x2600 x 5" in asks
    assert "after 37 ms: turbidity_ntu 6." in answers  # 22 of them the answer's own bytes
    assert answers.endswith(" °C")
    assert "12 yosemitech-y504  asked:" in mute
    assert "12 yosemitech-y504  did not answer: FC 3 0x2600 x 6" in missed
    assert "11 yosemitech-y511  asked:" in again
    assert counts == Counts(ok=1, timeouts=1)
    assert counts_text(counts, "en").startswith("1 answered, 0 exceptions, 1 without an answer")


def test_request_and_answer_in_one_lump_are_two_frames():
    traffic = Traffic(GAP_MS)
    assert kinds(traffic, (0, request(11) + answer(11))) == [What.REQUEST, What.ANSWER]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_frames_come_together_from_any_pieces(size):
    traffic, data, shown = Traffic(GAP_MS), request(11) + answer(11), []
    for at in range(0, len(data), size):
        shown += kinds(traffic, (at, data[at : at + size]))
    assert shown == [What.REQUEST, What.ANSWER]
    assert traffic.counts == Counts(ok=1)


def test_a_frame_with_a_pause_inside_is_counted():
    traffic, data = Traffic(GAP_MS), answer(11)
    assert kinds(traffic, (0, request(11)), (20, data[:6]), (60, data[6:]))[-1] == What.ANSWER
    assert traffic.counts == Counts(ok=1, gaps=1)


def test_bytes_that_are_no_frame_are_one_lump_between_frames():
    traffic = Traffic(GAP_MS)
    shown = kinds(traffic, (0, request(11)), (20, b"\x0b\x03\x99"), (100, b""), (200, request(12)))
    assert shown == [What.REQUEST, What.NO_FRAME, What.TIMEOUT, What.REQUEST]
    assert traffic.counts == Counts(crc=1, timeouts=1)


def test_a_spoilt_answer_is_no_answer():
    spoilt = bytearray(answer(11))
    spoilt[5] ^= 1
    traffic = Traffic(GAP_MS)
    kinds(traffic, (0, request(11)), (20, bytes(spoilt)), (100, b""), (200, request(12)))
    assert traffic.counts == Counts(crc=1, timeouts=1)


def test_an_exception_is_told_by_its_reason():
    traffic = Traffic(GAP_MS)
    traffic.hear(0, request(11))
    (event,) = traffic.hear(25, sealed(11, exception(3, 2)))
    assert text_of(event, PROBES, "en").endswith("after 25 ms: exception 2, no such register")
    assert traffic.counts == Counts(exceptions=1)


def test_an_answer_to_nothing_is_told():
    (event,) = Traffic(GAP_MS).hear(0, answer(11))
    assert event.what == What.UNASKED


def test_other_registers_than_the_profiles_are_shown_as_they_are():
    asks = sealed(14, bytes.fromhex("03 02 0D 00 01"))
    traffic = Traffic(GAP_MS)
    *_, event = traffic.hear(0, asks + sealed(14, bytes.fromhex("03 02 00 0E")))
    assert text_of(event, PROBES, "en").endswith(": 000e")


def test_a_write_is_paired_with_what_comes_back():
    brush = bytes.fromhex("0B 10 31 00 00 00 00")
    from reedgate_boards.finder.frames import sealed as own

    traffic = Traffic(GAP_MS)
    assert kinds(traffic, (0, own(brush) + own(brush[:6]))) == [What.REQUEST, What.ANSWER]


ASKED_AGAIN = {
    "write of one register": "06 00 01 00 03",
    "write of one coil": "05 00 01 FF 00",
    "write of several": "10 00 01 00 01 02 00 03",
    "read whose address looks like a byte count": "03 04 00 00 02",
    "read of bits that is as long as its answer": "01 03 00 00 18",
    "read of a file record": "14 07 06 00 01 00 00 00 08",
}


@pytest.mark.parametrize("name", ASKED_AGAIN)
def test_what_is_asked_again_was_not_answered(name):
    asks, traffic = sealed(5, bytes.fromhex(ASKED_AGAIN[name])), Traffic(GAP_MS)
    shown = kinds(traffic, (0, asks), (700, asks), (750, b""), (1400, asks))
    assert shown == [What.REQUEST, What.TIMEOUT, What.REQUEST, What.TIMEOUT, What.REQUEST]
    assert traffic.counts == Counts(timeouts=2)


@pytest.mark.parametrize("name", ["write of one register", "write of one coil"])
def test_the_same_bytes_soon_after_are_the_answer_and_those_behind_it_a_request(name):
    asks, traffic = sealed(5, bytes.fromhex(ASKED_AGAIN[name])), Traffic(GAP_MS)
    shown = kinds(traffic, (0, asks), (600, asks), (1300, asks), (2000, asks))
    assert shown == [What.REQUEST, What.ANSWER, What.REQUEST, What.TIMEOUT, What.REQUEST]


@pytest.mark.parametrize("parity", ["none", "even", "odd"])
@pytest.mark.parametrize("unit_id", DESK)
def test_a_frame_upside_down_is_what_the_simulated_line_makes_of_it(unit_id, parity):
    frame, line = request(unit_id), Line(9600, parity)
    levels = upside_down(levels_of(frame, line)) + [0] * 12
    taken = bytes(it.value for it in heard(levels, line, Line(9600)))
    assert mirrored(frame, parity) == taken
    assert is_mirrored(b"\0" + taken, PROFILES)
    assert not is_mirrored(frame, PROFILES)


def test_a_listener_with_swapped_wires_is_told_so():
    line, _ = polling(swapped=True)
    with pytest.raises(UserError, match="upside down"):
        find_speed(line, SETTINGS, PROFILES)


@pytest.mark.parametrize("swapped", [False, True])
def test_no_search_where_another_master_asks(swapped):
    line, port = polling(swapped=swapped)
    result = Sweep(line, PROFILES, STEPS, lambda *_: None).run(False)
    upside = [(Fault.SWAPPED, Sure.CERTAIN)] if swapped else []
    assert result.faults == [*upside, (Fault.MASTER, Sure.CERTAIN)]
    assert port.asked == []
