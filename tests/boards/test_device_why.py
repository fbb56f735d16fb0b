"""Every code that a board may say of a reading has its words."""

import pytest

from reedgate_boards.device.why import reasons, statuses
from reedgate_boards.site.language import translator
from reedgate_contract import codes


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_status_and_every_reason_has_words(language):
    tr = translator("reedgate_boards", language)
    assert set(statuses(tr)) == set(codes.STATUS_NAMES)
    assert set(reasons(tr)) == set(codes.DETAIL_NAMES)
    assert all(text for name, text in reasons(tr).items() if name != "none")
