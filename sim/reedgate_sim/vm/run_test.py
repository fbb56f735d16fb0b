"""On the VM: runs one test function of one file, and says how it ended by a number.

Arguments: the file's folder, its module name, the function's name, how it is run (a key of _WAYS)
and, for "again", how many bytes may stay. A test that ran to its end gives PASSED, so that a test
which ends the VM itself is not taken for a good one. What goes wrong is printed to stderr behind
MARK. Started by the pytest plugin on the VM; on the 32-bit build it is imported.
"""

import gc
import sys

import micropython

PASSED = 93
FAILED = 94
MARK = "--- the test failed ---"
_OVER = object()
_AGAIN = 3  # so often must a test leave something behind

_before = 0
_taken = 0


def plain(test, _limit):
    result = test()
    if result is not None:
        raise TypeError(
            "%s returned %r: async def or yield is not run here" % (test.__name__, result)
        )


def again(test, limit):
    """The first run warms what is made once. What a later one leaves and the next does not is no
    leak: the collector takes an old word on the stack for a reference.
    """
    plain(test, limit)
    stayed = []
    for _ in range(_AGAIN):
        gc.collect()
        before = gc.mem_alloc()
        plain(test, limit)
        gc.collect()
        stayed.append(gc.mem_alloc() - before)
        if stayed[-1] <= limit:
            return
    raise AssertionError("run again, it leaves %d bytes on the heap" % min(stayed))


def heapless(test, _limit):
    _heapless(lambda enter, leave: _whole(test, enter, leave))


def heapless_steps(test, _limit):
    _heapless(lambda enter, leave: _steps(test(), enter, leave))


def _heapless(run):
    """Once with the heap locked, which shows where; once counted, which shows how much.

    Counting also finds an exception that was raised and caught: the lock lets that pass.
    """
    try:
        run(micropython.heap_lock, micropython.heap_unlock)
    except MemoryError as problem:
        print("\n" + MARK, file=sys.stderr)
        sys.print_exception(problem, sys.stderr)  # at once: the next exception takes its place
        run(_count, _counted)
        print("it takes %d bytes of heap" % _taken, file=sys.stderr)
        raise _Told from None
    if sys.platform == "webassembly":
        return  # slow there, and an exception is the same on the VM
    run(_count, _counted)
    if _taken:
        raise AssertionError("the heap was %d bytes fuller afterwards" % _taken)


class _Told(Exception):
    """The failure is printed already."""


def _whole(test, enter, leave):
    enter()
    try:
        test()
    finally:
        leave()


def _steps(steps, enter, leave):
    """Up to the first yield free, up to the second without heap, and so on in turn."""
    while next(steps, _OVER) is not _OVER:
        enter()
        try:
            over = next(steps, _OVER)
        finally:
            leave()
        if over is _OVER:
            return


def _count():
    global _before
    gc.collect()
    gc.disable()  # a collection on the way would hide what was taken
    _before = gc.mem_alloc()


def _counted():
    global _taken
    _taken += gc.mem_alloc() - _before
    gc.enable()


_WAYS = {
    "plain": plain,
    "again": again,
    "heapless": heapless,
    "heapless_steps": heapless_steps,
}


def main(folder, module, function, way="plain", limit="0"):
    try:
        sys.path[0] = folder
        _WAYS[way](getattr(__import__(module), function), int(limit))
    except _Told:
        return FAILED
    except BaseException as problem:  # SystemExit and the plugin's SIGINT too
        print("\n" + MARK, file=sys.stderr)
        sys.print_exception(problem, sys.stderr)
        return FAILED
    return PASSED


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
