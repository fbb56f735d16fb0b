"""Finds the sentences that people read in a room's code and templates, in English."""

import ast
import re

# Functions whose string arguments a person reads. `log.warning` is not one: logs stay English.
_SPEAKERS = {"tr", "msg", "UserError", "refuse"}
_FINDERS = {"error", "warning"}  # methods of what collects the findings of a site file
_SPOKEN_KEYWORDS = {"help", "epilog", "short_help"}
_TEMPLATE_CALL = re.compile(r"""\btr\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")


def in_python(text):
    """{sentence: line} of what is said by literals; constants of the module are followed."""
    tree = ast.parse(text)
    constants = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for argument in _spoken(node):
                found |= _sentences(argument, constants)
        elif isinstance(node, ast.FunctionDef) and _is_command(node):
            help_text = ast.get_docstring(node)
            if help_text:
                found[help_text] = node.lineno
    return found


def in_template(text):
    """{sentence: line} of tr("...") in a page's template."""
    return {
        ast.literal_eval(match.group(1)): text.count("\n", 0, match.start()) + 1
        for match in _TEMPLATE_CALL.finditer(text)
    }


def _spoken(call):
    keywords = [word.value for word in call.keywords if word.arg in _SPOKEN_KEYWORDS]
    function = call.func
    name = getattr(function, "id", getattr(function, "attr", ""))
    if name in ("UserError", "Broken", "Outside"):  # the room, or a property, comes first
        hints = [word.value for word in call.keywords if word.arg == "hint"]
        return call.args[1:] + hints
    if name in _SPEAKERS:
        return keywords + call.args[:1]
    receiver = ast.unparse(function.value) if isinstance(function, ast.Attribute) else ""
    if name in _FINDERS and receiver.rpartition(".")[2] in ("findings", "self"):
        return call.args[1:]
    return keywords


def _is_command(function):
    decorators = [ast.unparse(decorator) for decorator in function.decorator_list]
    return any(".command(" in text or ".callback(" in text for text in decorators)


def _sentences(node, constants):
    """Every string in an expression, through module constants; not inside calls or subscripts."""
    if isinstance(node, ast.Name) and node.id in constants:
        return _sentences(constants[node.id], {})
    if isinstance(node, ast.Constant):
        return {node.value: node.lineno} if isinstance(node.value, str) and node.value else {}
    if isinstance(node, ast.IfExp):
        return _sentences(node.body, constants) | _sentences(node.orelse, constants)
    if isinstance(node, ast.BoolOp):
        return {k: v for part in node.values for k, v in _sentences(part, constants).items()}
    return {}
