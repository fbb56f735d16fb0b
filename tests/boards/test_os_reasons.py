"""Why the system refused a file is said in the user's language; English as the system says it."""

import os

import pytest

from reedgate_boards.site.os_reasons import REASONS, os_reason
from reedgate_boards.site.source import read_source
from reedgate_boards.site.user_error import UserError


@pytest.mark.parametrize("number", REASONS)
def test_a_reason_is_the_systems_own_in_english_and_another_in_chinese(number):
    problem = OSError(number, os.strerror(number))
    assert os_reason(problem, "en") == os.strerror(number)
    assert not os_reason(problem, "zh").isascii()


def test_one_that_nobody_has_put_into_words_stays():
    assert os_reason(OSError(9999, "Odd"), "zh") == "Odd"
    assert os_reason(OSError("no number"), "zh") == "no number"


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UserError) as caught:
        read_source(tmp_path / "none.toml")
    (english, _), (chinese, _) = (caught.value.lines(each) for each in ("en", "zh"))
    assert english.endswith("cannot be read: No such file or directory.")
    assert "没有这个文件或目录" in chinese
    assert "No such" not in chinese
