"""Small changes to the core, made from its syntax tree: the bugs that a slip of a hand leaves.

Each is one text of one file in place of another. Which there are follows from the files alone;
`sample` takes a share of them by a seed.
"""

import ast
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_COMPARED = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
}  # fmt: skip
_SWAPPED = {
    "TARGET_OPEN": "TARGET_CLOSED",
    "TARGET_CLOSED": "TARGET_OPEN",
    "TARGET_HOLD": "TARGET_CLOSED",
    "OPENING": "CLOSING",
    "CLOSING": "OPENING",
    "STOPPED": "OPENING",
    "SIDE_ABOVE": "SIDE_BELOW",
    "FLAG_GOOD": "FLAG_SUSPECT",
    "FLAG_SUSPECT": "FLAG_FAIL",
    "STATUS_GOOD": "STATUS_FAILURE",
    "STAGE_LOST_FLOOD": "STAGE_LOST_CONTACT",
    "CLEARS_HOLD_THEN_CLEAR": "CLEARS_RESET_ONLY",
    "CLEARS_RESET_ONLY": "CLEARS_HOLD_THEN_CLEAR",
}
_ARITHMETIC = {
    ast.Add: "-", ast.Sub: "+", ast.LShift: ">>", ast.BitAnd: "|", ast.BitOr: "&",
}  # fmt: skip
# What decides. Frames, the LED, the sealing of messages, when a slave is asked and what is only
# told to people are no part of a decision.
DECIDING = (
    *("actuator", "bypass", "bypassed", "contacts", "demand", "derived", "doubt", "drive"),
    *("fixed", "flood", "freeze", "gate", "gate_base", "hands", "judgement", "latches", "leak"),
    *("limit", "load", "opening", "quality", "rating", "readings", "recurrence", "remote"),
    *("restraint", "service", "spring", "station", "stroke", "ticks", "trip", "wet"),
)


@dataclass(frozen=True)
class Slip:
    """name: file, function, kind and number, which stay the same while the function does."""

    name: str
    file: str
    line: int
    kind: str
    old: str
    new: str
    start: int  # character of the file at which `old` stands

    def seeded(self, text: str) -> str:
        return text[: self.start] + self.new + text[self.start + len(self.old) :]


def slips(firmware: Path, files: tuple[str, ...] = ()) -> list[Slip]:
    """All of the deciding files (or of these), in order."""
    folder = firmware / "station" / "core"
    names = files or tuple(name for name in DECIDING if (folder / f"{name}.py").is_file())
    return [each for name in names for each in _slips_of(folder / f"{name}.py")]


def sample(every: list[Slip], count: int, seed: int) -> list[Slip]:
    """So many of them, drawn by the seed, in their order.

    By their names: which are drawn changes little when the core does.
    """

    def lot(each: Slip) -> bytes:
        return hashlib.sha256(f"{seed}/{each.name}".encode()).digest()

    drawn = {each.name for each in sorted(every, key=lot)[:count]}
    return [each for each in every if each.name in drawn]


def _slips_of(path: Path) -> Iterator[Slip]:
    text = path.read_text(encoding="utf-8")
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    numbers: Counter[tuple[str, str]] = Counter()
    for function, node in _nodes(ast.parse(text)):
        for kind, place, new in _changes(node):
            if function.endswith("__init__") and _means_nothing(kind, place, text):
                continue
            start = starts[place.lineno - 1] + place.col_offset
            end = starts[place.end_lineno - 1] + place.end_col_offset
            old = text[start:end]
            if new == old:
                continue
            numbers[function, kind] += 1
            name = f"{path.stem}.{function}:{kind}:{numbers[function, kind]}"
            yield Slip(name, f"station/core/{path.name}", place.lineno, kind, old, new, start)


def _nodes(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Every node of every function, with the function's dotted name."""

    def walk(node: ast.AST, name: str) -> Iterator[tuple[str, ast.AST]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                yield from walk(child, f"{name}.{child.name}" if name else child.name)
            else:
                if name and isinstance(child, ast.stmt | ast.expr):
                    yield name, child
                yield from walk(child, name)

    return walk(tree, "")


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST, str]]:
    """(kind, what is replaced, by which text)"""
    if isinstance(node, ast.If | ast.While):
        yield "negate", node.test, f"not {_bracketed(node.test)}"
    elif isinstance(node, ast.Return) and node.value is not None:
        yield "return", node, f"return not {_bracketed(node.value)}"
    elif isinstance(node, ast.stmt):
        if _may_go(node):
            yield "drop", node, "pass"
    elif isinstance(node, ast.Compare | ast.BoolOp | ast.UnaryOp | ast.BinOp):
        yield from _operators(node)
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int):
        other = not node.value if isinstance(node.value, bool) else node.value + 1
        yield "constant", node, repr(other)
    elif isinstance(node, ast.Name) and node.id in _SWAPPED and isinstance(node.ctx, ast.Load):
        yield "swap", node, _SWAPPED[node.id]
    elif isinstance(node, ast.Attribute) and node.attr in _SWAPPED:
        yield "swap", node, f"{ast.unparse(node.value)}.{_SWAPPED[node.attr]}"


def _operators(node: ast.expr) -> Iterator[tuple[str, ast.AST, str]]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARED:
        sign = _COMPARED[type(node.ops[0])]
        yield (
            "compare",
            node,
            f"{ast.unparse(node.left)} {sign} {ast.unparse(node.comparators[0])}",
        )
    elif isinstance(node, ast.BoolOp):
        word = " or " if isinstance(node.op, ast.And) else " and "
        yield "and-or", node, "(" + word.join(_bracketed(each) for each in node.values) + ")"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not", node, _bracketed(node.operand)
    elif isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        sign = _ARITHMETIC[type(node.op)]
        yield "arithmetic", node, f"({_bracketed(node.left)} {sign} {_bracketed(node.right)})"


def _means_nothing(kind: str, place: ast.AST, text: str) -> bool:
    """A slip of an __init__ that stops the program at once (a missing attribute), or that changes
    the first value of a time stamp, which is set before it is read.
    """
    line = text.splitlines()[place.lineno - 1]
    return kind == "drop" or "_ms = 0" in line or "_ms = array" in line


def _may_go(node: ast.AST) -> bool:
    """A statement that does something to an object, without which the function still runs."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call)
    if not isinstance(node, ast.Assign | ast.AugAssign):
        return False
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    return isinstance(target, ast.Attribute | ast.Subscript)


def _bracketed(node: ast.AST) -> str:
    return f"({ast.unparse(node)})"
