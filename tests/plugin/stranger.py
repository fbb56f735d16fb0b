"""What the tests of the plugin share: how a stranger's project is run in this process."""

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
