"""The one exception for what the user can put right: what happened, where, and what to do.

Any room raises it; the command line prints it in the user's language and ends with 2. A fault of
the program itself is any other exception and keeps its traceback.
"""

from reedgate_boards.site.language import translator
from reedgate_boards.site.os_reasons import os_reason


class UserError(Exception):
    """raise UserError("reedgate_sim", "Port {port} is taken.", hint="Give --port.", port=8080)

    `room` is the package whose catalogue holds the two sentences; `values` fill both. An OSError
    among them stands for its reason.
    """

    def __init__(self, room: str, message: str, hint: str = "", **values: object):
        super().__init__(room, message, hint)
        self.room = room
        self.message = message
        self.hint = hint
        self.values = values

    def lines(self, language: str) -> list[str]:
        """What to print. A subclass with many findings returns a line for each."""
        tr = translator(self.room, language)
        values = {
            key: os_reason(value, language) if isinstance(value, OSError) else value
            for key, value in self.values.items()
        }
        return [tr(text, **values) for text in (self.message, self.hint) if text]

    def __str__(self) -> str:
        return " ".join(self.lines("en"))
