"""The RTU master with slaves that we did not write: pymodbus's and libmodbus's."""

import asyncio
import contextlib
import ctypes
import os
import select
import subprocess
import threading
import tty
from pathlib import Path

import pytest
from pymodbus.framer import FramerType
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

import reedgate_sim
from reedgate_boards.site.locator import firmware_dir
from reedgate_sim.vm_finder import find_micropython

UNIT = 17
FIRST, COUNT = 100, 125
SHIM = Path(reedgate_sim.__file__).parent / "benches" / "rtu_vm"
SCRIPT = Path(__file__).with_name("peer_master.py")
TOLD = [
    "read 3 0 [100, 101, 102] 0",
    "read 4 0 [100] 0",
    "write 0",
    "read 3 0 [100, 48879, 102] 0",
    "write 0",
    "read 3 0 [10, 258, 102] 0",
    f"read 3 0 {[10, 258, *range(FIRST + 2, FIRST + COUNT)]} 0",
    "read 3 3 [] 2",  # an exception: no such address
]


@contextlib.contextmanager
def vm():
    """(process, to read what it sends, to write what it shall hear)."""
    to_read, to_vm = os.pipe()
    from_vm, to_write = os.pipe()
    os.set_blocking(to_read, False)
    path = ":".join(map(str, (SHIM, firmware_dir(), ".frozen")))
    process = subprocess.Popen(
        [find_micropython(), SCRIPT, str(to_read), str(to_write)],
        env=os.environ | {"MICROPYPATH": path},
        pass_fds=(to_read, to_write),
        stdout=subprocess.PIPE,
        text=True,
    )
    os.close(to_read)
    os.close(to_write)
    try:
        yield process, from_vm, to_vm
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        os.close(from_vm)
        os.close(to_vm)


def test_pymodbus_answers_it():
    async def converse():
        values = list(range(FIRST, FIRST + COUNT))
        device = SimDevice(UNIT, [SimData(FIRST, values=values, datatype=DataType.REGISTERS)])
        address = ("127.0.0.1", 0)
        server = ModbusTcpServer(device, framer=FramerType.RTU, address=address)
        await server.serve_forever(background=True)
        port = server.transport.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        loop = asyncio.get_running_loop()
        with vm() as (process, from_vm, to_vm):
            ended = loop.create_future()

            def forward():
                data = os.read(from_vm, 512)
                if data:
                    writer.write(data)
                else:
                    loop.remove_reader(from_vm)
                    ended.set_result(None)

            async def back():
                while data := await reader.read(512):
                    os.write(to_vm, data)

            loop.add_reader(from_vm, forward)
            task = asyncio.create_task(back())
            await ended
            task.cancel()
            said = process.stdout.read().splitlines()
        writer.close()
        await server.shutdown()
        return said

    assert asyncio.run(converse()) == TOLD


class _Mapping(ctypes.Structure):
    """modbus_mapping_t of libmodbus 3.1."""

    _fields_ = (
        ("nb_bits", ctypes.c_int),
        ("start_bits", ctypes.c_int),
        ("nb_input_bits", ctypes.c_int),
        ("start_input_bits", ctypes.c_int),
        ("nb_input_registers", ctypes.c_int),
        ("start_input_registers", ctypes.c_int),
        ("nb_registers", ctypes.c_int),
        ("start_registers", ctypes.c_int),
        ("tab_bits", ctypes.c_void_p),
        ("tab_input_bits", ctypes.c_void_p),
        ("tab_input_registers", ctypes.POINTER(ctypes.c_uint16)),
        ("tab_registers", ctypes.POINTER(ctypes.c_uint16)),
    )


def libmodbus():
    try:
        library = ctypes.CDLL("libmodbus.so.5", use_errno=True)
    except OSError:
        pytest.skip("THE MASTER ASKS NO SLAVE OF LIBMODBUS: libmodbus5 not found: make tools")
    pointer = ctypes.c_void_p
    library.modbus_new_rtu.restype = pointer
    number = ctypes.c_int
    library.modbus_new_rtu.argtypes = (ctypes.c_char_p, number, ctypes.c_char, number, number)
    library.modbus_mapping_new_start_address.restype = ctypes.POINTER(_Mapping)
    library.modbus_mapping_new_start_address.argtypes = (ctypes.c_uint,) * 8
    for name in ("connect", "close", "free", "mapping_free"):
        getattr(library, f"modbus_{name}").argtypes = (pointer,)
    library.modbus_set_slave.argtypes = (pointer, ctypes.c_int)
    library.modbus_receive.argtypes = (pointer, ctypes.c_char_p)
    library.modbus_reply.argtypes = (pointer, ctypes.c_char_p, ctypes.c_int, pointer)
    return library


def test_libmodbus_answers_it():
    library = libmodbus()
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    context = library.modbus_new_rtu(os.ttyname(theirs).encode(), 19200, b"N", 8, 1)
    values = (0, 0, 0, 0, FIRST, COUNT, FIRST, COUNT)
    mapping = library.modbus_mapping_new_start_address(*values)
    for index in range(COUNT):
        mapping.contents.tab_registers[index] = FIRST + index
        mapping.contents.tab_input_registers[index] = FIRST + index
    library.modbus_set_slave(context, UNIT)
    assert library.modbus_connect(context) == 0

    def serve():
        query = ctypes.create_string_buffer(260)
        while (size := library.modbus_receive(context, query)) > 0:
            library.modbus_reply(context, query, size, mapping)

    slave = threading.Thread(target=serve)
    slave.start()
    try:
        with vm() as (process, from_vm, to_vm):
            while True:
                ready, _, _ = select.select([from_vm, ours], [], [], 10)
                assert ready, "neither says anything"
                if from_vm in ready:
                    if not (data := os.read(from_vm, 512)):
                        break
                    os.write(ours, data)
                if ours in ready:
                    os.write(to_vm, os.read(ours, 512))
            said = process.stdout.read().splitlines()
    finally:
        os.close(ours)  # its read fails, and it ends
        slave.join()
        library.modbus_close(context)
        library.modbus_free(context)
        library.modbus_mapping_free(ctypes.cast(mapping, ctypes.c_void_p))
        os.close(theirs)
    assert said == TOLD
