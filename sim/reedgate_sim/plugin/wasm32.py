"""The 32-bit MicroPython under node: one process for a session, started when a test needs it.

Small ints have 31 bits there, as on the boards, so what takes heap on a board takes it here too.
"""

import json
import os
import selectors
import signal
import subprocess
import time

import pytest

from reedgate_sim.plugin.items import RUNNER

_HERE = RUNNER.parent.parent / "plugin"
_NODE = pytest.StashKey["Node"]()


def start(config) -> None:
    """UserError when node or the package is not to be had."""
    from reedgate_sim.plugin.wasm32_finder import find_node, find_package

    node = find_node()
    config.stash[_NODE] = Node([node, _HERE / "wasm32.mjs", find_package(), RUNNER])


def of(config) -> "Node":
    return config.stash[_NODE]


def stop(config) -> None:
    node = config.stash.get(_NODE, None)
    if node:
        node.close()


class Node:
    """Runs one test after the other; one that does not end in time takes its process with it."""

    def __init__(self, command):
        self._command = command
        self._process: subprocess.Popen | None = None

    def run(self, words, folders, timeout_s):
        """(exit status, stdout, stderr, was its time over) of one test."""
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = self._started()
        request = {"words": words, "folders": [str(folder) for folder in folders]}
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        line, late = self._line(time.monotonic() + timeout_s)
        if not line.endswith(b"\n"):
            status = self.close()
            return status, "", line.decode(errors="replace"), late
        answer = json.loads(line)
        return answer["status"], answer["output"], answer["errors"], False

    def _started(self):
        return subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # it says how node ended, which its status says too
            start_new_session=True,
        )

    def _line(self, until_s):
        """What it answers, and whether the time was over before that."""
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                left_s = until_s - time.monotonic()
                if left_s <= 0 or not selector.select(left_s):
                    return line, True
                piece = os.read(self._process.stdout.fileno(), 65536)
                if not piece:
                    return line, False
                line += piece
        return line, False

    def close(self):
        """End the process; gives its exit status. The next run() starts another."""
        process, self._process = self._process, None
        if process is None:
            return 0
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        with process:
            return process.wait()
