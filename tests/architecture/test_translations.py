"""What people read exists in Chinese: every sentence in the code is in its room's catalogue."""

from pathlib import Path

import laws
import pytest
import spoken
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
# Room: its folder, and a room within it that has a catalogue of its own.
ROOMS = {
    "reedgate_boards": ("boards/reedgate_boards", "site"),
    "reedgate_boards.site": ("boards/reedgate_boards/site", None),
    "reedgate_gateway": ("gateway/reedgate_gateway", None),
    "reedgate_sim": ("sim/reedgate_sim", "world"),
    "reedgate_sim.world": ("sim/reedgate_sim/world", None),
}


def sentences_of(room):
    """{sentence: "file:line"} of a room."""
    folder, apart = ROOMS[room]
    found = {}
    for path in sorted((ROOT / folder).rglob("*")):
        inside = path.relative_to(ROOT / folder).parts
        if inside[0] == apart or path.suffix not in (".py", ".html"):
            continue
        find = spoken.in_python if path.suffix == ".py" else spoken.in_template
        for sentence, line in find(path.read_text(encoding="utf-8")).items():
            found[sentence] = f"{path.relative_to(ROOT)}:{line}"
    return found


def catalogue_of(room):
    with (ROOT / ROOMS[room][0] / "locale" / "zh.po").open("rb") as stream:
        return {entry.id: entry.string for entry in read_po(stream) if entry.id}


@pytest.mark.parametrize("room", ROOMS)
def test_every_sentence_of_a_room_is_in_its_chinese_catalogue(room):
    chinese = catalogue_of(room)
    # The site's locator and fetcher speak by the catalogue of the room around them.
    chinese |= catalogue_of("reedgate_boards") if room == "reedgate_boards.site" else {}
    missing = [f"{at}: {text}" for text, at in sentences_of(room).items() if text not in chinese]
    assert missing == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_translation_fills_the_same_placeholders(room):
    pairs = catalogue_of(room).items()
    assert [fault for pair in pairs if (fault := laws.bad_translation(*pair))] == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_translation_outlives_its_sentence(room):
    folder = ROOT / ROOMS[room][0]
    paths = [*sorted(folder.rglob("*")), *(ROOT / "boards").glob("*/board.toml")]
    written = "".join(
        path.read_text(encoding="utf-8")
        for path in paths
        if path.suffix in (".py", ".html", ".js", ".toml")
    )
    # A sentence may be wrapped over lines in the code: its longest word run is looked for there.
    dead = [text for text in catalogue_of(room) if text.split("{")[0][:24] not in written]
    assert dead == []


@pytest.mark.parametrize(
    ("code", "sentences"),
    [
        ('tr("Gate {name}", name=n)', {"Gate {name}"}),
        ('tr("One." if a else "Two.")', {"One.", "Two."}),
        ('self.tr("Inside")', {"Inside"}),
        ('raise UserError("room", "What.", hint="Do.", port=1)', {"What.", "Do."}),
        ('_H = ("Long " "hint.")\nUserError(ROOM, "What.", hint=_H)', {"What.", "Long hint."}),
        ('findings.error(path, "must be {n}.", n=3)', {"must be {n}."}),
        ('log.warning("english %s", a)', set()),
        ('a: Annotated[int, Option(help="Port.")] = 1', {"Port."}),
        ('@app.command()\ndef run():\n    """Run it."""', {"Run it."}),
        ('def run():\n    """Not shown."""', set()),
        ('print(table["key"])', set()),
    ],
)
def test_what_is_spoken_is_found_in_code(code, sentences):
    assert set(spoken.in_python(code)) == sentences


def test_what_is_spoken_is_found_in_a_template():
    page = """<p>{{ tr("One {a}", a=b) }}</p>\n<b title="{{ tr('Two') }}">{{ other("x") }}</b>"""
    assert spoken.in_template(page) == {"One {a}": 1, "Two": 2}


@pytest.mark.parametrize(
    ("message", "translation", "bad"),
    [
        ("Port {port}", "端口 {port}", False),
        ("Port {port}", "端口", True),
        ("Port {port}", "端口 {prot}", True),
        ("Port", "", True),
        ("{a} of {b}", "{b} 之 {a}", False),
    ],
)
def test_a_translation_is_held_against_its_sentence(message, translation, bad):
    assert bool(laws.bad_translation(message, translation)) == bad
