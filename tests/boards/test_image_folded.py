"""Numbers in place of their names: what is put in, what stays, and that nothing else changes."""

import ast
import importlib
import shutil
import sys
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest

from reedgate_boards.image.folded import fold, fold_firmware
from reedgate_boards.mpy import compile_module
from reedgate_boards.site.locator import firmware_dir

CODES = """\
from reedgate_contract.compat import const
A = const(1)
_B = const(-2)
NAMES = ("a", "b")
def of(code):
    return code + _B
"""


def folded(text, **more):
    texts = {"reedgate_contract.codes": CODES, "x": text, **more}
    return fold(texts)["x"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("from reedgate_contract.codes import A\nz = A", "pass\nz = (1)"),
        ("from reedgate_contract.codes import A as B\nz = B + B", "pass\nz = (1) + (1)"),
        ("from reedgate_contract import codes\nz = codes.A", "pass\nz = (1)"),
        (
            "from reedgate_contract import codes as c\nz = c.NAMES[c.A]",
            "from reedgate_contract import codes as c\nz = c.NAMES[(1)]",
        ),
        (
            "from reedgate_contract.codes import (\n    A,\n    of,\n)\nz = of(A)",
            "from reedgate_contract.codes import of\n\n\n\nz = of((1))",
        ),
        ("from a.b import A\nC = 3\nz = A", "from a.b import A\npass\nz = A"),
        ("C = 3\nz = C.real", "pass\nz = (3).real"),
        ("C = 'text'\nD = True\nz = C", "C = 'text'\nD = True\nz = C"),
    ],
)
def test_a_number_stands_where_its_name_stood(text, wanted):
    assert folded(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "C = 3\nC = 4\nz = C",
        "C = 3\ndef f(C):\n    return C",
        "if z:\n    C = 3\nz = C",
        "C = 3\ndef f():\n    global C\n    C = 5\nz = C",
        "from reedgate_contract.codes import A\nA = 2\nz = A",
    ],
)
def test_a_name_that_is_bound_elsewhere_too_stays(text):
    assert folded(text) == text


def test_a_name_that_another_module_sets_stays():
    setter = "from reedgate_contract import codes\ncodes.A = 5"
    text = "from reedgate_contract.codes import A\nz = A"
    assert folded(text, setter=setter) == text


def test_what_an_f_string_names_stays_and_so_does_its_definition():
    text = "from reedgate_contract.codes import A\nz = f'{A}'"
    texts = fold({"reedgate_contract.codes": CODES, "x": text})
    assert texts["x"] == text
    assert "A = const(1)" in texts["reedgate_contract.codes"]


def test_the_word_of_the_compiler_is_no_import_any_more():
    text = fold({"reedgate_contract.codes": CODES})["reedgate_contract.codes"]
    wanted = ["pass", "pass", "pass", 'NAMES = ("a", "b")', "def of(code):"]
    assert text.splitlines() == [*wanted, "    return code + (-2)"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The firmware as it is frozen."""
    folder = tmp_path_factory.mktemp("folded") / "firmware"
    shutil.copytree(firmware_dir(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    fold_firmware(folder)
    return folder


def modules_of(folder):
    paths = [folder / "main.py", *(folder / "station").rglob("*.py")]
    return sorted([*paths, *(folder / "reedgate_contract").glob("*.py")])


def test_the_compiler_takes_every_module_and_its_lines_are_where_they_were(folder, tmp_path):
    for path in modules_of(folder):
        name = path.relative_to(folder).as_posix()
        compile_module(name, path, tmp_path / "module.mpy")
        before = (firmware_dir() / name).read_text(encoding="utf-8")
        assert len(path.read_text(encoding="utf-8").splitlines()) == len(before.splitlines())


class Meanings:
    """What a name of a module means: by what it imports, and by its own text."""

    def __init__(self, tree):
        self.values = {"const": lambda value: value}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module.startswith(
                ("station", "reedgate_contract")
            ):
                for alias in node.names:
                    self.values[alias.asname or alias.name] = _imported(node.module, alias.name)
        for node in tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                try:
                    self.values[node.targets[0].id] = self.of(node.value)
                except Exception:
                    continue  # made from more than names and numbers

    def of(self, node):
        return eval(compile(ast.Expression(node), "text", "eval"), dict(self.values))


def _imported(module, name):
    found = importlib.import_module(module)
    if not hasattr(found, name):
        found = SimpleNamespace(**{name: importlib.import_module(f"{module}.{name}")})
    return getattr(found, name)


def assert_same(before, after, meanings):
    """Two trees: alike but for numbers in the places of names, and for what then nobody needs."""
    if isinstance(after, ast.Constant) and isinstance(before, (ast.Name, ast.Attribute)):
        assert type(after.value) is int
        assert meanings.of(before) == after.value, ast.unparse(before)
    elif isinstance(after, ast.UnaryOp) and isinstance(before, (ast.Name, ast.Attribute)):
        assert meanings.of(before) == ast.literal_eval(after), ast.unparse(before)
    elif isinstance(after, ast.Pass):
        assert isinstance(before, (ast.Pass, ast.ImportFrom, ast.Assign))
    elif isinstance(before, ast.ImportFrom):
        assert after.module == before.module
        assert set(map(ast.unparse, after.names)) <= set(map(ast.unparse, before.names))
    elif isinstance(before, ast.AST):
        assert type(before) is type(after), ast.unparse(before)
        for field in before._fields:
            assert_same(getattr(before, field), getattr(after, field), meanings)
    elif isinstance(before, list):
        assert len(before) == len(after)
        for one, other in zip(before, after, strict=True):
            assert_same(one, other, meanings)
    else:
        assert before == after


@pytest.fixture
def boards_own(monkeypatch):
    """What the drivers import of a board; what was imported with it is forgotten."""
    known = set(sys.modules)
    for name in ("machine", "board", "_rp2", "vfs", "slots", "twin", "umqtt"):
        monkeypatch.setitem(sys.modules, name, MagicMock())
    monkeypatch.setitem(sys.modules, "micropython", MagicMock(const=lambda value: value))
    yield
    for name in set(sys.modules) - known:
        if name.startswith("station"):
            del sys.modules[name]


@pytest.mark.usefixtures("boards_own")
def test_every_number_is_what_its_name_means_and_all_else_is_as_it_was(folder):
    for path in modules_of(folder):
        text = (firmware_dir() / path.relative_to(folder)).read_text(encoding="utf-8")
        before = ast.parse(text)
        after = ast.parse(path.read_text(encoding="utf-8"))
        assert_same(before, after, Meanings(before))


def test_no_module_asks_another_for_what_has_gone(folder):
    trees = {
        path.relative_to(folder).with_suffix("").as_posix().replace("/", "."): ast.parse(
            path.read_text(encoding="utf-8")
        )
        for path in modules_of(folder)
    }
    gone = {}  # module: names it has in the source and not here
    for name, tree in trees.items():
        source = (firmware_dir() / f"{name.replace('.', '/')}.py").read_text(encoding="utf-8")
        gone[name] = assigned(ast.parse(source)) - assigned(tree)
    assert sum(len(names) for names in gone.values()) > 300
    for tree in trees.values():
        aliases = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                assert not gone.get(node.module, set()) & {alias.name for alias in node.names}
                for alias in node.names:
                    aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert node.attr not in gone.get(aliases.get(node.value.id), set())


def assigned(tree):
    return {
        statement.targets[0].id
        for statement in tree.body
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    }
