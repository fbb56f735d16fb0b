"""What our image changes in MicroPython's own source, for a scan's 5 ms and a heap's 60 kB.

Each change is one text for another that stands in its file exactly once. None changes what a
program does, only how long it takes (tests/rp2040/test_scan_time.py) and how much of the heap
(test_heap_run.py). Seen on 1.25.0: a scan spent a fifth of its time in map lookups, most of it in
divisions, which a Cortex-M0+ has not, and an eighth in taking each larger function's state from
the heap. Of what was left, a third went to search instances for methods, which are in their class.
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
    if (lookup_kind == MP_MAP_LOOKUP_ADD_IF_NOT_FOUND) {
        ABSENT(map, index).map = NULL;
    }
    #endif
    return search(map, index, lookup_kind);
}
"""
# Which names a map has not. No key gets into one but by mp_map_lookup, which forgets that it was
# absent, or with a copy of a dictionary: then all is forgotten.
_ABSENT = """\
#if MICROPY_OPT_MAP_LOOKUP_CACHE
static struct {
    const mp_map_t *map;
    mp_obj_t index;
} absent[MICROPY_OPT_MAP_LOOKUP_CACHE_SIZE / 8];
#define ABSENT(map, index) (absent[MAP_CACHE_OFFSET(index) % MP_ARRAY_SIZE(absent)])
#endif

void mp_map_forget_absent(void) {
    #if MICROPY_OPT_MAP_LOOKUP_CACHE
    memset(absent, 0, sizeof(absent));
    #endif
}

"""
_ATTRIBUTE = """\
mp_map_elem_t *MICROPY_WRAP_MP_MAP_LOOKUP(mp_map_lookup_attr)(mp_map_t * map, qstr attr) {
    mp_obj_t index = MP_OBJ_NEW_QSTR(attr);
    #if MICROPY_OPT_MAP_LOOKUP_CACHE
    if (map->alloc == 0) {
        return NULL;
    }
    mp_map_elem_t *slot = MAP_CACHE_GET(map, index);
    if (slot->key == index) {
        return slot;
    }
    if (ABSENT(map, index).map == map && ABSENT(map, index).index == index) {
        return NULL;
    }
    slot = search(map, index, MP_MAP_LOOKUP);
    if (slot == NULL) {
        ABSENT(map, index).map = map;
        ABSENT(map, index).index = index;
    }
    return slot;
    #else
    return mp_map_lookup(map, index, MP_MAP_LOOKUP);
    #endif
}

"""
_DECLARED = (
    "mp_map_elem_t *mp_map_lookup"
    "(mp_map_t *map, mp_obj_t index, mp_map_lookup_kind_t lookup_kind);\n"
)
# A function of the class, or of one that it is made from, is bound without more ado.
_METHOD = """\
    const mp_obj_type_t *type = mp_obj_get_type(base);
    if (mp_obj_is_instance_type(type)) {
        mp_obj_instance_t *self = MP_OBJ_TO_PTR(base);
        if (mp_map_lookup_attr(&self->members, attr) == NULL) {
            for (;;) {
                mp_obj_dict_t *locals = MP_OBJ_TYPE_GET_SLOT(type, locals_dict);
                mp_map_elem_t *elem = mp_map_lookup_attr(&locals->map, attr);
                if (elem != NULL) {
                    if (mp_obj_is_type(elem->value, &mp_type_fun_bc)) {
                        dest[0] = elem->value;
                        dest[1] = base;
                        return;
                    }
                    break;
                }
                if (!MP_OBJ_TYPE_HAS_SLOT(type, parent)) {
                    break;
                }
                type = MP_OBJ_TYPE_GET_SLOT(type, parent);
                if (type->base.type != &mp_type_type || !mp_obj_is_instance_type(type)) {
                    break;  // several, or a native one
                }
            }
        }
    }

"""
# What an instance has already is stored where it is: as it is loaded, before its class is asked.
_STORE = """\
                    if (sp[-1] != MP_OBJ_NULL && mp_obj_is_instance_type(mp_obj_get_type(sp[0]))) {
                        mp_obj_instance_t *self = MP_OBJ_TO_PTR(sp[0]);
                        mp_map_elem_t *elem = mp_map_lookup_attr(&self->members, qst);
                        if (elem) {
                            elem->value = sp[-1];
                            sp -= 2;
                            DISPATCH();
                        }
                    }
"""
_GLOBALS = """\
    DEBUG_OP_printf("load global %s\\n", qstr_str(qst));
    mp_map_elem_t *elem = """
