"""Power cuts at every flash operation of small programs: what was acknowledged is there.

Each cut is made twice, with the operation absent and torn; after it the image is read by the
host's littlefs and by the VM's, which goes on with the program.
"""

import pytest
from flash_rig import every_cut, program

# Each says "found N" for what it finds at its start, and "ack N" when a write has returned.
REPLACE = """
import os
def content(number):
    return bytes((number,)) * (100 if number % 2 else 1500)
def found():
    if "state" not in os.listdir():
        return 0
    with open("state", "rb") as stream:
        state = stream.read()
    assert state == content(state[0])
    return state[0]
first = found()
print("found", first)
for number in range(first + 1, first + 6):
    with open("state.tmp", "wb") as stream:
        stream.write(content(number))
    os.rename("state.tmp", "state")
    print("ack", number)
print("done")
"""

APPEND = """
import os
def record(number):
    return b"%06d" % number * 8
def found():
    if "log" not in os.listdir():
        return 0
    size = os.stat("log")[6]
    with open("log", "rb") as stream:
        for number in range(1, size // 48 + 1):
            assert stream.read(48) == record(number)
    return size // 48
first = found()
print("found", first)
with open("log", "ab") as stream:
    for number in range(first + 1, first + 16):
        stream.write(record(number))
        stream.flush()
        print("ack", number)
print("done")
"""


def replaced(cut):
    state = cut.files.get("state", b"\0")
    assert state in (b"\0", bytes(state[:1]) * (100 if state[0] % 2 else 1500)), cut.at
    return state[0]


def appended(cut):
    log = cut.files.get("log", b"")
    count = len(log) // 48
    assert log == b"".join(b"%06d" % number * 8 for number in range(1, count + 1)), cut.at
    return count


@pytest.mark.parametrize(
    ("main", "read", "least"), [(REPLACE, replaced, 50), (APPEND, appended, 60)]
)
def test_a_cut_at_any_operation_loses_nothing_acknowledged(
    main, read, least, tmp_path, monkeypatch
):
    program(tmp_path / "program", monkeypatch, main)
    cuts = every_cut(tmp_path)
    assert len(cuts) >= least
    for cut in cuts:
        assert cut.relay_dropped, cut.at
        assert cut.mounts, cut.at
        assert "config.bin" in cut.files, cut.at
        there = read(cut)
        assert there in (cut.acknowledged, cut.acknowledged + 1), cut.at
        assert cut.found_again == there, (cut.at, cut.said_again)
        assert "done" in cut.said_again, (cut.at, cut.said_again)
    assert {cut.acknowledged for cut in cuts} >= {0, 1, 2, 3, 4}, "cuts all along the run"


def test_without_the_flush_the_same_cuts_lose_what_was_acknowledged(tmp_path, monkeypatch):
    main = APPEND.replace("        stream.flush()\n", "")
    assert main != APPEND
    # so much that a block is full and pages are programmed without a flush
    main = main.replace("first + 16", "first + 200")
    program(tmp_path / "program", monkeypatch, main)
    cuts = every_cut(tmp_path)
    lost = [cut for cut in cuts if cut.mounts and appended(cut) < cut.acknowledged]
    assert len(lost) > len(cuts) // 2
