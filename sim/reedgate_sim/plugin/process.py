"""One run of a command in a session of its own, with a time limit; nothing of it is left."""

import os
import signal
import subprocess

_GRACE_S = 2  # from the interrupt, which yields a traceback, to the kill


def run(command, environment, timeout_s):
    """(exit status, stdout, stderr, was its time over); the process and its children are gone."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=pipe,
        stderr=pipe,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # so that it can be ended with what it started
    ) as vm:
        try:
            return _ended(vm, timeout_s, late=False)
        except subprocess.TimeoutExpired:
            os.killpg(vm.pid, signal.SIGINT)
            try:
                return _ended(vm, _GRACE_S, late=True)
            except subprocess.TimeoutExpired:
                os.killpg(vm.pid, signal.SIGKILL)
                return _ended(vm, None, late=True)
        finally:
            if vm.poll() is None:
                os.killpg(vm.pid, signal.SIGKILL)


def _ended(vm, timeout_s, late):
    output, errors = vm.communicate(timeout=timeout_s)
    return vm.returncode, output, errors, late
