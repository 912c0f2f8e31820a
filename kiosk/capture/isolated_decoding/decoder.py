"""Decode foreign pictures in a child process, so that an exploited or crashing decoder affects nothing else.

The child has limits of memory and processor time, may write no file, has no descriptor but its three pipes, and ends
with its parent. The limit of wall-clock time is generous: on a busy machine a good photograph is delayed, not rejected.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from kiosk.capture.image_io.file_type import FileKind
from kiosk.capture.isolated_decoding.preview import Preview
from kiosk.capture.types import PhotoProblem

_CHILD_MODULE: Final = "kiosk.capture.isolated_decoding.child"
_MAX_ANSWER_BYTES: Final = 16 << 20  # a preview of 1600 px has half a megabyte
_TOO_COSTLY: Final = "photo.too_costly"
_BUSY: Final = "photo.decoder_busy"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DecoderLimits:
    """Limits for one picture. `memory_bytes` is address space (64 MP of HEIC take 0.9 GB); a picture of 64 MP takes
    about five seconds of processor time on a small machine. `slots` pictures are decoded at once."""

    memory_bytes: int = 2_000_000_000
    cpu_seconds: int = 60
    wall_timeout: float = 300.0
    slot_timeout: float = 60.0
    slots: int = 2


class IsolatedDecoder:
    """Makes previews, `slots` at once. May be called from any thread."""

    def __init__(self, limits: DecoderLimits | None = None) -> None:
        self.limits = limits or DecoderLimits()
        self._slots = threading.BoundedSemaphore(self.limits.slots)

    def preview(self, path: Path, max_side: int) -> Preview:
        """Result of preview_rendering.make_preview for the file, with a JPEG of at most `max_side` pixels.

        Raises PhotoProblem: what that raises; photo.too_costly where the child exceeds a limit or crashes; and
        photo.decoder_busy where this machine has no time or memory now, whatever the picture.
        """
        with self._slot(), path.open("rb") as picture:
            code, answer = self._run(picture, max_side)
        if code != 0 or not answer:
            log.warning("A picture was not decoded: the decoder ended with %s after %d bytes", code, len(answer))
            raise PhotoProblem(_TOO_COSTLY)
        return _parse(answer)

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self._slots.acquire(timeout=self.limits.slot_timeout):
            raise PhotoProblem(_BUSY)
        try:
            yield
        finally:
            self._slots.release()

    def _run(self, picture: IO[bytes], max_side: int) -> tuple[int, bytes]:
        """Return the exit code and the output of a child."""
        limits = self.limits
        numbers = (os.getpid(), limits.memory_bytes, limits.cpu_seconds, max_side)
        command = [sys.executable, "-P", "-m", _CHILD_MODULE, *(str(number) for number in numbers)]
        try:
            child = subprocess.Popen(
                command, stdin=picture, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
            )
        except OSError as error:
            log.warning("No decoder could be started: %s", error)
            raise PhotoProblem(_BUSY) from error
        expired = threading.Event()

        def give_up() -> None:
            expired.set()
            child.kill()

        timer = threading.Timer(limits.wall_timeout, give_up)
        timer.start()
        try:
            assert child.stdout is not None
            answer = child.stdout.read(_MAX_ANSWER_BYTES)
            child.stdout.close()  # this ends a child that writes more
            code = child.wait()
        finally:
            timer.cancel()
            child.kill()
            child.wait()
        if expired.is_set():
            raise PhotoProblem(_BUSY)
        return code, answer


def _environment() -> dict[str, str]:
    """Only what Python and its packages need, and no secret of the parent. One thread and one memory arena, so that the
    limit is available for pictures."""
    return {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "1",
    }


def _parse(answer: bytes) -> Preview:
    head, _, jpeg = answer.partition(b"\n")
    try:
        facts = json.loads(head)
        if "problem" in facts:
            raise PhotoProblem(str(facts["problem"]), **facts["values"])
        width, height = facts["size"]
        return Preview(FileKind(facts["kind"]), (int(width), int(height)), str(facts["damage"]), jpeg)
    except (ValueError, TypeError, KeyError) as error:
        raise PhotoProblem(_TOO_COSTLY) from error
