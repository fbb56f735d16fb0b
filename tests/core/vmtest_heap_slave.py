"""What a slave does with a frame that is not for it takes nothing from the heap."""

from station.core import rtu_frame, slave_frame


def heapless_frames_of_others_and_exceptions():
    frame = bytearray(256)
    answer = bytearray(256)
    frame[0] = 7
    frame[1] = 20
    frame[2] = 7
    frame[3] = 6
    frame[5] = 2
    frame[7] = 16
    frame[9] = 112
    size = rtu_frame.seal(frame, 10)
    yield
    for _ in range(100):
        assert slave_frame.size_for(frame, size, 7) == size
        assert slave_frame.size_for(frame, size, 8) == 0
        assert slave_frame.fault_of(frame, size) == slave_frame.OK
        assert slave_frame.fault_of(frame, size - 1) == slave_frame.ILLEGAL_VALUE
        slave_frame.build_exception(answer, frame, slave_frame.DEVICE_BUSY)
    yield
