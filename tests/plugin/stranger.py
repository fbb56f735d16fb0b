"""What the tests of the plugin share: how a stranger's project is run in this process."""

import subprocess

INI = """
[pytest]
python_files = test_*.py dualtest_*.py
micropython_path = device
"""

# The other plugins of this environment only cost time here.
OTHERS = ("cacheprovider", "hypothesispytest", "anyio")
QUIET = [part for name in OTHERS for part in ("-p", f"no:{name}")]


def run(project, *arguments):
    return project.runpytest_inprocess("-W", "error", *QUIET, *arguments)


def processes(monkeypatch):
    """A list of all that is started from now on."""
    started = []

    class Noted(subprocess.Popen):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    return started
