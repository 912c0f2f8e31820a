"""Reads the document that somebody shows to the camera, in a thread of its own that nothing waits for."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Final

from config.arrays import Pixels
from config.errors import Problem
from config.i18n import Message
from config.settings.station import StationSettings
from hardware.cameras.api import Frame
from hardware.cameras.isolation.supervisor import CameraState, CameraSupervisor
from hardware.cameras.timeouts import Timeouts
from hardware.document_reader.api import DocumentProblem, DocumentReading
from hardware.document_reader.ocr import TextReader
from hardware.document_reader.reader import Consensus, read_document
from kiosk.visit.state import Step

log = logging.getLogger(__name__)
ReadDocument = Callable[[Pixels], DocumentReading]
_POLL_INTERVAL_S: Final = 0.02  # seconds until the next look for a frame
_NO_FRAME_TIMEOUT_S: Final = 3.0  # seconds without any frame after which the sitter is told
_JOIN_TIMEOUT_S: Final = 5.0  # seconds for the picture that is being read


def is_ocr_installed() -> bool:
    """Whether this station has the text recognition; it is an extra of the installation."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def make_reader() -> ReadDocument:
    """What reads a picture; its models (230 MB of memory) are loaded at the first one, for most days need none."""
    return partial(read_document, read_text=TextReader().read)


class DocumentScanThread:
    """Looks while the sitting is at the step DOCUMENT (`on_step`), and says to `on_progress` how it goes; to
    `on_reading`, once for each time somebody shows one, what two pictures agree on. Both are called from its own
    thread.

    `newest(after)` gives the newest frame with a higher number, or None. A picture is gone as soon as it is read;
    what was read of a document whose sitter has left meanwhile is told to nobody.
    """

    def __init__(
        self,
        newest: Callable[[int], Frame | None],
        on_reading: Callable[[DocumentReading], None],
        on_progress: Callable[[Message], None],
        read: ReadDocument | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._newest, self._on_reading, self._on_progress = newest, on_reading, on_progress
        self._read = read or make_reader()
        self._clock = clock
        self._number = -1
        self._session = 0  # counts who shows something, one after the other
        self._step = Step.IDLE
        self._lock = threading.Lock()
        self._active, self._stopped = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="document-scanner", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the desk; a picture that is being read is waited for a bounded time."""
        self._stopped.set()
        self._active.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(_JOIN_TIMEOUT_S)

    def on_step(self, step: Step) -> None:
        """The sitting is at that step."""
        with self._lock:
            if (step is Step.DOCUMENT) is (self._step is Step.DOCUMENT):
                return
            self._step = step
            self._session += 1
            self._active.set() if step is Step.DOCUMENT else self._active.clear()

    def _run(self) -> None:
        while True:
            self._active.wait()
            if self._stopped.is_set():
                return
            self._scan(self._session)

    def _scan(self, session: int) -> None:
        """Looks at one picture after the other until one sitter's document is read, or they have put it away."""
        agreement, since = Consensus(), self._clock()
        while self._is_current(session):
            frame = self._newest(self._number)
            if frame is None:
                if self._clock() - since >= _NO_FRAME_TIMEOUT_S:
                    self._notify(session, lambda: self._on_progress(Message("document.no_picture")))
                    since = self._clock()
                self._stopped.wait(_POLL_INTERVAL_S)
                continue
            self._number = frame.number
            reading = self._read_frame(frame, session)
            since = self._clock()
            agreed = agreement.add(reading) if reading is not None else None
            if agreed is not None:
                self._finish(session, agreed)
                return
            if reading is not None:
                self._notify(session, lambda: self._on_progress(Message("document.confirming")))

    def _read_frame(self, frame: Frame, session: int) -> DocumentReading | None:
        try:
            return self._read(frame.pixels)
        except DocumentProblem as problem:
            how = Message(problem.key, problem.values)
        except Exception:  # one picture that cannot be read must not end the reading
            log.exception("a picture could not be searched for a document")
            how = Message("document.failed")
        self._notify(session, lambda: self._on_progress(how))
        return None

    def _finish(self, session: int, reading: DocumentReading) -> None:
        self._notify(session, lambda: self._on_reading(reading))
        with self._lock:
            if self._session == session:
                self._active.clear()

    def _notify(self, session: int, notify: Callable[[], None]) -> None:
        if self._is_current(session):
            notify()

    def _is_current(self, session: int) -> bool:
        with self._lock:
            return session == self._session and self._step is Step.DOCUMENT and not self._stopped.is_set()


log = logging.getLogger(__name__)


class DocumentScanner:
    """The desk, and the document camera where the settings name one; else frames come from `newest`, the main camera's.

    `available` says whether students are told of this way, `problem` why they are not, or what is wrong with its
    camera.
    """

    def __init__(
        self,
        settings: StationSettings,
        newest: Callable[[int], Frame | None],
        on_reading: Callable[[DocumentReading], None],
        on_progress: Callable[[Message], None],
        report_problem: Callable[[str, Problem | None], None],
        is_installed: Callable[[], bool] = is_ocr_installed,
    ) -> None:
        section = settings.documents
        self.enabled = section.enabled
        self.available = self.enabled and is_installed()
        self.problem: Problem | None = self._unavailable_reason()
        self._report_problem = report_problem
        self._camera: CameraSupervisor | None = None
        if self.available and section.camera.strip():
            timeouts = Timeouts(heartbeat=settings.camera.heartbeat_timeout, open=settings.camera.open_timeout)
            self._camera = CameraSupervisor(section.camera, self._on_camera_state, timeouts=timeouts)
        self.newest = self._camera.newest if self._camera is not None else newest
        self._scan_thread = DocumentScanThread(self.newest, on_reading, on_progress) if self.available else None

    def start(self) -> None:
        if self._camera is not None:
            self._camera.start()
        if self._scan_thread is not None:
            self._scan_thread.start()

    def stop(self) -> None:
        if self._scan_thread is not None:
            self._scan_thread.stop()
        if self._camera is not None:
            self._camera.stop()

    def on_step(self, step: Step) -> None:
        """The sitting is at that step."""
        if self._scan_thread is not None:
            self._scan_thread.on_step(step)

    def _unavailable_reason(self) -> Problem | None:
        if self.available:
            return None
        problem = DocumentProblem("document.not_installed" if self.enabled else "document.not_enabled")
        if self.enabled:
            log.warning("%s", problem)
        return problem

    def _on_camera_state(self, state: CameraState) -> None:
        if state.kind not in ("starting", "stopped"):
            self.problem = state.problem
            self._report_problem("documents", state.problem)
