"""The real firmware as a slave, asked by pymodbus: how things stand, the mailbox, exceptions."""

import hashlib
import hmac
import struct

import pytest
from slave_rig import UNIT, SlaveRun, unpacked
from station_rig import KEY
from uplink_rig import quiet

from reedgate_contract import codes, envelope, records, registers, topics
from reedgate_sim.world import adu

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3


@pytest.fixture
def run(tmp_path):
    with SlaveRun(quiet(tmp_path)) as run:
        yield run.to(70)


def sealed(run, leaf, body, counter, *, key=KEY, boot_n=1):
    topic = topics.topic("desk", "inlet", leaf).encode()
    epoch = run.station_now()["epoch"]
    until_s = int(run.now_s) + 20
    code = envelope.TOPIC_CODES[leaf]
    message = envelope.pack_head(code, epoch, boot_n, counter, until_s, 0) + body
    return message + hmac.digest(key, topic + b"\0" + message, hashlib.sha256)


def write_letter(run, message):
    padded = message + bytes(len(message) % 2)
    words = [len(message), *struct.unpack(f">{len(padded) // 2}H", padded)]
    answer = run.client.write_registers(registers.LENGTH_AT, words, device_id=UNIT)
    assert not answer.isError(), answer


def commit(run, ticket):
    return run.client.write_register(registers.COMMIT_AT, ticket, device_id=UNIT)


def answer_of(run):
    count = registers.width_of(registers.ANSWER)
    answer = run.client.read_holding_registers(registers.ANSWER_AT, count=count, device_id=UNIT)
    return unpacked(registers.ANSWER, answer.registers)


def put(run, message, ticket):
    write_letter(run, message)
    assert not commit(run, ticket).isError()
    return answer_of(run)


def ack(run, seq, counter, *, stream=records.STREAM_EVENTS, **options):
    body = struct.pack(envelope.ACK, stream, run.station_now()["epoch"], seq)
    return sealed(run, "ack", body, counter, **options)


def exception_of(run, pdu, unit_id=UNIT):
    """The exception that a request gets; None for a normal answer, "" for silence."""
    frame = run.ask(adu.sealed(unit_id, pdu))
    if not frame:
        return ""
    unit, answered = adu.opened(frame)
    assert unit == unit_id
    return answered[1] if answered[0] == pdu[0] | 0x80 else None


def test_the_station_says_how_things_stand(run):
    now = run.station_now()
    assert (now["map_version"], now["points"], now["gates"]) == (2, 5, 2)
    assert now["state"] == 0
    assert now["boot_n"] == 1
    assert now["uptime_s"] == int(run.now_s)  # from power to the first scan a few ms, less a scan
    events, readings = run.stream(), run.stream(events=False)
    assert events["first_held"] == readings["first_held"] == 1
    assert readings["next_seq"] + readings["waiting"] >= 6  # five points, once a minute
    stage = run.block(registers.POINTS_AT + 4 * 8, registers.POINT)
    assert stage["status"] == codes.STATUS_GOOD
    assert stage["flag"] == codes.FLAG_GOOD
    assert abs(stage["value"] - run.plant.truth().points["stage_mm"]) < 20
    assert stage["age_ms"] <= 1500
    main = run.block(registers.GATES_AT, registers.GATE)
    assert main["position"] == codes.POSITION_OPEN
    assert main["rule"] == codes.RULE_AUTOMATIC


def test_a_point_below_zero_and_one_that_is_not_read_are_told_as_such(tmp_path):
    with SlaveRun(quiet(tmp_path)) as run:
        run.plant.add_fault("turbidity", "dead")
        run.to(30)
        turbidity = run.block(registers.POINTS_AT, registers.POINT)
        assert turbidity["value"] == 0
        assert turbidity["flag"] == codes.FLAG_MISSING
        assert turbidity["detail"] == codes.DETAIL_NOT_ASKED  # its breaker is open by now


