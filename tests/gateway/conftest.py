"""The fixtures that all tests of the gateway share."""

import pytest
from gateway_rig import DESK, StandingClock

from reedgate_boards.site.load import load_site
from reedgate_gateway.catalogue import catalogue_of
from reedgate_gateway.state import State


@pytest.fixture(scope="session")
def catalogue():
    return catalogue_of(load_site(DESK))


@pytest.fixture
def clock():
    return StandingClock()


@pytest.fixture
def state(catalogue):
    return State(catalogue)
