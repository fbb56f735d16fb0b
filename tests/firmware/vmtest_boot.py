"""The first code of our image, boards/RPI_PICO/_boot.py, on the VM with a flash in memory."""

import sys

import vfs as real_vfs

_BOOT = __file__.rsplit("/tests/", 1)[0] + "/boards/RPI_PICO/_boot.py"
_SIZE = 4096


class _Flash:
    """_rp2.Flash: every write is counted."""

    blocks = {}  # noqa: RUF012 - number: content; others are erased
    writes = 0
    count = 16

    def readblocks(self, number, buffer, offset=0):
        content = _Flash.blocks.get(number, b"\xff" * _SIZE)
        buffer[:] = content[offset : offset + len(buffer)]

    def writeblocks(self, number, buffer, offset=None):
        _Flash.writes += 1
        content = bytearray(_Flash.blocks.get(number, b"\xff" * _SIZE))
        at = offset or 0
        content[at : at + len(buffer)] = buffer
        _Flash.blocks[number] = content

    def ioctl(self, request, argument):
        if request == 6:
            _Flash.writes += 1
            _Flash.blocks.pop(argument, None)
        return {4: _Flash.count, 5: _SIZE}.get(request, 0)


class _Vfs:
    VfsLfs2 = real_vfs.VfsLfs2
    mounted = None

    @staticmethod
    def mount(system, path):
        assert path == "/"
        _Vfs.mounted = system


class _Pin:
    OUT = 1
    driven = []  # noqa: RUF012 - replaced at each boot

    def __init__(self, pin, mode, value):
        assert mode == _Pin.OUT
        assert _Vfs.mounted is None
        _Pin.driven.append((pin, value))


def boot(blocks):
    """Runs it on a flash with these blocks; gives how many writes the flash saw."""
    _Flash.blocks = blocks
    _Flash.writes = 0
    _Vfs.mounted = None
    _Pin.driven = []
    stand_ins = {
        "_rp2": type("_rp2", (), {"Flash": _Flash}),
        "vfs": _Vfs,
        "machine": type("machine", (), {"Pin": _Pin}),
        "board": type("board", (), {"OUTPUTS": (6, 7), "OFF": 0}),
    }
    kept = {name: sys.modules.get(name) for name in stand_ins}
    path = sys.path[:]
    with open(_BOOT) as stream:
        source = stream.read()
    try:
        sys.modules.update(stand_ins)
        exec(compile(source, _BOOT, "exec"), {})
        assert sys.path == [".frozen"]
    finally:
        sys.path[:] = path
        for name, module in kept.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
    assert _Pin.driven == [(6, 0), (7, 0)]
    return _Flash.writes


def used_flash():
    """The blocks of a flash with one file."""
    boot({})
    with _Vfs.mounted.open("log", "w") as stream:
        stream.write("kept " * 2000)
    return dict(_Flash.blocks)


def content_of_log():
    with _Vfs.mounted.open("log", "r") as stream:
        return stream.read()


def test_an_empty_flash_is_formatted_and_mounted():
    assert boot({}) > 0
    assert _Vfs.mounted is not None
    assert list(_Vfs.mounted.ilistdir("/")) == []


def test_a_flash_with_files_is_mounted_as_it_is():
    blocks = used_flash()
    assert boot(blocks) == 0
    assert content_of_log() == "kept " * 2000


def test_one_destroyed_superblock_is_no_reason_to_format():
    for number in (0, 1):
        blocks = used_flash()
        blocks[number] = bytearray(_SIZE)
        assert boot(blocks) == 0
        assert _Vfs.mounted is not None


def test_a_flash_that_does_not_mount_is_left_as_it_is():
    for damage in (bytes(_SIZE), b"\xff" * _SIZE):  # overwritten; erased, with files behind
        blocks = used_flash()
        blocks[0] = blocks[1] = bytearray(damage)
        before = {number: bytes(content) for number, content in blocks.items()}
        assert boot(blocks) == 0
        assert _Vfs.mounted is None
        assert {number: bytes(content) for number, content in _Flash.blocks.items()} == before