def test_a_read_over_several_blocks_is_the_same_as_block_by_block(run):
    count = 5 * registers.width_of(registers.POINT)
    answer = run.client.read_input_registers(registers.POINTS_AT, count=count, device_id=UNIT)
    stage = unpacked(registers.POINT, answer.registers[32:])
    alone = run.block(registers.POINTS_AT + 32, registers.POINT)
    assert {**stage, "age_ms": 0} == {**alone, "age_ms": 0}
    fifth = run.client.read_input_registers(registers.POINTS_AT + 5, count=1, device_id=UNIT)
    assert fifth.registers == answer.registers[5:6]


def test_what_the_map_does_not_have_is_an_exception(run):
    read = struct.Struct(">BHH").pack
    last_gate = registers.GATES_AT + 2 * 13
    cases = {
        read(4, 48, 1): ILLEGAL_ADDRESS,
        read(4, 47, 2): ILLEGAL_ADDRESS,
        read(4, registers.POINTS_AT + 40, 1): ILLEGAL_ADDRESS,
        read(4, last_gate - 1, 1): None,
        read(4, last_gate - 1, 2): ILLEGAL_ADDRESS,
        read(4, 0, 0): ILLEGAL_VALUE,
        read(4, 0, 126): ILLEGAL_VALUE,
        read(4, 65535, 1): ILLEGAL_ADDRESS,
        read(3, 0, 1): ILLEGAL_ADDRESS,
        read(3, registers.LENGTH_AT, 123): None,
        read(3, registers.LENGTH_AT, 124): ILLEGAL_ADDRESS,
        read(6, registers.COMMIT_AT, 0): ILLEGAL_VALUE,
        read(6, registers.ANSWER_AT, 1): ILLEGAL_ADDRESS,
        read(16, registers.LENGTH_AT, 1) + b"\x02\x00": ILLEGAL_VALUE,
        read(16, registers.LENGTH_AT, 1) + b"\x03\x00\x00": ILLEGAL_VALUE,
        read(16, 0, 1) + b"\x02\x00\x00": ILLEGAL_ADDRESS,
        read(1, 0, 1): ILLEGAL_FUNCTION,
        b"\x2b\x0e\x01\x00": ILLEGAL_FUNCTION,
        b"\x14\x07\x06\x00\x02\x00\x00\x00\x10": None,
        b"\x14\x07\x06\x00\x03\x00\x00\x00\x10": ILLEGAL_ADDRESS,  # no such file
        b"\x14\x07\x06\x00\x02\x1f\x80\x00\x10": ILLEGAL_ADDRESS,  # no such record yet
        b"\x14\x07\x06\x00\x02\x00\x01\x00\x10": ILLEGAL_ADDRESS,  # not where one begins
        b"\x14\x07\x05\x00\x02\x00\x00\x00\x10": ILLEGAL_ADDRESS,
        b"\x14\x07\x06\x00\x02\x00\x00\x00\x0f": ILLEGAL_ADDRESS,
        b"\x14\x07\x06\x00\x02\x00\x00\x00\x80": ILLEGAL_VALUE,  # eight records
        b"\x14\x06\x06\x00\x02\x00\x00\x00\x10": ILLEGAL_VALUE,
        b"\x14\x00": ILLEGAL_VALUE,
    }
    assert {pdu: exception_of(run, pdu) for pdu in cases} == cases


def test_what_is_not_for_it_or_not_sound_gets_no_word(run):
    read = bytes((4, 0, 0, 0, 16))
    assert exception_of(run, read, unit_id=0) == ""
    assert exception_of(run, read, unit_id=UNIT + 1) == ""
    assert run.ask(adu.sealed(UNIT, bytes((0x84, 2)))) == b""  # another's answer
    frame = adu.sealed(UNIT, read)
    for at in range(len(frame)):
        spoilt = bytearray(frame)
        spoilt[at] ^= 4
        assert run.ask(bytes(spoilt), 0.5) == b"", at
    assert run.ask(frame[:-1], 0.5) == b""
    assert run.ask(bytes(700), 3) == b""
    assert exception_of(run, read) is None  # and it still listens


def test_two_runs_of_records_in_one_request(run):
    both = b"\x14\x0e\x06\x00\x02\x00\x00\x00\x10\x06\x00\x02\x00\x20\x00\x20"
    _, pdu = adu.opened(run.ask(adu.sealed(UNIT, both)))
    header, first, second = run.records(2, 0, 3)
    assert header[:2] == records.SEGMENT_MAGIC
    assert (
        pdu
        == bytes((0x14, 34 + 66, 33, 6))
        + header
        + bytes((65, 6))
        + second
        + (run.records(2, 3, 1)[0])
    )
    assert first != second


