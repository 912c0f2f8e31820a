"""The mailbox never hands out a torn frame, whatever the two sides do at the same time."""

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
def mailbox() -> FrameBuffer:
    made = FrameBuffer.create()
    made.resize(SIZE)
    return made


def is_torn(pixels: Pixels, number: int) -> bool:
    return bool((pixels != number % 256).any())


@pytest.mark.process
def test_no_frame_is_torn_while_another_process_writes_as_fast_as_it_can(mailbox: FrameBuffer) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(mailbox.fd)], pass_fds=(mailbox.fd,), cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        seen, last = 0, 0
        while seen < READS:
            assert writer.poll() is None, "the writer crashed"
            frame = mailbox.newest(after=last)
            if frame is None:
                continue
            assert frame.number > last
            assert not is_torn(frame.pixels, frame.number), f"frame {frame.number} is torn"
            assert frame.taken_at == float(frame.number)
            seen, last = seen + 1, frame.number
    finally:
        writer.kill()
        writer.communicate()
    assert last > READS, "the writer never overtook the reader, so nothing was tried"


def test_the_check_for_torn_frames_bites(mailbox: FrameBuffer) -> None:
    """Read without the sequence numbers, the same memory does give torn frames."""
    mailbox.put(filled(1), 1, 1.0)
    frame = mailbox.newest()
    assert frame is not None
    assert not is_torn(frame.pixels, 1)
    half = filled(1)
    half[: SIZE[1] // 2] = 2
    mailbox.put(half, 2, 2.0)
    frame = mailbox.newest()
    assert frame is not None
    assert is_torn(frame.pixels, 2)


def test_a_reader_that_is_overtaken_while_it_copies_takes_a_newer_frame(
    mailbox: FrameBuffer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.put(filled(1), 1, 1.0)

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
                mailbox.put(filled(number), number, float(number))
            torn[: SIZE[1] // 2] = self.slot[: SIZE[1] // 2]
            return torn

    overtaken = [Overtaken(slot) for slot in mailbox._slots]
    monkeypatch.setattr(mailbox, "_slots", overtaken)
    frame = mailbox.newest()
    assert frame is not None
    assert sum(slot.copies for slot in overtaken) == 1, "the overtaking did not happen"
    assert frame.number == 1 + SLOTS
    assert not is_torn(frame.pixels, frame.number)


def test_a_writer_that_is_killed_in_the_middle_leaves_the_last_whole_frame(
    mailbox: FrameBuffer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.put(filled(7), 7, 7.0)

    def die(target: Pixels, source: Pixels) -> None:
        target[: SIZE[1] // 2] = source[: SIZE[1] // 2]
        raise KeyboardInterrupt

    monkeypatch.setattr("hardware.cameras.isolation.shared_memory.np.copyto", die)
    with pytest.raises(KeyboardInterrupt):
        mailbox.put(filled(8), 8, 8.0)
    frame = mailbox.newest()
    assert frame is not None
    assert frame.number == 7
    assert not is_torn(frame.pixels, 7)


def test_nothing_before_the_first_frame_and_nothing_twice(mailbox: FrameBuffer) -> None:
    assert FrameBuffer.create().newest() is None
    assert mailbox.newest() is None
    mailbox.put(filled(5), 5, 0.5)
    assert mailbox.newest(after=4) is not None
    assert mailbox.newest(after=5) is None
    assert mailbox.last_number == 5


def test_the_reader_gets_a_copy(mailbox: FrameBuffer) -> None:
    mailbox.put(filled(1), 1, 1.0)
    frame = mailbox.newest()
    assert frame is not None
    for number in range(2, 2 + SLOTS):
        mailbox.put(filled(number), number, 1.0)
    assert not is_torn(frame.pixels, 1)


@pytest.mark.parametrize("wrong", [np.zeros((240, 321, 3), np.uint8), np.zeros((240, 320, 3), np.float32)])
def test_a_frame_of_another_kind_than_announced_is_refused(mailbox: FrameBuffer, wrong: Pixels) -> None:
    with pytest.raises(ValueError, match="was announced"):
        mailbox.put(wrong, 1, 1.0)


def test_a_beat_is_counted_with_what_it_is_about(mailbox: FrameBuffer) -> None:
    assert mailbox.heartbeat == (0, Phase.OPENING)
    mailbox.record_heartbeat(Phase.VIEWING)
    mailbox.record_heartbeat(Phase.SHOOTING)
    assert mailbox.heartbeat == (2, Phase.SHOOTING)


def test_many_readers_at_once_all_get_whole_frames(mailbox: FrameBuffer) -> None:
    torn: list[int] = []
    done = threading.Event()

    def read() -> None:
        last = 0
        while not done.is_set():
            frame = mailbox.newest(after=last)
            if frame is not None:
                last = frame.number
                if is_torn(frame.pixels, last):
                    torn.append(last)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(1, 400):
        mailbox.put(filled(number), number, 1.0)
    done.set()
    for reader in readers:
        reader.join()
    assert torn == []


def test_the_shot_buffer_returns_what_was_put_into_it() -> None:
    tray = ShotBuffer.create()
    long, short = os.urandom(3_000_000), b"short"
    tray.put(long)
    assert tray.get(len(long)) == long
    tray.put(short)
    assert tray.get(len(short)) == short
    with pytest.raises(OSError, match="stored 5 bytes"):
        tray.get(6)
    tray.close()


def test_what_a_child_inherits_never_lies_where_its_standard_streams_lie() -> None:
    """A kiosk whose standard input was closed gets number 0 for the next file that it opens."""
    kept = os.dup(0)
    os.close(0)
    try:
        free = os.open(os.devnull, os.O_RDONLY)
        os.close(free)
        assert free == 0, "control: number 0 was free"
        mailbox, tray = FrameBuffer.create(), ShotBuffer.create()
        assert min(mailbox.fd, tray.fd) > 2
        mailbox.close()
        tray.close()
    finally:
        os.dup2(kept, 0)
        os.close(kept)


def at_thirty_a_second(mailbox: FrameBuffer, frames: int, rate: float = 30.0) -> float:
    """The moment at which the newest of `frames` was taken."""
    for number in range(1, frames + 1):
        mailbox.put(filled(number), number, 100 + number / rate)
    return 100 + frames / rate


def test_an_earlier_frame_is_as_far_back_as_requested_and_kept(mailbox: FrameBuffer) -> None:
    now = at_thirty_a_second(mailbox, 30)
    frame = mailbox.frame_before(now, 0.1, 0.4)
    assert frame is not None
    assert frame.number == 30 - SLOTS + 1, "the oldest that is still there"
    assert frame.taken_at == pytest.approx(now - (SLOTS - 1) / 30)
    assert not is_torn(frame.pixels, frame.number)
    near = mailbox.frame_before(now, 0.05, 0.12)
    assert near is not None
    assert near.number == 27


def test_a_slow_camera_s_earlier_frame_is_its_last_one(mailbox: FrameBuffer) -> None:
    now = at_thirty_a_second(mailbox, 5, rate=1.25)
    frame = mailbox.frame_before(now, 0.1, 0.4)
    assert frame is not None
    assert frame.number == 4


def test_there_is_no_earlier_frame_before_the_second(mailbox: FrameBuffer) -> None:
    assert FrameBuffer.create().frame_before(100.0, 0.1, 0.4) is None
    assert mailbox.frame_before(100.0, 0.1, 0.4) is None
    assert mailbox.frame_before(at_thirty_a_second(mailbox, 1), 0.1, 0.4) is None


def test_an_earlier_frame_that_is_being_written_over_is_not_given(mailbox: FrameBuffer) -> None:
    now = at_thirty_a_second(mailbox, SLOTS)
    oldest = (int(mailbox._words[2]) + 1) % SLOTS
    mailbox._words[8 + 4 * oldest] += np.uint64(1)  # its sequence number is odd: the writer has begun
    frame = mailbox.frame_before(now, 0.1, 0.4)
    assert frame is not None
    assert frame.number == 2