_STORE_ATTR = "                    mp_store_attr(sp[0], qst, sp[-1]);\n"
# Two small integers: what has no call. Their tags keep their order; a result that is none is left
# to mp_binary_op.
_OPERATION = """\
                    if (mp_obj_is_small_int(lhs) && mp_obj_is_small_int(rhs)) {
                        mp_int_t a = (mp_int_t)lhs;
                        mp_int_t b = (mp_int_t)rhs;
                        mp_int_t c;
                        switch (ip[-1] - MP_BC_BINARY_OP_MULTI) {
                            case MP_BINARY_OP_LESS:
                                SET_TOP(mp_obj_new_bool(a < b));
                                DISPATCH();
                            case MP_BINARY_OP_MORE:
                                SET_TOP(mp_obj_new_bool(a > b));
                                DISPATCH();
                            case MP_BINARY_OP_EQUAL:
                                SET_TOP(mp_obj_new_bool(a == b));
                                DISPATCH();
                            case MP_BINARY_OP_LESS_EQUAL:
                                SET_TOP(mp_obj_new_bool(a <= b));
                                DISPATCH();
                            case MP_BINARY_OP_MORE_EQUAL:
                                SET_TOP(mp_obj_new_bool(a >= b));
                                DISPATCH();
                            case MP_BINARY_OP_NOT_EQUAL:
                                SET_TOP(mp_obj_new_bool(a != b));
                                DISPATCH();
                            case MP_BINARY_OP_OR:
                            case MP_BINARY_OP_INPLACE_OR:
                                SET_TOP((mp_obj_t)(a | b));
                                DISPATCH();
                            case MP_BINARY_OP_AND:
                            case MP_BINARY_OP_INPLACE_AND:
                                SET_TOP((mp_obj_t)(a & b));
                                DISPATCH();
                            case MP_BINARY_OP_ADD:
                            case MP_BINARY_OP_INPLACE_ADD:
                                if (!__builtin_add_overflow(a, b - 1, &c)) {
                                    SET_TOP((mp_obj_t)c);
                                    DISPATCH();
                                }
                                break;
                            case MP_BINARY_OP_SUBTRACT:
                            case MP_BINARY_OP_INPLACE_SUBTRACT:
                                if (!__builtin_sub_overflow(a, b - 1, &c)) {
                                    SET_TOP((mp_obj_t)c);
                                    DISPATCH();
                                }
                                break;
                            default:
                                break;
                        }
                    }
"""
_BINARY_OP = """\
                    SET_TOP(mp_binary_op(ip[-1] - MP_BC_BINARY_OP_MULTI, lhs, rhs));
                    DISPATCH();
                }

                ENTRY_DEFAULT:
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
        f"{_ABSENT}{_SEARCH} MP_NOINLINE;\n\n{_ATTRIBUTE}{_LOOKUP}{_HIT}\n{_SEARCH} {{\n",
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
    # Attributes, and what is known to be none of an instance or of a class.
    Change(
        "py/obj.h",
        _DECLARED,
        f"{_DECLARED}mp_map_elem_t *mp_map_lookup_attr(mp_map_t *map, qstr attr);\n"
        "void mp_map_forget_absent(void);\n",
    ),
    Change(
        "py/objtype.c",
        "mp_map_lookup(locals_map, MP_OBJ_NEW_QSTR(lookup->attr), MP_MAP_LOOKUP)",
        "mp_map_lookup_attr(locals_map, lookup->attr)",
    ),
    Change(
        "py/objtype.c",
        "mp_map_lookup(&self->members, MP_OBJ_NEW_QSTR(attr), MP_MAP_LOOKUP)",
        "mp_map_lookup_attr(&self->members, attr)",
    ),
    Change(
        "py/objdict.c",
        "    memcpy(other->map.table, self->map.table, ",
        "    mp_map_forget_absent();\n    memcpy(other->map.table, self->map.table, ",
    ),
    Change(
        "py/runtime.c",
        f"{_GLOBALS}mp_map_lookup(&mp_globals_get()->map, MP_OBJ_NEW_QSTR(qst), MP_MAP_LOOKUP)",
        f"{_GLOBALS}mp_map_lookup_attr(&mp_globals_get()->map, qst)",
    ),
    Change(
        "py/vm.c",
        "mp_map_lookup(&self->members, MP_OBJ_NEW_QSTR(qst), MP_MAP_LOOKUP)",
        "mp_map_lookup_attr(&self->members, qst)",
    ),
    Change("py/vm.c", _STORE_ATTR, f"{_STORE}{_STORE_ATTR}"),
    # What most jumps are by, and most operations.
    Change(
        "py/vm.c",
        "                    if (mp_obj_is_true(POP())) {\n",
        "                    mp_obj_t on = POP();\n"
        "                    if (on == mp_const_true"
        " || (on != mp_const_false && mp_obj_is_true(on))) {\n",
    ),
    Change(
        "py/vm.c",
        "                    if (!mp_obj_is_true(POP())) {\n",
        "                    mp_obj_t on = POP();\n"
        "                    if (on == mp_const_false"
        " || (on != mp_const_true && !mp_obj_is_true(on))) {\n",
    ),
    Change("py/vm.c", _BINARY_OP, f"{_OPERATION}{_BINARY_OP}"),
    Change(
        "py/runtime.c",
        "    mp_load_method_maybe(base, attr, dest);\n\n    if (dest[0] == MP_OBJ_NULL) {\n"
        "        // no attribute/method called attr\n",
        f"{_METHOD}    mp_load_method_maybe(base, attr, dest);\n\n"
        "    if (dest[0] == MP_OBJ_NULL) {\n"
        "        // no attribute/method called attr\n",
    ),
    # A table that is full grows by a few entries, not by a quarter of them.
    Change(
        "py/map.c",
        "    17, 23, 29, 37, 47, 59, 73, // *1.25\n",
        "    14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 36, 40, 44, 48, 52, 56, 60, 66, 73,\n",
    ),
    # littlefs's two caches, and one more of each open file: two pages of the flash, not four. What
    # is on the flash stays as it is: a file in its directory's blocks has 512 bytes at most.
    Change(
        "extmod/vfs_lfsx.c",
        "(4 * MAX(read_size, prog_size))",
        "(2 * MAX(read_size, prog_size))",
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
