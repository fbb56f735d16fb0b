"""The firmware's tests on the VM find umqtt where this environment keeps it."""

import os

import pytest

from reedgate_boards.umqtt import umqtt_dir


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    os.environ["UMQTT_DIR"] = str(umqtt_dir())  # read by vm_fakes.py
    try:
        return (yield)
    finally:
        del os.environ["UMQTT_DIR"]
