"""What typer found wrong in the words of a command line, said in the user's language."""

import typer


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
        return tr("{name}: {detail}", name=_shown(parameter), detail=problem.message)
    return problem.format_message()


def _shown(parameter) -> str:
    """--port for an option, SITE for an argument."""
    is_option = parameter.param_type_name == "option"
    return parameter.opts[0] if is_option else parameter.metavar or parameter.name.upper()
