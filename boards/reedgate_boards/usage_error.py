"""What typer found wrong in the words of a command line, said in the user's language."""

import re

import typer

_NO_COMMAND = re.compile(r"No such command '(.+)'\.")
_TOO_MANY = re.compile(r"Got unexpected extra arguments?(?:\(s\))? \((.+)\)")
_NOT_ONE_OF = re.compile(r"is not one of (.+)\.")


def usage_lines(problem: typer.TyperException, tr) -> list[str]:
    """One line of what is wrong and one of what to do; none when typer has just shown the help."""
    what = _what(problem, tr)
    if not what:
        return []
    context = getattr(problem, "ctx", None)
    command = context.command_path if context else "reedgate"
    return [what, tr("Try: {help}", help=f"{command} --help")]


def _what(problem: typer.TyperException, tr) -> str:
    parameter = getattr(problem, "param", None)
    if hasattr(problem, "possibilities"):
        near = ", ".join(problem.possibilities or ())
        text = tr("There is no option {name}.", name=problem.option_name)
        return text + (" " + tr("Did you mean {near}?", near=near) if near else "")
    if parameter is not None and not problem.message:
        return tr("{name} is missing.", name=_shown(parameter))
    if parameter is not None:
        detail = _no_value(problem, tr) or problem.message
        return tr("{name}: {detail}", name=_shown(parameter), detail=detail)
    if hasattr(problem, "option_name"):
        return tr("{name} needs a value.", name=problem.option_name)
    if found := _NO_COMMAND.fullmatch(problem.message):
        return tr("There is no command {name}.", name=found[1])
    if found := _TOO_MANY.fullmatch(problem.message):
        return tr("Too many words: {words}.", words=found[1])
    return problem.format_message()


def _no_value(problem: typer.TyperException, tr) -> str:
    """What an option's value has to be; "" where it was something else that was wrong."""
    if not hasattr(problem.__cause__, "errors"):
        return ""
    (error, *_) = problem.__cause__.errors()
    bounds = error.get("ctx", {})
    kind = error["type"]
    if kind == "int_parsing":
        return tr("must be a whole number.")
    if kind == "float_parsing":
        return tr("must be a number.")
    if kind == "greater_than_equal":
        return tr("must be at least {least}.", least=bounds["ge"])
    if kind == "less_than_equal":
        return tr("must be at most {most}.", most=bounds["le"])
    if found := _NOT_ONE_OF.search(error["msg"]):
        return tr("must be one of: {known}.", known=found[1].replace("'", ""))
    return ""


def _shown(parameter) -> str:
    """--port for an option, SITE for an argument."""
    is_option = parameter.param_type_name == "option"
    return parameter.opts[0] if is_option else parameter.metavar or parameter.name.upper()
