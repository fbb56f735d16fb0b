import pytest
@pytest.fixture
def plant(): pass
@pytest.fixture
def station(): pass
