"""On the VM: runs one test function of one file. Started by the pytest plugin, never imported.

Arguments: the file's folder, its module name, the function's name. A test that ran to its end
leaves by PASSED, so that a test which ends the VM itself is not taken for a good one. What goes
wrong is printed to stderr behind a line of its own.
"""

import sys

PASSED = 93
FAILED = 94
MARK = "--- the test failed ---"


def run(folder, module, function):
    sys.path[0] = folder
    result = getattr(__import__(module), function)()
    if result is not None:
        raise TypeError("%s returned %r: async def or yield is not run here" % (function, result))


if __name__ == "__main__":
    try:
        run(*sys.argv[1:])
    except BaseException as problem:  # SystemExit and the plugin's SIGINT too
        print("\n" + MARK, file=sys.stderr)
        sys.print_exception(problem, sys.stderr)
        sys.exit(FAILED)
    sys.exit(PASSED)
