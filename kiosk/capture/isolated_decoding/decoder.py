"""Decode each foreign picture in a separate process, so that an exploited or crashing decoder affects nothing else.

The process is forked from one that has read no picture. It has limits of memory and processor time, may write no file,
has no descriptor but its standard ones, and ends with its parent. The limit of wall-clock time is generous: on a busy
machine a good photograph is delayed, not rejected.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from config.i18n import values_from_json
from kiosk.capture.image_io.file_type import FileKind
from kiosk.capture.isolated_decoding.fork_server import ForkServer
from kiosk.capture.isolated_decoding.preview import Preview
from kiosk.capture.types import PhotoProblem

FORK_SERVER: Final = ForkServer("kiosk.capture.isolated_decoding.child")
"""One for all decoders of this process, because it takes 60 MB."""
_TOO_COSTLY: Final = "photo.too_costly"
_BUSY: Final = "photo.decoder_busy"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DecoderLimits:
    """Limits for one picture. `memory_bytes` is address space (64 MP of HEIC take 0.9 GB); a picture of 64 MP takes
    about five seconds of processor time on a small machine. `slots` pictures are decoded at the same time."""

    memory_bytes: int = 2_000_000_000
    cpu_seconds: int = 60
    wall_timeout: float = 300.0
    slot_timeout: float = 60.0
    slots: int = 2


class IsolatedProcess:
    """Runs a child of `fork_server` for each picture, `slots` at the same time. May be used from any thread."""

    def __init__(self, limits: DecoderLimits | None, fork_server: ForkServer) -> None:
        self.limits = limits or DecoderLimits()
        self._fork_server = fork_server
        self._slots = threading.BoundedSemaphore(self.limits.slots)

    def answer(self, picture: IO[bytes], max_side: int) -> tuple[dict[str, Any], bytes]:
        """Return the facts and the bytes that the child writes about the picture, an open file with a descriptor.

        Raises PhotoProblem: the problem that the child reports; photo.too_costly if it exceeds a limit or crashes; and
        photo.decoder_busy if this machine has no time or memory now, for any picture.
        """
        with self._slot():
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
        numbers = (limits.memory_bytes, limits.cpu_seconds, max_side)
        try:
            return self._fork_server.run(picture, numbers, limits.wall_timeout)
        except OSError as error:  # includes TimeoutError
            log.warning("No picture could be decoded: %s", error or "the time is over")
            raise PhotoProblem(_BUSY) from error


class IsolatedDecoder(IsolatedProcess):
    """Makes previews."""

    def __init__(self, limits: DecoderLimits | None = None, fork_server: ForkServer = FORK_SERVER) -> None:
        super().__init__(limits, fork_server)

    def preview(self, path: Path, max_side: int) -> Preview:
        """Return the result of preview_rendering.make_preview for the file, with a JPEG of at most `max_side` pixels.
        Raises what `make_preview` and `answer` raise."""
        with path.open("rb") as picture:
            facts, jpeg = self.answer(picture, max_side)
        try:
            width, height = facts["size"]
            return Preview(FileKind(facts["kind"]), (int(width), int(height)), str(facts["damage"]), jpeg)
        except (ValueError, TypeError, KeyError) as error:
            raise PhotoProblem(_TOO_COSTLY) from error


def _parse(answer: bytes) -> tuple[dict[str, Any], bytes]:
    head, _, content = answer.partition(b"\n")
    try:
        facts = json.loads(head)
        if "problem" in facts:
            raise PhotoProblem(str(facts["problem"]), **values_from_json(facts["values"]))
        return dict(facts), content
    except (ValueError, TypeError, KeyError) as error:
        raise PhotoProblem(_TOO_COSTLY) from error
