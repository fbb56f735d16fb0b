"""What is changed in MicroPython's source: each text once, or not at all."""

import pytest

from reedgate_boards.image.tuned import CHANGES, tune


@pytest.fixture
def tree(tmp_path):
    for change in CHANGES:
        path = tmp_path / change.file
        path.parent.mkdir(exist_ok=True)
        before = path.read_text() if path.is_file() else ""
        path.write_text(f"{before}\n{change.old}\n")
    return tmp_path


def test_each_text_is_put_in_the_place_of_another(tree):
    tune(tree)
    for change in CHANGES:
        text = (tree / change.file).read_text()
        assert change.new in text
        assert change.old not in text.replace(change.new, "")


@pytest.mark.parametrize("times", [0, 2])
def test_a_source_that_is_another_is_refused(tree, times):
    change = CHANGES[0]
    (tree / change.file).write_text(f"{change.old}\n" * times)
    with pytest.raises(ValueError, match=f"{times} times, not once"):
        tune(tree)
