"""Why the operating system refused a file, in the user's language. It speaks English itself."""

import errno

from reedgate_boards.site.language import translator

_ROOM = "reedgate_boards.site"
REASONS = {
    errno.ENOENT: "No such file or directory",
    errno.EACCES: "Permission denied",
    errno.EPERM: "Operation not permitted",
    errno.EEXIST: "File exists",
    errno.EISDIR: "Is a directory",
    errno.ENOTDIR: "Not a directory",
    errno.ENOSPC: "No space left on device",
    errno.EROFS: "Read-only file system",
    errno.EADDRINUSE: "Address already in use",
    errno.ECONNREFUSED: "Connection refused",
}


def os_reason(problem: OSError, language: str) -> str:
    """One that is not in the table stays as the system says it; so does English."""
    known = REASONS.get(problem.errno or 0)
    if known is None or language == "en":
        return problem.strerror or str(problem)
    return translator(_ROOM, language)(known)
