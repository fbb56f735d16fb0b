"""A small good site for the tests, and how its faulty variants are judged."""

from pathlib import Path

from reedgate_boards.site.findings import Findings
from reedgate_boards.site.language import translator
from reedgate_boards.site.load import check_site
from reedgate_boards.site.schema import Site
from reedgate_boards.site.source import ROOM

GOOD = (Path(__file__).parent / "good.toml").read_text(encoding="utf-8")

# For a board without a network, or with a radio only.
ALONE = ('kind = "mqtt"\nbroker = "192.168.10.2:1883"', 'kind = "none"')


def edited(*edits: tuple[str, str]) -> str:
    """GOOD with each (old, new) replaced; old must stand there exactly once."""
    text = GOOD
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the good site"
        text = text.replace(old, new)
    return text


def checked(folder: Path, text: str) -> tuple[Site | None, Findings]:
    file = folder / "site.toml"
    file.write_text(text, encoding="utf-8")
    return check_site(file)


def assert_told(folder: Path, edits: list, mark: str | None, tail: str, others: int = 0) -> None:
    """The edited site has an error `file:line: tail`, and `others` more that follow from it.

    mark: a text that stands in the line named, and nowhere else; None: tail starts with the line.
    """
    text = edited(*edits)
    site, findings = checked(folder, text)
    assert site is None
    told = [each.text("en") for each in findings.errors]
    assert _line_of(text, mark, folder) + tail.replace("FOLDER", str(folder)) in told
    assert len(told) == 1 + others, told
    tr = translator(ROOM, "zh")
    for each in findings.errors:
        assert tr(each.message) != each.message, "no Chinese sentence"
        assert each.text("zh").startswith(f"{folder / 'site.toml'}:{each.line}: ")


def _line_of(text: str, mark: str | None, folder: Path) -> str:
    if mark is None:
        return f"{folder / 'site.toml'}:"
    assert text.count(mark) == 1, f"{mark!r} stands {text.count(mark)} times"
    line = text[: text.index(mark)].count("\n") + 1
    return f"{folder / 'site.toml'}:{line}: "
