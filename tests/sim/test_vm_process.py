"""What is taken for a VM that hangs: one that works or waits too long, not one without a turn."""

import os
import signal
import struct
import sys

import pytest

from reedgate_sim import vm_process
from reedgate_sim.vm_command import VmCommand

REQUEST = struct.pack("<IQQQQQQ", 48, 1, 2, 3, 0, 0, 0)
WRITES = f"os.write(int(sys.argv[2]), {REQUEST!r})"


@pytest.fixture
def process(tmp_path, monkeypatch):
    """Starts a program in place of the VM; its second number is where its requests go."""
    monkeypatch.setattr(vm_process, "HANG_S", 0.1)
    monkeypatch.setattr(vm_process, "_LOOK_S", 0.05)
    started = []

    def start(program):
        command = VmCommand([sys.executable, "-c", f"import os, signal, sys\n{program}"], {})
        facts = {"first_tick_ms": 0, "reset_cause": 0, "seed": 1, "file_system": "", "erase_us": 0}
        started.append(vm_process.VmProcess(command, tmp_path, **facts))
        return started[-1]

    yield start
    for each in started:
        each.kill()


def test_one_that_asks_is_heard(process, monkeypatch):
    monkeypatch.setattr(vm_process, "HANG_S", 60.0)  # it is to start first
    assert process(WRITES + "\nsignal.pause()").next_request().deadline_us == 2


@pytest.mark.parametrize("does", ["while True: pass", "signal.pause()"])
def test_one_that_works_or_waits_without_a_request_hangs(process, does):
    assert process(does).next_request() is None


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="here wall time is all there is")
def test_one_that_gets_no_turn_for_longer_does_not_hang(process):
    vm = process("os.kill(os.getpid(), signal.SIGSTOP)\n" + WRITES + "\nsignal.pause()")
    os.waitid(os.P_PID, vm._process.pid, os.WSTOPPED)
    woken = []
    before = signal.signal(
        signal.SIGALRM, lambda *_: woken.append(os.kill(vm._process.pid, signal.SIGCONT))
    )
    signal.setitimer(signal.ITIMER_REAL, 5 * vm_process.HANG_S)
    try:
        assert vm.next_request().deadline_us == 2
        assert woken == [None]
    finally:
        signal.signal(signal.SIGALRM, before)
