"""What our image changes in MicroPython's own source, so that a scan keeps to its 5 ms.

Each change is one text for another that stands in its file exactly once. None changes what a
program does, only how long it takes: tests/rp2040/test_scan_time.py. Seen on 1.25.0: a scan
spent a fifth of its time in map lookups, most of it in divisions, which a Cortex-M0+ has not, and
an eighth in taking each larger function's state from the heap.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Change:
    """file: from MicroPython's root."""

    file: str
    old: str
    new: str


_LOOKUP = (
    "mp_map_elem_t *MICROPY_WRAP_MP_MAP_LOOKUP(mp_map_lookup)"
    "(mp_map_t * map, mp_obj_t index, mp_map_lookup_kind_t lookup_kind) {\n"
)
_SEARCH = (
    "static mp_map_elem_t *MICROPY_WRAP_MP_MAP_LOOKUP(search)"
    "(mp_map_t * map, mp_obj_t index, mp_map_lookup_kind_t lookup_kind)"
)
_HIT = """\
    #if MICROPY_OPT_MAP_LOOKUP_CACHE
    if (lookup_kind != MP_MAP_LOOKUP_REMOVE_IF_FOUND && map->alloc) {
        mp_map_elem_t *slot = MAP_CACHE_GET(map, index);
        if (slot->key == index) {
            return slot;
        }
    }
    #endif
    return search(map, index, lookup_kind);
}
"""

CHANGES = (
    # The state of a function with more than a few variables, on the stack: 8 KiB, with a check.
    Change(
        "py/objfun.c",
        "#define VM_MAX_STATE_ON_STACK (sizeof(mp_uint_t) * 11)",
        "#define VM_MAX_STATE_ON_STACK (sizeof(mp_uint_t) * 32)",
    ),
    # The cache of positions: by map as well, for a name stands elsewhere in another class.
    Change(
        "py/map.c",
        "((((uintptr_t)(index)) >> 2) % MICROPY_OPT_MAP_LOOKUP_CACHE_SIZE)",
        "((((uintptr_t)(index)) >> 3 ^ ((uintptr_t)(map)) >> 4)"
        " % MICROPY_OPT_MAP_LOOKUP_CACHE_SIZE)",
    ),
    Change(
        "py/map.c",
        "(&(map)->table[MAP_CACHE_ENTRY(index) % (map)->alloc])",
        "(&(map)->table[MAP_CACHE_ENTRY(index) < (map)->alloc ? MAP_CACHE_ENTRY(index) : 0])",
    ),
    # A hit in a function of its own, which saves no registers.
    Change(
        "py/map.c",
        _LOOKUP,
        f"{_SEARCH} MP_NOINLINE;\n\n{_LOOKUP}{_HIT}\n{_SEARCH} {{\n",
    ),
    Change(
        "py/map.c",
        "#if MICROPY_OPT_MAP_LOOKUP_CACHE\n    // Try the cache for lookup",
        "#if 0\n    // Try the cache for lookup",
    ),
    # The next place of a search.
    Change(
        "py/map.c",
        "pos = (pos + 1) % map->alloc;\n",
        "if (++pos == map->alloc) {\n            pos = 0;\n        }\n",
    ),
)


def tune(tree: Path) -> None:
    """Raises ValueError where the source is not the one that the changes are for."""
    for change in CHANGES:
        path = tree / change.file
        text = path.read_text(encoding="utf-8")
        found = text.count(change.old)
        if found != 1:
            raise ValueError(f"{change.file} holds {change.old!r} {found} times, not once")
        path.write_text(text.replace(change.old, change.new), encoding="utf-8")
