"""The laws of the tree that a linter does not know, each a function from a file's text to faults.

A fault is "line: what". Which files a law binds stands in the tests; nothing here reads a file.
"""

import ast
import re
import string

# asyncio's own waits are bound to the real clock; only the clock driver may use them.
_REAL_CLOCK = re.compile(r"^(asyncio\.)?(sleep\w*|wait_for\w*)$")
_TIME_MODULES = {"time", "utime"}
_HARDWARE_MODULES = {"machine", "network", "socket", "os", "umachine", "usocket", "uos"}


def _nodes(text, *kinds):
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]


def imported_modules(text):
    """[(line, dotted name)] of every import; a relative one begins with a dot."""
    found = []
    for node in _nodes(text, ast.Import, ast.ImportFrom):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        else:
            module = "." * node.level + (node.module or "")
            found += [(node.lineno, f"{module}.{alias.name}") for alias in node.names]
    return found


def _within(name, allowed):
    return any(name == root or name.startswith(root + ".") for root in allowed)


def imports_outside(text, allowed):
    """Imports of anything but the dotted names allowed and what is below them."""
    return [
        f"{line}: imports {name}"
        for line, name in imported_modules(text)
        if not _within(name, allowed)
    ]


def imports_of_ours_outside(text, allowed):
    """As imports_outside, of our own packages only."""
    ours = ("station", "reedgate_contract", "reedgate_boards", "reedgate_gateway", "reedgate_sim")
    return [
        f"{line}: imports {name}"
        for line, name in imported_modules(text)
        if _within(name, ours) and not _within(name, allowed)
    ]


def floats(text):
    """Float literals, true division, float(): a board would round otherwise than the VM."""
    faults = []
    for node in _nodes(text, ast.Constant, ast.BinOp, ast.AugAssign, ast.Call):
        if isinstance(node, ast.Constant):
            wrong = isinstance(node.value, float | complex) and "float literal"
        elif isinstance(node, ast.Call):
            wrong = isinstance(node.func, ast.Name) and node.func.id == "float" and "float()"
        else:
            wrong = isinstance(node.op, ast.Div) and "true division"
        if wrong:
            faults.append(f"{node.lineno}: {wrong}")
    return faults


def real_clock(text):
    """Waits on the real clock, and any use of the time module."""
    faults = [
        f"{line}: imports {name}"
        for line, name in imported_modules(text)
        if _within(name, _TIME_MODULES) or _REAL_CLOCK.match(name)
    ]
    for node in _nodes(text, ast.Attribute):
        of = node.value
        if isinstance(of, ast.Name) and of.id == "asyncio" and _REAL_CLOCK.match(node.attr):
            faults.append(f"{node.lineno}: asyncio.{node.attr}")
    return faults


def hardware(text):
    return [
        f"{line}: imports {name}"
        for line, name in imported_modules(text)
        if _within(name, _HARDWARE_MODULES)
    ]


def acts_when_imported(text):
    """Calls and loops at the top of a module: importing one does nothing."""
    faults = []
    for node in ast.parse(text).body:
        call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        if call or isinstance(node, ast.For | ast.While | ast.With | ast.AsyncFor | ast.AsyncWith):
            faults.append(f"{node.lineno}: acts when imported")
    return faults


def too_long(text, most=400):
    count = len(text.splitlines())
    return [f"{count}: {count} lines, more than {most}"] if count > most else []


# Spelled in pieces, so that this file does not hold what it looks for.
_HOSTS = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "deb." + "debian.org")
_PLACES = ("/ro" + "ot/", "/ho" + "me/", "/Us" + "ers/", "/wo" + "rk/", "/opt/" + "pypi")


def foreign_names(text):
    """Hosts of registries and mirrors, and folders of some machine."""
    pattern = "|".join(map(re.escape, _HOSTS + _PLACES)) + r"|//mirrors?\."
    return [
        f"{number}: {found.group()}"
        for number, line in enumerate(text.splitlines(), 1)
        for found in re.finditer(pattern, line)
    ]


def placeholders(sentence):
    return sorted(name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None)


def bad_translation(message, translation):
    """Why this pair will not do, or ""."""
    if not translation:
        return f"no translation: {message}"
    if placeholders(message) != placeholders(translation):
        return f"other placeholders: {message} -> {translation}"
    return ""
