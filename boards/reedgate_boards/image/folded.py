"""Numbers in place of their names, in the firmware that is frozen into the image.

MicroPython looks a name of another module up at each use, in two tables; a scan would do so some
hundred times, and each name takes heap. Only what stands in the text is changed: a name that is
bound once, to a number, by its module. Lines stay where they are, for tracebacks.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_NAME = re.compile(r"_?[A-Z][A-Z0-9_]*")
_COMPAT = "reedgate_contract.compat"  # it has `const`, a word of MicroPython's compiler
_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler)
_FOLDED = ("main.py", "station/**/*.py", "reedgate_contract/*.py")


@dataclass(frozen=True)
class _Edit:
    """node: what it stands for in the text, from its first character to its last."""

    node: ast.AST
    text: str


class _Module:
    def __init__(self, name: str, text: str):
        self.name = name
        self.text = text
        self.tree = ast.parse(text)
        self.bound = Counter(_bindings(self.tree))
        self.constants = {
            name: value for name, value in _constants(self.tree) if self.bound[name] == 1
        }
        self.edits: list[_Edit] = []

    def folded(self) -> str:
        lines = self.text.encode().split(b"\n")  # ast counts bytes
        for edit in sorted(self.edits, key=lambda edit: _start(edit.node), reverse=True):
            node = edit.node
            first, last = node.lineno - 1, node.end_lineno - 1
            before = lines[first][: node.col_offset]
            after = lines[last][node.end_col_offset :]
            lines[first : last + 1] = [b""] * (last - first) + [after]
            lines[first] = before + edit.text.encode() + lines[first]
        return b"\n".join(lines).decode()


def fold_firmware(firmware: Path) -> None:
    """The files of this folder, in place."""
    paths = {path for pattern in _FOLDED for path in firmware.glob(pattern)}
    names = {_dotted(path.relative_to(firmware)): path for path in sorted(paths)}
    folded = fold({name: path.read_text(encoding="utf-8") for name, path in names.items()})
    for name, text in folded.items():
        names[name].write_text(text, encoding="utf-8")


def fold(texts: dict[str, str]) -> dict[str, str]:
    """Dotted names of modules and their texts: all those that use each other's names."""
    modules = {name: _Module(name, text) for name, text in texts.items()}
    assigned = {name for module in modules.values() for name in _assigned_attributes(module.tree)}
    for module in modules.values():
        for name in assigned & set(module.constants):
            del module.constants[name]
    readers = [_Reader(module, modules) for module in modules.values()]
    for reader in readers:
        reader.fold()
    named = {constant for reader in readers for constant in reader.named}
    for module in modules.values():
        for statement in module.tree.body:
            name = _target(statement)
            if name in module.constants and (module.name, name) not in named:
                module.edits.append(_Edit(statement, "pass"))
    return {name: module.folded() for name, module in modules.items()}


class _Reader(ast.NodeVisitor):
    """Puts a module's constants, and those of others, in the places of their names."""

    def __init__(self, module: _Module, modules: dict[str, _Module]):
        self.named: set[tuple[str, str]] = set()  # (module, constant) that has to stay
        self._module = module
        self._constants = {name: (module, name) for name in module.constants}
        self._modules: dict[str, _Module] = {}
        self._kept: set[str] = set()  # names that still stand in the text
        self._in_text = False  # of an f-string, where Python 3.11 does not know a name's place
        for statement, alias in _imports(module.tree):
            name = alias.asname or alias.name
            source = modules.get(statement.module)
            if module.bound[name] != 1:
                continue
            if source is not None and alias.name in source.constants:
                self._constants[name] = (source, alias.name)
            elif f"{statement.module}.{alias.name}" in modules:
                self._modules[name] = modules[f"{statement.module}.{alias.name}"]

    def fold(self) -> None:
        self.visit(self._module.tree)
        for statement in {statement for statement, _ in _imports(self._module.tree)}:
            left = [alias for alias in statement.names if self._stays(statement, alias)]
            if len(left) < len(statement.names):
                shorter = ast.ImportFrom(statement.module, left, statement.level)
                self._module.edits.append(
                    _Edit(statement, ast.unparse(shorter) if left else "pass")
                )

    def _stays(self, statement: ast.ImportFrom, alias: ast.alias) -> bool:
        name = alias.asname or alias.name
        ours = name in self._constants or name in self._modules or statement.module == _COMPAT
        return not ours or name in self._kept

    def visit_Attribute(self, node: ast.Attribute) -> None:
        source = self._modules.get(getattr(node.value, "id", ""))
        if source is None or node.attr not in source.constants:
            self.generic_visit(node)
        elif not self._replaced(node, source.constants[node.attr]):
            self.named.add((source.name, node.attr))
            self._kept.add(node.value.id)

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            return
        source, name = self._constants.get(node.id, (None, ""))
        if source is None:
            self._kept.add(node.id)
        elif not self._replaced(node, source.constants[name]):
            self._kept.add(node.id)
            self.named.add((source.name, name))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        outer, self._in_text = self._in_text, True
        self.generic_visit(node)
        self._in_text = outer

    def visit_Assign(self, node: ast.Assign) -> None:
        if _target(node) is not None and _is_compiled(node.value):
            self.visit(node.value.args[0])  # the compiler knows `const`, and looks nothing up
        else:
            self.generic_visit(node)

    def _replaced(self, node: ast.expr, value: int) -> bool:
        if not self._in_text:
            self._module.edits.append(_Edit(node, f"({value!r})"))
        return not self._in_text


def _constants(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for statement in tree.body:
        name = _target(statement)
        if name is None or not _NAME.fullmatch(name):
            continue
        value = statement.value
        if _is_compiled(value):
            value = value.args[0]
        try:
            value = ast.literal_eval(value)
        except ValueError:
            continue
        if type(value) is int:
            yield name, value


def _is_compiled(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and getattr(value.func, "id", "") == "const"


def _target(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        return target.id if isinstance(target, ast.Name) else None
    return None


def _bindings(tree: ast.Module) -> Iterator[str]:
    """Each name as often as something in the module, at whatever depth, gives it a value."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias):
            yield node.asname or node.name
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) or (
            isinstance(node, ast.ExceptHandler) and node.name
        ):
            yield node.name


def _assigned_attributes(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            yield node.attr


def _imports(tree: ast.Module) -> Iterator[tuple[ast.ImportFrom, ast.alias]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node, alias


def _start(node: ast.AST) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")
