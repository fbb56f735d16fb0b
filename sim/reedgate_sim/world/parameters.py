"""The world's numbers, from the TOML files in `reedgate_sim/data`; no number of the world is code.

Every table there says where its figures come from (`source`) and whether somebody has checked
them on the real thing (`verified`).
"""

import importlib.resources
import tomllib
from functools import cache
from typing import Any


@cache
def parameters(name: str) -> dict[str, dict[str, Any]]:
    """The tables of `data/<name>.toml`. Shared: read them, never change them."""
    source = importlib.resources.files("reedgate_sim") / "data" / f"{name}.toml"
    tables = tomllib.loads(source.read_text(encoding="utf-8"))
    for key, table in tables.items():
        if "source" not in table or "verified" not in table:
            raise ValueError(f"data/{name}.toml: [{key}] states no source or verified. Add both.")
    return tables
