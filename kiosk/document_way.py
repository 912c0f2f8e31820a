"""Whether and by which camera this station reads documents."""

from __future__ import annotations

import logging
from collections.abc import Callable

from config.problem import Problem
from config.station import StationSettings
from hardware.cameras.camera import Frame
from hardware.cameras.patience import Patience
from hardware.cameras.supervisor import CameraState, CameraSupervisor
from hardware.identity.documents.document import DocumentProblem, DocumentReading
from kiosk.documents import DocumentDesk, installed
from kiosk.sitting import Saying, Step

log = logging.getLogger(__name__)


class DocumentWay:
    """The desk, and the document camera where the settings name one; else frames come from `newest`, the main camera's.

    `offered` says whether students are told of this way, `problem` why they are not, or what is wrong with its camera.
    """

    def __init__(
        self,
        settings: StationSettings,
        newest: Callable[[int], Frame | None],
        on_reading: Callable[[DocumentReading], None],
        on_seen: Callable[[Saying], None],
        note: Callable[[str, Problem | None], None],
        is_installed: Callable[[], bool] = installed,
    ) -> None:
        wishes = settings.documents
        self.wished = wishes.offered
        self.offered = self.wished and is_installed()
        self.problem: Problem | None = self._why_not()
        self._note = note
        self._camera: CameraSupervisor | None = None
        if self.offered and wishes.camera.strip():
            patience = Patience(heartbeat=settings.camera.heartbeat, open=settings.camera.open_deadline)
            self._camera = CameraSupervisor(wishes.camera, self._hear_camera, patience=patience)
        self.newest = self._camera.newest if self._camera is not None else newest
        self._desk = DocumentDesk(self.newest, on_reading, on_seen) if self.offered else None

    def start(self) -> None:
        if self._camera is not None:
            self._camera.start()
        if self._desk is not None:
            self._desk.start()

    def stop(self) -> None:
        if self._desk is not None:
            self._desk.stop()
        if self._camera is not None:
            self._camera.stop()

    def follow(self, step: Step) -> None:
        """The sitting is at that step."""
        if self._desk is not None:
            self._desk.follow(step)

    def _why_not(self) -> Problem | None:
        if self.offered:
            return None
        problem = DocumentProblem("document.not_installed" if self.wished else "document.not_offered")
        if self.wished:
            log.warning("%s", problem)
        return problem

    def _hear_camera(self, state: CameraState) -> None:
        if state.kind not in ("starting", "stopped"):
            self.problem = state.problem
            self._note("documents", state.problem)
