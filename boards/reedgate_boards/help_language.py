"""The help of a command in the user's language: rooms write English, their catalogues the rest.

typer's own few words are in this room's catalogue.
"""

import typer
import typer.rich_utils

from reedgate_boards.site.language import translator


def translate_help(command, room: str, language: str) -> None:
    """Translates the help of a command of that room and of all below it, in place."""
    own = translator("reedgate_boards", language)
    _translate_words(own)
    _translate(command, translator(room, language), own("Show this message and exit."))


def _translate(command, tr, help_of_help: str) -> None:
    texts = [command, *command.params]
    for holder, key in ((it, key) for it in texts for key in ("help", "short_help", "epilog")):
        if getattr(holder, key, None):
            setattr(holder, key, tr(getattr(holder, key)))
    help_option = command.get_help_option(typer.Context(command))
    if help_option:
        help_option.help = help_of_help
    for below in getattr(command, "commands", {}).values():
        _translate(below, tr, help_of_help)


def _translate_words(tr) -> None:
    """Titles of the panels, marks of an option."""
    words = typer.rich_utils
    words.OPTIONS_PANEL_TITLE = tr("Options")
    words.ARGUMENTS_PANEL_TITLE = tr("Arguments")
    words.COMMANDS_PANEL_TITLE = tr("Commands")
    words.REQUIRED_LONG_STRING = tr("[required]")
    words.DEFAULT_STRING = tr("[default: {}]")
