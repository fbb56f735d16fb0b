"""The station's key: drawn on the desk's first run, and handed to both ends as files.

Only its owner may read it. Reedgate never prints it.
"""

import os
import secrets
from pathlib import Path

_SIZE = 32


def station_key(data: Path, station: str) -> bytes:
    """The key in the gateway's data directory; made when it is not there yet."""
    path = data / "keys" / f"{station}.key"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.is_file():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_bytes(_SIZE))
    return path.read_bytes()