def test_an_ack_by_the_mailbox_confirms(run):
    told = put(run, ack(run, 3, counter=1), ticket=1)
    assert told == {"ticket": 1, "result": 0, "last_counter": 1, "refused": 0}
    events = run.stream()
    assert (events["confirmed"], events["unread_seq"], events["unread_index"]) == (3, 4, 4)


def test_the_time_by_the_mailbox_becomes_an_anchor(run):
    before = run.stream()["next_seq"]
    body = struct.pack(envelope.TIME, 1790000000, 250, 40)
    assert put(run, sealed(run, "time", body, 1), ticket=9)["result"] == 0
    run.to(run.now_s + 2)
    (record,) = run.records(run.stream()["unread_file"], before, 1)
    assert record[0] == records.KIND_ANCHOR


def test_a_refusal_says_why_and_which_counter_was_the_last(run):
    put(run, ack(run, 2, counter=5), ticket=1)
    cases = (
        (ack(run, 3, counter=5), envelope.REFUSED_COUNTER),
        (ack(run, 3, counter=6, key=b"k" * 32), envelope.REFUSED_PROOF),
        (ack(run, 3, counter=6, boot_n=2), envelope.REFUSED_BOOT),
        (b"short", envelope.REFUSED_FORM),
        (ack(run, 9999, counter=6), envelope.REFUSED_CONTENT),
    )
    for number, (message, reason) in enumerate(cases, 1):
        told = put(run, message, ticket=1 + number)
        assert told["result"] == reason
        assert told["refused"] == number
    assert told["last_counter"] == 6
    assert run.stream()["confirmed"] == 2


def test_a_commit_whose_answer_got_lost_may_come_again(run):
    put(run, ack(run, 2, counter=1), ticket=7)
    assert not commit(run, 7).isError()
    assert answer_of(run) == {"ticket": 7, "result": 0, "last_counter": 1, "refused": 0}


def test_a_length_that_no_letter_has_is_no_commit(run):
    assert commit(run, 1).exception_code == ILLEGAL_VALUE  # nothing written since the start
    answer = run.client.write_registers(registers.LENGTH_AT, [245], device_id=UNIT)
    assert not answer.isError()
    assert commit(run, 1).exception_code == ILLEGAL_VALUE
    assert answer_of(run)["ticket"] == 0
    assert answer_of(run)["refused"] == 0


def test_a_transceiver_that_hears_itself_does_no_harm(run):
    line = run.host_line
    transmit = line.transmit

    def echoed(now_us, data, settings, _released_us=None):
        transmit(now_us, data, settings)
        line.say(now_us, data, settings)

    line.transmit = echoed
    for ticket in (1, 2):  # the answer to a single write is the request once more
        put(run, ack(run, ticket, counter=ticket), ticket)
        assert answer_of(run)["ticket"] == ticket
    run.to(run.now_s + 2)
    assert line.heard == []  # nobody has answered an echo
    assert run.station_now()["map_version"] == 2


def test_a_master_that_asks_without_end_delays_no_scan_and_feeds_no_watchdog_late(run):
    """No reset, every second's polls, and the events on flash while the line is never quiet."""
    asked = run.plant.transmit
    polls = []
    run.plant.transmit = lambda port, *rest: (polls.append(port), asked(port, *rest))
    start = run.now_s
    while run.now_s < start + 60:
        run.station_now()
        run.records(2, 1, 7)
    assert run.rig.resets == []
    assert polls.count("RS485_1") >= 4 * 57
    assert run.stream()["waiting"] == 0
    assert run.stream(events=False)["next_seq"] >= 11


def test_no_key_no_word(tmp_path):
    with SlaveRun(quiet(tmp_path)) as run:
        run.rig.provision("key.bin", b"short")
        run.to(5)
        assert run.ask(adu.sealed(UNIT, bytes((4, 0, 0, 0, 16)))) == b""
