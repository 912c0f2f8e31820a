"""The camera process: `python -m hardware.cameras.isolation.worker PIPE FRAME_BUFFER SHOT_BUFFER`, three inherited
descriptors.

It drives one camera from one thread. It ends when the camera is lost and when the kiosk has ended. It is not started by
multiprocessing, because that imports the kiosk's main module, and with it PyQt5, into every child.
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
    EmitsEvents,
    ReportsProgress,
    Shot,
    ShotProgress,
)
from hardware.cameras.isolation.messages import (
    Command,
    Degraded,
    DriverCommand,
    Ended,
    HealthReport,
    Opened,
    OpenFailed,
    Progress,
    Report,
    Shoot,
    ShotDelivered,
    ShotFailed,
    Start,
    Stop,
    UnsolicitedShot,
)
from hardware.cameras.isolation.shared_memory import FrameBuffer, Phase, ShotBuffer, now
from hardware.child_process import die_with_parent

FATAL_REASONS: Final = frozenset({"absent", "lost", "hung", "crashed", "folder"})
"""Reasons after which a camera handle is never reused."""

CONFIGURATION_REASONS: Final = frozenset({"spec", "script"})
"""Reasons that a retry cannot solve: a person must change a setting."""

_MIN_FRAME_INTERVAL_S: Final = 1 / 60  # a driver without a frame rate must not use a whole core
_FAILURE_PAUSE_S: Final = 0.2
_PROGRESS_INTERVAL_S: Final = 0.1  # seconds between two progress messages of a transfer

BURST_PAUSE_S: Final = 0.4
"""Longest time without a frame after a shot of a camera that takes bursts: the kiosk stores the shot and requests the
next one meanwhile. A frame in between would start the live view of a DSLR again, raise its mirror and let it settle."""

log = logging.getLogger("camera")


class SupervisorGone(Exception):
    """The other end of the pipe is closed."""


class CameraWorker:
    """One camera, from opening to its end. Every method may raise SupervisorGone."""

    def __init__(self, start: Start, pipe: Connection, frame_buffer: FrameBuffer, shot_buffer: ShotBuffer) -> None:
        self._start = start
        self._pipe = pipe
        self._frame_buffer = frame_buffer
        self._shot_buffer = shot_buffer
        self._next_number = start.first_number
        self._degraded_key = ""
        self._phase = Phase.OPENING
        self._last_progress: ShotProgress | None = None
        self._last_progress_at = 0.0
        self._last_polled_at = -inf
        self._next_shot_until = -inf  # now() until which the next shot of a burst is expected

    def run(self) -> None:
        """Run until the process is stopped or the camera is gone."""
        camera = self._open()
        if camera is None:
            return
        try:
            while self._process_commands(camera):
                self._publish_frame(camera)
                self._poll_events(camera)
        except CameraProblem as problem:
            self._send(Ended(problem))
        finally:
            _close(camera)

    def _open(self) -> Camera | None:
        """Try to open the camera until it succeeds, each time with a new driver object. Return None if stopped
        meanwhile."""
        while True:
            self._heartbeat(Phase.OPENING)
            try:
                return self._try_to_open()
            except CameraProblem as problem:
                if problem.reason in CONFIGURATION_REASONS:
                    self._send(Ended(problem))
                    return None
                self._send(OpenFailed(problem))
            if self._pipe.poll(self._start.retry_interval) and isinstance(self._receive(), Stop):
                return None

    def _try_to_open(self) -> Camera:
        camera = self._start.driver(self._start.spec)
        try:
            info = camera.open()
        except CameraProblem:
            _close(camera)
            raise
        if isinstance(camera, ReportsProgress):
            camera.on_progress = self._on_progress
        self._on_opened(info)
        return camera

    def _on_opened(self, info: CameraInfo) -> None:
        self._frame_buffer.resize(info.frame_size)
        self._heartbeat(Phase.VIEWING)
        self._send(Opened(info))

    def _process_commands(self, camera: Camera) -> bool:
        """Execute the requests received meanwhile, and during a burst wait for the next one. Return False to stop."""
        while self._pipe.poll(max(0.0, self._next_shot_until - now())):
            command = self._receive()
            if isinstance(command, Stop):
                return False
            if isinstance(command, DriverCommand):
                camera.send_command(command.command)
            elif isinstance(command, Shoot):
                self._shoot(camera, command.number)
        return True

    def _shoot(self, camera: Camera, number: int) -> None:
        self._heartbeat(Phase.SHOOTING)
        self._next_shot_until = -inf
        try:
            shot = camera.shoot()
        except CameraProblem as problem:
            self._send(ShotFailed(number, problem))
            if problem.reason in FATAL_REASONS:
                raise
        else:
            offset = self._shot_buffer.put(shot.data)
            self._send(ShotDelivered(number, len(shot.data), shot.name, shot.camera, offset))
            if shot.camera.burst > 1:
                self._next_shot_until = now() + BURST_PAUSE_S
        self._last_progress = None
        self._heartbeat(Phase.VIEWING)

    def _publish_frame(self, camera: Camera) -> None:
        began = now()
        try:
            pixels = camera.frame()
        except CameraProblem as problem:
            if problem.reason in FATAL_REASONS:
                raise
            self._report_degraded(problem)
            self._pipe.poll(_FAILURE_PAUSE_S)
        else:
            self._report_degraded(None)
            self._frame_buffer.put(pixels, self._next_number, now())
            self._next_number += 1
            self._pipe.poll(max(0.0, began + _MIN_FRAME_INTERVAL_S - now()))
        self._heartbeat(Phase.VIEWING)

    def _poll_events(self, camera: Camera) -> None:
        """Forward the camera's events."""
        if not isinstance(camera, EmitsEvents):
            return
        before, self._last_polled_at = self._last_polled_at, now()
        try:
            for event in camera.poll_events():
                self._forward(event, before)
        except CameraProblem as problem:
            if problem.reason in FATAL_REASONS:
                raise
            log.warning("The events of the camera could not be read: %s", problem)
        self._last_progress = None
        self._heartbeat(Phase.VIEWING)

    def _forward(self, event: CameraHealth | Shot, taken_after: float) -> None:
        if isinstance(event, Shot):
            offset = self._shot_buffer.put(event.data)
            self._send(UnsolicitedShot(len(event.data), event.name, event.camera, offset, taken_after))
        else:
            self._send(HealthReport(event))

    def _on_progress(self, progress: ShotProgress) -> None:
        """Forward the progress of a shot. Every step is a heartbeat, but not every step is sent."""
        self._heartbeat(self._phase)
        last = self._last_progress
        if last is None or last.phase != progress.phase or now() - self._last_progress_at >= _PROGRESS_INTERVAL_S:
            self._last_progress, self._last_progress_at = progress, now()
            self._send(Progress(progress))

    def _heartbeat(self, phase: Phase) -> None:
        self._phase = phase
        self._frame_buffer.record_heartbeat(phase)

    def _report_degraded(self, problem: CameraProblem | None) -> None:
        key = problem.key if problem else ""
        if key != self._degraded_key:
            self._degraded_key = key
            self._send(Degraded(problem))

    def _send(self, report: Report) -> None:
        try:
            self._pipe.send(report)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise SupervisorGone from error

    def _receive(self) -> Command:
        try:
            command: Command = self._pipe.recv()
        except (EOFError, ConnectionResetError) as error:
            raise SupervisorGone from error
        return command


def _close(camera: Camera) -> None:
    try:
        camera.close()
    except CameraProblem as problem:
        log.warning("The camera did not close normally: %s", problem)


def main(arguments: list[str]) -> int:
    die_with_parent()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    pipe_fd, frame_buffer_fd, shot_buffer_fd = (int(argument) for argument in arguments)
    pipe = Connection(pipe_fd)
    try:
        CameraWorker(pipe.recv(), pipe, FrameBuffer(frame_buffer_fd), ShotBuffer(shot_buffer_fd)).run()
    except (EOFError, SupervisorGone):
        log.info("The kiosk is gone, so the camera process ends.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
