"""Which defaults of the schema apply to a site, each with its reason: `site check --explain`."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from reedgate_boards.site.rules_gate import KEYS_OF_OTHERS
from reedgate_boards.site.schema_gate import FloodCause, Gate, Trip
from reedgate_boards.site.schema_station import Sensor, Uplink


def defaults_of(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any, str]]:
    """(key, value, reason) of what the file left to the schema. None: worked out from others."""
    without_meaning = _without_meaning(model)
    for name, field in type(model).model_fields.items():
        value, key = getattr(model, name), f"{prefix}{name}"
        below = list(_tables_in(value, key))
        for path, table in below:
            yield from defaults_of(table, f"{path}.")
        reason = (field.json_schema_extra or {}).get("reason")
        left_out = name not in model.model_fields_set and name not in without_meaning
        if reason and left_out and not below and value not in ({}, []):
            yield key, value, reason


def _tables_in(value: Any, key: str) -> Iterator[tuple[str, BaseModel]]:
    if isinstance(value, BaseModel):
        yield key, value
    elif isinstance(value, dict):
        yield from ((f"{key}.{name}", each) for name, each in value.items() if _is_table(each))
    elif isinstance(value, list):
        yield from ((f"{key}[{n}]", each) for n, each in enumerate(value) if _is_table(each))


def _is_table(value: Any) -> bool:
    return isinstance(value, BaseModel)


def _without_meaning(model: BaseModel) -> tuple[str, ...]:
    """Keys that a table of this kind could not even have."""
    if isinstance(model, Gate):
        return KEYS_OF_OTHERS[model.drive] + KEYS_OF_OTHERS[model.role]
    if isinstance(model, FloodCause) and model.contact is None:
        return ("active", "debounce_ms")
    if isinstance(model, Trip) and model.clears == "reset_only":
        return ("clear_hold_s",)
    if isinstance(model, Sensor) and "depth_mm" not in model.points:
        return ("zero_offset_mm",)
    if isinstance(model, Uplink) and model.kind != "rtu_slave":
        return ("baud", "parity")
    return ()
