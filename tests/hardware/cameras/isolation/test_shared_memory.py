"""The frame buffer never returns a torn frame, whatever writer and reader do at the same time."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from config.arrays import Pixels
from hardware.cameras.isolation.shared_memory import SLOTS, FrameBuffer, Phase, ShotBuffer
from tests.paths import ROOT

SIZE = (320, 240)
READS = 2000

WRITER = """
import sys, numpy as np
from hardware.cameras.isolation.shared_memory import FrameBuffer
frame_buffer = FrameBuffer(int(sys.argv[1]))
frame_buffer.resize((320, 240))
pixels = np.empty((240, 320, 3), np.uint8)
print("ready", flush=True)
number = 0
while True:
    number += 1
    pixels.fill(number % 256)
    frame_buffer.put(pixels, number, float(number))
"""


def filled(number: int) -> Pixels:
    return np.full((SIZE[1], SIZE[0], 3), number % 256, np.uint8)


@pytest.fixture
def frame_buffer() -> FrameBuffer:
    buffer = FrameBuffer.create()
    buffer.resize(SIZE)
    return buffer


def is_torn(pixels: Pixels, number: int) -> bool:
    return bool((pixels != number % 256).any())


@pytest.mark.process
def test_no_frame_is_torn_while_another_process_writes_as_fast_as_it_can(frame_buffer: FrameBuffer) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(frame_buffer.fd)],
        pass_fds=(frame_buffer.fd,),
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        count, last = 0, 0
        while count < READS:
            assert writer.poll() is None, "the writer crashed"
            frame = frame_buffer.newest(after=last)
            if frame is None:
                continue
            assert frame.number > last
            assert not is_torn(frame.pixels, frame.number), f"frame {frame.number} is torn"
            assert frame.taken_at == float(frame.number)
            count, last = count + 1, frame.number
    finally:
        writer.kill()
        writer.communicate()
    assert last > READS, "the writer never overtook the reader, so nothing was tested"


def test_the_check_detects_torn_frames(frame_buffer: FrameBuffer) -> None:
    """Control: a frame with two different halves counts as torn."""
    frame_buffer.put(filled(1), 1, 1.0)
    frame = frame_buffer.newest()
    assert frame is not None
    assert not is_torn(frame.pixels, 1)
    half = filled(1)
    half[: SIZE[1] // 2] = 2
    frame_buffer.put(half, 2, 2.0)
    frame = frame_buffer.newest()
    assert frame is not None
    assert is_torn(frame.pixels, 2)


def test_a_reader_that_is_overtaken_while_it_copies_takes_a_newer_frame(
    frame_buffer: FrameBuffer, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame_buffer.put(filled(1), 1, 1.0)

    class Overtaken:
        """A slot that the writer overwrites during the first copy."""

        def __init__(self, slot: Pixels) -> None:
            self.slot = slot
            self.copies = 0

        @property
        def shape(self) -> tuple[int, ...]:
            return self.slot.shape

        def copy(self) -> Pixels:
            self.copies += 1
            torn = self.slot.copy()
            monkeypatch.undo()
            for number in range(2, 2 + SLOTS):
                frame_buffer.put(filled(number), number, float(number))
            torn[: SIZE[1] // 2] = self.slot[: SIZE[1] // 2]
            return torn

    overtaken = [Overtaken(slot) for slot in frame_buffer._slots]
    monkeypatch.setattr(frame_buffer, "_slots", overtaken)
    frame = frame_buffer.newest()
    assert frame is not None
    assert sum(slot.copies for slot in overtaken) == 1, "the overtaking did not happen"
    assert frame.number == 1 + SLOTS
    assert not is_torn(frame.pixels, frame.number)


def test_a_reader_whose_known_frame_is_being_overwritten_takes_the_newest(
    frame_buffer: FrameBuffer, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame_buffer.put(filled(1), 1, 1.0)

    def number_while_overtaken(slot: int) -> int:
        """The writer fills all other slots and begins with this one, which still has its old number."""
        monkeypatch.undo()
        for number in range(2, 1 + SLOTS):
            frame_buffer.put(filled(number), number, float(number))
        frame_buffer._words[8 + 4 * slot] += np.uint64(1)  # its sequence number is odd
        return frame_buffer._number(slot)

    monkeypatch.setattr(frame_buffer, "_number", number_while_overtaken)
    frame = frame_buffer.newest(after=1)
    assert frame is not None
    assert frame.number == SLOTS
    assert not is_torn(frame.pixels, frame.number)


def test_a_writer_that_is_killed_in_the_middle_leaves_the_last_complete_frame(
    frame_buffer: FrameBuffer, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame_buffer.put(filled(7), 7, 7.0)

    def fail_halfway(target: Pixels, source: Pixels) -> None:
        target[: SIZE[1] // 2] = source[: SIZE[1] // 2]
        raise KeyboardInterrupt

    monkeypatch.setattr("hardware.cameras.isolation.shared_memory.np.copyto", fail_halfway)
    with pytest.raises(KeyboardInterrupt):
        frame_buffer.put(filled(8), 8, 8.0)
    frame = frame_buffer.newest()
    assert frame is not None
    assert frame.number == 7
    assert not is_torn(frame.pixels, 7)


def test_no_frame_before_the_first_and_none_twice(frame_buffer: FrameBuffer) -> None:
    assert FrameBuffer.create().newest() is None
    assert frame_buffer.newest() is None
    frame_buffer.put(filled(5), 5, 0.5)
    assert frame_buffer.newest(after=4) is not None
    assert frame_buffer.newest(after=5) is None
    assert frame_buffer.last_number == 5


def test_the_reader_gets_a_copy(frame_buffer: FrameBuffer) -> None:
    frame_buffer.put(filled(1), 1, 1.0)
    frame = frame_buffer.newest()
    assert frame is not None
    for number in range(2, 2 + SLOTS):
        frame_buffer.put(filled(number), number, 1.0)
    assert not is_torn(frame.pixels, 1)


@pytest.mark.parametrize("wrong", [np.zeros((240, 321, 3), np.uint8), np.zeros((240, 320, 3), np.float32)])
def test_a_frame_of_another_kind_than_announced_is_refused(frame_buffer: FrameBuffer, wrong: Pixels) -> None:
    with pytest.raises(ValueError, match="was announced"):
        frame_buffer.put(wrong, 1, 1.0)


def test_a_heartbeat_is_counted_with_its_phase(frame_buffer: FrameBuffer) -> None:
    assert frame_buffer.heartbeat == (0, Phase.OPENING)
    frame_buffer.record_heartbeat(Phase.VIEWING)
    frame_buffer.record_heartbeat(Phase.SHOOTING)
    assert frame_buffer.heartbeat == (2, Phase.SHOOTING)


def test_many_readers_at_once_all_get_complete_frames(frame_buffer: FrameBuffer) -> None:
    torn: list[int] = []
    done = threading.Event()

    def read() -> None:
        last = 0
        while not done.is_set():
            frame = frame_buffer.newest(after=last)
            if frame is not None:
                last = frame.number
                if is_torn(frame.pixels, last):
                    torn.append(last)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(1, 400):
        frame_buffer.put(filled(number), number, 1.0)
    done.set()
    for reader in readers:
        reader.join()
    assert torn == []


def test_the_shot_buffer_returns_what_was_put_into_it() -> None:
    buffer = ShotBuffer.create()
    long, short = os.urandom(3_000_000), b"short"
    buffer.put(long)
    assert buffer.get(len(long)) == long
    buffer.put(short)
    assert buffer.get(len(short)) == short
    with pytest.raises(OSError, match="stored 5 bytes"):
        buffer.get(6)
    buffer.close()


def test_inherited_descriptors_never_have_the_numbers_of_standard_streams() -> None:
    """A kiosk whose standard input was closed gets number 0 for the next file that it opens."""
    saved = os.dup(0)
    os.close(0)
    try:
        free = os.open(os.devnull, os.O_RDONLY)
        os.close(free)
        assert free == 0, "control: number 0 was free"
        frames, shots = FrameBuffer.create(), ShotBuffer.create()
        assert min(frames.fd, shots.fd) > 2
        frames.close()
        shots.close()
    finally:
        os.dup2(saved, 0)
        os.close(saved)


def put_frames(frame_buffer: FrameBuffer, frames: int, rate: float = 30.0) -> float:
    """Put `frames` frames, `rate` a second; return the time of the newest."""
    for number in range(1, frames + 1):
        frame_buffer.put(filled(number), number, 100 + number / rate)
    return 100 + frames / rate


def test_an_earlier_frame_is_as_far_back_as_requested_and_available(frame_buffer: FrameBuffer) -> None:
    now = put_frames(frame_buffer, 30)
    frame = frame_buffer.frame_before(now, 0.1, 0.4)
    assert frame is not None
    assert frame.number == 30 - SLOTS + 1, "the oldest that is still there"
    assert frame.taken_at == pytest.approx(now - (SLOTS - 1) / 30)
    assert not is_torn(frame.pixels, frame.number)
    near = frame_buffer.frame_before(now, 0.05, 0.12)
    assert near is not None
    assert near.number == 27


def test_a_slow_camera_s_earlier_frame_is_its_last_one(frame_buffer: FrameBuffer) -> None:
    now = put_frames(frame_buffer, 5, rate=1.25)
    frame = frame_buffer.frame_before(now, 0.1, 0.4)
    assert frame is not None
    assert frame.number == 4


def test_there_is_no_earlier_frame_before_the_second(frame_buffer: FrameBuffer) -> None:
    assert FrameBuffer.create().frame_before(100.0, 0.1, 0.4) is None
    assert frame_buffer.frame_before(100.0, 0.1, 0.4) is None
    assert frame_buffer.frame_before(put_frames(frame_buffer, 1), 0.1, 0.4) is None


def test_an_earlier_frame_that_is_being_overwritten_is_not_returned(frame_buffer: FrameBuffer) -> None:
    now = put_frames(frame_buffer, SLOTS)
    oldest = (int(frame_buffer._words[2]) + 1) % SLOTS
    frame_buffer._words[8 + 4 * oldest] += np.uint64(1)  # its sequence number is odd: the writer has begun
    frame = frame_buffer.frame_before(now, 0.1, 0.4)
    assert frame is not None
    assert frame.number == 2
