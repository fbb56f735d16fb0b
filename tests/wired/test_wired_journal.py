"""The journal by Read File Record: the same records as over MQTT, and what the flash has lost."""

import binascii
import struct

from slave_rig import SlaveRun
from station_rig import KEY, SITE
from uplink_rig import gateway

from reedgate_boards.site.compiler import Overrides, compile_station
from reedgate_contract import records, registers
from reedgate_sim import flash

ILLEGAL_ADDRESS = 2
EVENTS, READINGS = records.STREAM_EVENTS, records.STREAM_READINGS
FAST = Overrides(record_s=2)


def read_all(run):
    """{(stream, epoch, seq): (boot_n, record)} of every segment, found by its header alone."""
    epoch = run.station_now()["epoch"]
    found = {}
    for events, stream in ((True, EVENTS), (False, READINGS)):
        now = run.stream(events)
        for number in range(1, 40):
            file_number = registers.file_of(events, number)
            header = run.records(file_number, 0, 1)
            if header == ILLEGAL_ADDRESS:
                continue
            fields = struct.unpack(records.SEGMENT, header[0])
            magic, _version, code, stated, head_epoch, boot_n, first_seq, _zeros, crc = fields
            assert (magic, code, stated) == (records.SEGMENT_MAGIC, stream, number)
            assert head_epoch == epoch
            assert crc == binascii.crc32(header[0][:28])
            index = 1
            while (got := run.records(file_number, index, 1)) != ILLEGAL_ADDRESS:
                found[stream, epoch, first_seq + index - 1] = (boot_n, got[0])
                index += 1
        seqs = sorted(seq for code, _, seq in found if code == stream)
        assert seqs == list(range(1, len(seqs) + 1))
        assert len(seqs) >= now["next_seq"] - 1  # it goes on while it is read
    return found


def test_the_same_records_once_each_as_over_mqtt():
    """One journal, two starts long, read both ways: first by file, then by a station on MQTT."""
    with SlaveRun(network=gateway(), overrides=FAST) as run:
        run.to(60)
        run.rig.power_off()
        run.to(61)
        run.rig.power_on()
        run.to(100)
        by_file = read_all(run)
        broker = run.rig.network
        assert broker.messages == []
        run.rig.power_off()
        run.rig.provision("config.bin", compile_station(SITE, "inlet", overrides=FAST))
        run.rig.provision("key.bin", KEY)
        run.to(101)
        run.rig.power_on()
        run.to(180, lambda: set(by_file) <= set(broker.records))
        assert {boot_n for boot_n, _ in by_file.values()} == {1, 2}
        assert len(by_file) > 150
        assert {place: broker.records.get(place) for place in by_file} == by_file


def test_a_record_that_the_flash_has_spoilt_is_told_as_lost():
    with SlaveRun(overrides=FAST) as run:
        run.to(30)
        whole = run.records(2, 1, 7)
        run.rig.power_off()
        files = flash.read_files(run.rig.flash_image)
        name = next(each for each in files if each.startswith("e"))
        spoilt = bytearray(files[name])
        spoilt[32 + 3 * 32 + 14] ^= 1
        run.rig.provision(name, bytes(spoilt))
        run.to(31)
        run.rig.power_on()
        run.to(40)
        again = run.records(2, 1, 7)
        assert again[:3] + again[4:] == whole[:3] + whole[4:]
        kind, part, _, _, seq, _, _, crc = struct.unpack(records.RECORD, again[3])
        assert (kind, part, seq) == (records.KIND_LOST, 0, 4)
        assert crc == binascii.crc32(again[3][:28])


def test_a_segment_without_a_sound_header_is_no_file_but_is_told_of():
    with SlaveRun(overrides=FAST) as run:
        run.to(30)
        last = run.stream()["next_seq"] - 1
        run.rig.power_off()
        files = flash.read_files(run.rig.flash_image)
        name = next(each for each in files if each.startswith("e"))
        run.rig.provision(name, b"XX" + files[name][2:])
        run.to(31)
        run.rig.power_on()
        run.to(35)
        assert isinstance(run.records(2, 0, 1), int)  # an exception: who reads it finds out
        now = run.stream()
        assert now["unread_file"] == registers.FILE_NONE
        assert (now["unread_seq"], now["unread_count"]) == (1, last)
        assert run.records(2, 1, 1) == ILLEGAL_ADDRESS
