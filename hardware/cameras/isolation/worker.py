"""The camera process: `python -m hardware.cameras.isolation.worker PIPE MAILBOX TRAY`, three inherited descriptors.

It drives one camera from one thread, and lives no longer than the camera: a camera that is lost, and a kiosk that is
gone, both end it. It is not started by multiprocessing, because that imports the kiosk's main module, and with it
PyQt5, into every child.
"""

from __future__ import annotations

import logging
import sys
from math import inf
from multiprocessing.connection import Connection
from typing import Final

from hardware.cameras.api import (
    Camera,
    CameraHealth,
    CameraInfo,
    CameraProblem,
    ReportingCamera,
    Shot,
    ShotProgress,
    TalkingCamera,
)
from hardware.cameras.isolation.messages import (
    Absent,
    Ailing,
    Begin,
    Delivered,
    Ended,
    Failed,
    Moving,
    Opened,
    Order,
    Report,
    Shoot,
    Stop,
    Tell,
    Told,
    Unasked,
)
from hardware.cameras.isolation.shared_memory import Mailbox, Phase, Tray, now
from hardware.child_process import die_with_parent

ENDING: Final = frozenset({"absent", "lost", "hung", "crashed", "folder"})
"""Reasons after which a camera's handle is never used again."""

WRONG: Final = frozenset({"spec", "script"})
"""Reasons that no second attempt can mend: a person must change a setting."""

_LEAST_INTERVAL: Final = 1 / 60  # a driver that does not pace itself must not eat a core
_BETWEEN_FAILURES: Final = 0.2
_BETWEEN_REPORTS: Final = 0.1  # seconds between two words on how far a transfer is

log = logging.getLogger("camera")


class KioskGone(Exception):
    """Nobody is at the other end of the pipe."""


class CameraLoop:
    """One camera, from opening to its end. Every method may raise KioskGone."""

    def __init__(self, begin: Begin, pipe: Connection, mailbox: Mailbox, tray: Tray) -> None:
        self._begin = begin
        self._pipe = pipe
        self._mailbox = mailbox
        self._tray = tray
        self._number = begin.first_number
        self._ailing = ""
        self._phase = Phase.OPENING
        self._told: ShotProgress | None = None
        self._told_at = 0.0
        self._listened = -inf

    def run(self) -> None:
        """Returns when told to stop or when the camera is gone."""
        camera = self._open()
        if camera is None:
            return
        try:
            while self._obey(camera):
                self._view(camera)
                self._listen(camera)
        except CameraProblem as problem:
            self._say(Ended(problem))
        finally:
            _close(camera)

    def _open(self) -> Camera | None:
        """Tries until the camera is there, each time with a new driver object. None: told to stop meanwhile."""
        while True:
            self._beat(Phase.OPENING)
            try:
                return self._try_to_open()
            except CameraProblem as problem:
                if problem.reason in WRONG:
                    self._say(Ended(problem))
                    return None
                self._say(Absent(problem))
            if self._pipe.poll(self._begin.again) and isinstance(self._hear(), Stop):
                return None

    def _try_to_open(self) -> Camera:
        camera = self._begin.driver(self._begin.spec)
        try:
            info = camera.open()
        except CameraProblem:
            _close(camera)
            raise
        if isinstance(camera, ReportingCamera):
            camera.on_progress = self._move
        self._ready(info)
        return camera

    def _ready(self, info: CameraInfo) -> None:
        self._mailbox.fit(info.frame_size)
        self._beat(Phase.VIEWING)
        self._say(Opened(info))

    def _obey(self, camera: Camera) -> bool:
        """Carries out what was ordered meanwhile. False: stop."""
        while self._pipe.poll():
            order = self._hear()
            if isinstance(order, Stop):
                return False
            if isinstance(order, Tell):
                camera.tell(order.command)
            elif isinstance(order, Shoot):
                self._shoot(camera, order.number)
        return True

    def _shoot(self, camera: Camera, number: int) -> None:
        self._beat(Phase.SHOOTING)
        try:
            shot = camera.shoot()
        except CameraProblem as problem:
            self._say(Failed(number, problem))
            if problem.reason in ENDING:
                raise
        else:
            place = self._tray.lay(shot.data)
            self._say(Delivered(number, len(shot.data), shot.name, shot.camera, place))
        self._told = None
        self._beat(Phase.VIEWING)

    def _view(self, camera: Camera) -> None:
        began = now()
        try:
            pixels = camera.frame()
        except CameraProblem as problem:
            if problem.reason in ENDING:
                raise
            self._ail(problem)
            self._pipe.poll(_BETWEEN_FAILURES)
        else:
            self._ail(None)
            self._mailbox.put(pixels, self._number, now())
            self._number += 1
            self._pipe.poll(max(0.0, began + _LEAST_INTERVAL - now()))
        self._beat(Phase.VIEWING)

    def _listen(self, camera: Camera) -> None:
        """Passes on what the camera says unasked."""
        if not isinstance(camera, TalkingCamera):
            return
        before, self._listened = self._listened, now()
        try:
            for word in camera.heard():
                self._pass_on(word, before)
        except CameraProblem as problem:
            if problem.reason in ENDING:
                raise
            log.warning("The camera could not be listened to: %s", problem)
        self._told = None
        self._beat(Phase.VIEWING)

    def _pass_on(self, word: CameraHealth | Shot, after: float) -> None:
        if isinstance(word, Shot):
            place = self._tray.lay(word.data)
            self._say(Unasked(len(word.data), word.name, word.camera, place, after))
        else:
            self._say(Told(word))

    def _move(self, progress: ShotProgress) -> None:
        """What the driver tells of a shot under way. Every step is a sign of life, not every one is worth a word."""
        self._beat(self._phase)
        last = self._told
        if last is None or last.phase != progress.phase or now() - self._told_at >= _BETWEEN_REPORTS:
            self._told, self._told_at = progress, now()
            self._say(Moving(progress))

    def _beat(self, phase: Phase) -> None:
        self._phase = phase
        self._mailbox.beat(phase)

    def _ail(self, problem: CameraProblem | None) -> None:
        key = problem.key if problem else ""
        if key != self._ailing:
            self._ailing = key
            self._say(Ailing(problem))

    def _say(self, report: Report) -> None:
        try:
            self._pipe.send(report)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise KioskGone from error

    def _hear(self) -> Order:
        try:
            order: Order = self._pipe.recv()
        except (EOFError, ConnectionResetError) as error:
            raise KioskGone from error
        return order


def _close(camera: Camera) -> None:
    try:
        camera.close()
    except CameraProblem as problem:
        log.warning("The camera did not close in good order: %s", problem)


def main(arguments: list[str]) -> int:
    die_with_parent()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    pipe_fd, mailbox_fd, tray_fd = (int(argument) for argument in arguments)
    pipe = Connection(pipe_fd)
    try:
        CameraLoop(pipe.recv(), pipe, Mailbox(mailbox_fd), Tray(tray_fd)).run()
    except (EOFError, KioskGone):
        log.info("The kiosk is gone, so the camera process goes too.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
