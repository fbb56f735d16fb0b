"""What a person reads, in Chinese or English: one catalogue file per room, loaded when needed.

Message ids are the English sentences with named placeholders. A room keeps `locale/zh.po` beside
its code; English needs no catalogue.
"""

import functools
import importlib.resources
import locale
import os
from collections.abc import Callable

from babel.messages.pofile import read_po

LANGUAGES = ("zh", "en")


def chosen_language(asked: str | None = None, site: str | None = None) -> str:
    """--lang, REEDGATE_LANG, the site's, the locale; in this order. Always "zh" or "en"."""
    for wish in (asked, os.environ.get("REEDGATE_LANG"), site, _system()):
        if wish and wish[:2].lower() in LANGUAGES:
            return wish[:2].lower()
    return "en"


def _system() -> str:
    """By what was asked of the system: a locale that is not installed says English by itself."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return os.environ[name]
    named = locale.getlocale()[0] or ""
    return "zh" if named.startswith("Chinese") else named  # Windows: Chinese (Simplified)_China


@functools.cache
def _messages(package: str, language: str) -> dict[str, str]:
    source = importlib.resources.files(package) / "locale" / f"{language}.po"
    if not source.is_file():
        return {}
    with source.open("rb") as stream:
        return {entry.id: entry.string for entry in read_po(stream) if entry.id and entry.string}


def translator(package: str, language: str) -> Callable[..., str]:
    """tr(message, **values) for one room's catalogue; an unknown message stays English."""
    messages = _messages(package, language)

    def tr(message: str, **values: object) -> str:
        text = messages.get(message, message)
        return text.format(**values) if values else text

    return tr
