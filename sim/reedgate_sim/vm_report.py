"""How a failed test on the VM is shown: MicroPython's traceback with the source lines it lacks.

Light: loaded with the pytest plugin. Knows nothing of processes.
"""

import linecache
import os
import re
from pathlib import Path
from types import SimpleNamespace

_FRAME = re.compile(r'  File "(?P<file>.+)", line (?P<line>\d+)(?:, in (?P<name>.+))?')


class VmFailure(Exception):
    """Raised by the test item, and what pytest then prints.

    pytest asks for `reprcrash` (the line in the short summary) and for `toterminal`.
    """

    def __init__(self, folder: Path, fallback: tuple[Path, int], traceback: str):
        """folder: paths are shown relative to it; fallback: where to point without a frame."""
        super().__init__(traceback)
        self._folder = folder
        self._frames, self._message = _parsed(traceback)
        path, line = (self._frames or [(str(fallback[0]), fallback[1], "")])[-1][:2]
        first = self._message[0] if self._message else "no message"
        self.reprcrash = SimpleNamespace(path=self._shown(path), lineno=line, message=first)

    def _shown(self, path: str) -> str:
        relative = os.path.relpath(path, self._folder) if os.path.isabs(path) else path
        return path if relative.startswith("..") else relative

    def _lines(self):
        """(text, is it the message) of the whole report."""
        for path, line, name in self._frames:
            yield f"{self._shown(path)}:{line}: in {name or '<module>'}", False
            source = linecache.getline(path, line).strip()
            if source:
                yield f"    {source}", False
        for text in self._message:
            yield f"E   {text}", True
        crash = self.reprcrash
        yield "", False
        yield f"{crash.path}:{crash.lineno}: {crash.message}", False

    def toterminal(self, writer) -> None:
        for text, is_message in self._lines():
            writer.line(text, red=is_message, bold=is_message)

    def __str__(self) -> str:
        return "\n".join(text for text, _ in self._lines())


def _parsed(traceback: str):
    """The frames [(file, line, name)] without the runner's own, and the lines after them."""
    frames, message = [], []
    for text in traceback.splitlines():
        match = _FRAME.fullmatch(text)
        if match:
            if not match["file"].endswith("/vm/run_test.py"):
                frames.append((match["file"], int(match["line"]), match["name"]))
        elif text and text != "Traceback (most recent call last):":
            message.append(text.removesuffix(": "))
    return frames, message
