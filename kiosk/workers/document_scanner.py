"""Reading of the document that a sitter shows to the camera, on a background thread."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Final

from config.arrays import Pixels
from config.background_loop import BackgroundLoop
from config.document_reader.api import DocumentProblem, DocumentReading
from config.document_reader.ocr import TextReader
from config.document_reader.reader import Consensus, read_document
from config.errors import Problem
from config.i18n import Message
from config.settings.station import StationSettings
from hardware.cameras.api import Frame
from hardware.cameras.isolation.state import CameraState
from hardware.cameras.isolation.supervisor import CameraSupervisor
from hardware.cameras.timeouts import Timeouts
from kiosk.visit.step import Step

log = logging.getLogger(__name__)
ReadDocument = Callable[[Pixels], DocumentReading]
_POLL_INTERVAL_S: Final = 0.02
_NO_FRAME_TIMEOUT_S: Final = 3.0
"""Time without a frame after which the screen shows that the camera delivers no picture."""


def is_ocr_installed() -> bool:
    """Return whether this station has the text recognition, an optional part of the installation."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def make_reader() -> ReadDocument:
    """Create the text recognition; it loads its models (230 MB of memory) with the first picture."""
    return partial(read_document, read_text=TextReader().read)


class DocumentScanner:
    """Reads frames while the visit is at the step DOCUMENT.

    The frames come from the document camera if the settings name one, otherwise from `newest`, the main camera. The
    background thread calls `on_progress` after each picture and `on_reading` once for each document, when two pictures
    agree. It stores no picture, and drops the result if the sitter has left. `available` is whether this station can
    read documents; `problem` is the reason if not, or the problem of the document camera.
    """

    def __init__(
        self,
        settings: StationSettings,
        newest: Callable[[int], Frame | None],
        on_reading: Callable[[DocumentReading], None],
        on_progress: Callable[[Message], None],
        report_problem: Callable[[str, Problem | None], None],
        is_installed: Callable[[], bool] = is_ocr_installed,
        read: ReadDocument | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.enabled = settings.documents.enabled
        self.available = self.enabled and is_installed()
        self.problem: Problem | None = self._unavailable_reason()
        self._on_reading, self._on_progress, self._report_problem = on_reading, on_progress, report_problem
        self._camera = self._create_camera(settings) if self.available else None
        self.newest = self._camera.newest if self._camera is not None else newest
        self._read, self._clock = read or make_reader(), clock
        self._frame_number = -1
        self._lock = threading.Lock()
        self._step = Step.IDLE
        self._session = 0  # incremented when a sitter starts or stops showing a document
        self._consensus, self._consensus_session = Consensus(), 0
        self._last_frame_at = 0.0
        self._active = threading.Event()
        # None because of ONNX Runtime
        self._loop = BackgroundLoop("document-scanner", self._scan, on_stop=self._active.set, join_timeout=None)

    def start(self) -> None:
        if self._camera is not None:
            self._camera.start()
        if self.available:
            self._loop.start()

    def stop(self) -> None:
        self._loop.stop()
        if self._camera is not None:
            self._camera.stop()

    def on_step(self, step: Step) -> None:
        """Start scanning at the step DOCUMENT, stop at every other."""
        with self._lock:
            if (step is Step.DOCUMENT) is (self._step is Step.DOCUMENT):
                return
            self._step = step
            self._session += 1
            self._active.set() if step is Step.DOCUMENT else self._active.clear()

    # ------------------------------------------------------------------ on the background thread

    def _scan(self) -> float:
        """Read the newest frame once a document is shown; return the seconds until the next."""
        self._active.wait()
        session = self._session
        if session != self._consensus_session:  # the two pictures that have to agree must be of one sitter
            self._consensus, self._consensus_session = Consensus(), session
            self._last_frame_at = self._clock()
        frame = self._newest_frame(session)
        if frame is None:
            return _POLL_INTERVAL_S
        reading = self._read_frame(frame, session)
        self._last_frame_at = self._clock()
        if reading is not None:
            self._add_reading(reading, session)
        return 0.0

    def _newest_frame(self, session: int) -> Frame | None:
        if not self._is_current(session):
            return None
        frame = self.newest(self._frame_number)
        if frame is not None:
            self._frame_number = frame.number
        elif self._clock() - self._last_frame_at >= _NO_FRAME_TIMEOUT_S:
            self._notify(session, lambda: self._on_progress(Message("document.no_picture")))
            self._last_frame_at = self._clock()
        return frame

    def _read_frame(self, frame: Frame, session: int) -> DocumentReading | None:
        try:
            return self._read(frame.pixels)
        except DocumentProblem as problem:
            progress = Message(problem.key, problem.values)
        except Exception:  # the next picture can be readable
            log.exception("the text recognition failed on one picture")
            progress = Message("document.failed")
        self._notify(session, lambda: self._on_progress(progress))
        return None

    def _add_reading(self, reading: DocumentReading, session: int) -> None:
        confirmed = self._consensus.add(reading)
        if confirmed is None:
            self._notify(session, lambda: self._on_progress(Message("document.confirming")))
            return
        self._notify(session, lambda: self._on_reading(confirmed))
        with self._lock:
            if self._session == session:
                self._active.clear()

    def _notify(self, session: int, notify: Callable[[], None]) -> None:
        if self._is_current(session):
            notify()

    def _is_current(self, session: int) -> bool:
        with self._lock:
            return session == self._session and self._step is Step.DOCUMENT and not self._loop.is_stopped

    # ------------------------------------------------------------------ the document camera

    def _create_camera(self, settings: StationSettings) -> CameraSupervisor | None:
        if not settings.documents.camera.strip():
            return None
        timeouts = Timeouts(heartbeat=settings.camera.heartbeat_timeout, open=settings.camera.open_timeout)
        return CameraSupervisor(settings.documents.camera, self._on_camera_state, timeouts=timeouts)

    def _on_camera_state(self, state: CameraState) -> None:
        if state.kind not in ("starting", "stopped"):
            self.problem = state.problem
            self._report_problem("documents", state.problem)

    def _unavailable_reason(self) -> Problem | None:
        if self.available:
            return None
        problem = DocumentProblem("document.not_installed" if self.enabled else "document.not_enabled")
        if self.enabled:
            log.warning("%s", problem)
        return problem
