"""Checks of the camera as the kiosk uses it: opened in its own process, live view, one shot, and its settings."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence

from config.image_file import DECODE_ERRORS, PHOTO_FORMATS, open_image
from config.machine_speed import scale_timeout, slowness
from config.settings.station import CameraSettings
from hardware.cameras.api import CameraProblem, Shot
from hardware.cameras.isolation.state import CameraState
from hardware.cameras.isolation.supervisor import CameraSupervisor
from hardware.cameras.timeouts import Timeouts
from hardware.cameras.webcam.devices import VideoDevice, processes_using, video_devices
from kiosk.diagnostics.report import CheckResult, Level, check_result, result_from_problem

LIVE_VIEW_FRAMES = 30


class _CameraReady:
    """Waits until the camera is live or reports a problem."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.problem: CameraProblem | None = None
        self.live = False

    def on_state(self, state: CameraState) -> None:
        with self._changed:
            self.live = state.kind == "live"
            self.problem = state.problem or self.problem
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self.live or self.problem is not None, seconds)
            return self.live


def camera(settings: CameraSettings, clock: Callable[[], float] = time.monotonic) -> Iterator[CheckResult]:
    """Yield the results for opening, live view, shot, and each refused setting."""
    ready = _CameraReady()
    timeouts = Timeouts(
        heartbeat=settings.heartbeat_timeout, open=settings.open_timeout, shot=settings.shot_timeout
    ).scaled_by(slowness())
    supervisor = CameraSupervisor(settings.driver, ready.on_state, timeouts=timeouts)
    began = clock()
    supervisor.start()
    try:
        if not ready.wait(scale_timeout(settings.open_timeout)):
            yield result_from_problem("camera", Level.FAILURE, ready.problem or CameraProblem("camera.hung"))
            return
        yield from _check_opened(supervisor, clock() - began)
        yield from _check_live_view(supervisor, clock)
        yield from _check_shot(supervisor, clock)
        yield from _check_health(supervisor)
    finally:
        supervisor.stop()


def _check_opened(supervisor: CameraSupervisor, seconds: float) -> Iterator[CheckResult]:
    info = supervisor.state.info
    if info is None:
        return
    details = (f"driver {info.driver}", f"serial {info.serial or '-'}", f"live view {info.frame_size}")
    level, outcome = (Level.WARNING, "simulated") if info.simulated else (Level.OK, "ok")
    yield check_result("camera", level, outcome, details, model=info.model, seconds=f"{seconds:.1f}")
    for name in info.refused:
        yield check_result("camera", Level.WARNING, "refused", setting=name)


def _check_live_view(supervisor: CameraSupervisor, clock: Callable[[], float]) -> Iterator[CheckResult]:
    first, number = clock(), 0
    frame_count, pause = 0, threading.Event()
    while frame_count < LIVE_VIEW_FRAMES and clock() - first < 5:
        frame = supervisor.newest(number)
        if frame is None:
            pause.wait(0.005)
            continue
        frame_count, number = frame_count + 1, frame.number
    rate = frame_count / max(clock() - first, 1e-3)
    level, outcome = (
        (Level.OK, "ok") if rate >= 15 else (Level.WARNING, "slow") if frame_count else (Level.FAILURE, "none")
    )
    yield check_result("live_view", level, outcome, rate=f"{rate:.0f}")


def _check_shot(supervisor: CameraSupervisor, clock: Callable[[], float]) -> Iterator[CheckResult]:
    began = clock()
    try:
        shot = supervisor.shoot().result()
    except CameraProblem as problem:
        yield result_from_problem("shot", Level.FAILURE, problem)
        return
    seconds = clock() - began
    size = _size(shot)
    if size is None:
        yield result_from_problem("shot", Level.FAILURE, CameraProblem("camera.unreadable"))
        return
    values = {"width": size[0], "height": size[1], "megabytes": f"{len(shot.data) / 1e6:.1f}"}
    yield check_result("shot", Level.OK, "ok", (shot.name,), seconds=f"{seconds:.1f}", **values)


def _size(shot: Shot) -> tuple[int, int] | None:
    try:
        with open_image(shot.data, PHOTO_FORMATS) as picture:
            picture.load()
            return picture.size
    except DECODE_ERRORS:
        return None


def _check_health(supervisor: CameraSupervisor) -> Iterator[CheckResult]:
    health = getattr(supervisor.state, "health", None)
    if health is None:
        return
    if health.battery is not None:
        low = health.battery < 20
        yield check_result(
            "battery", Level.WARNING if low else Level.OK, "low" if low else "ok", percent=health.battery
        )
    if health.card_free is not None:
        low = health.card_free < 100
        yield check_result(
            "card", Level.WARNING if low else Level.OK, "low" if low else "ok", pictures=health.card_free
        )


def webcams(
    list_devices: Callable[[], Sequence[VideoDevice]] = video_devices,
    holders_of: Callable[[str], list[str]] = processes_using,
) -> Iterator[CheckResult]:
    """Yield one result for all webcams, and one more for each webcam that another program has open."""
    devices = list_devices()
    if not devices:
        yield check_result("webcams", Level.OK, "none")
        return
    details = tuple(f"{one.path} {one.vendor}:{one.product} {one.by_id}".strip() for one in devices)
    yield check_result(
        "webcams", Level.OK, "found", details, names=", ".join(f"{one.name} ({one.path})" for one in devices)
    )
    for one in devices:
        programs = holders_of(one.path)
        if programs:
            yield check_result("webcams", Level.WARNING, "held", name=one.name, programs=", ".join(programs))
