"""One open camera: its live view, its shots, and its events."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from config.arrays import Pixels
from hardware.cameras.api import CameraHealth, CameraInfo, CameraProblem, Shot, ShotProgress
from hardware.cameras.gphoto.apply_config import apply_settings
from hardware.cameras.gphoto.camera_handle import CameraFile, CameraHandle
from hardware.cameras.gphoto.capture import CaptureTrigger
from hardware.cameras.gphoto.card_storage import CardStorage
from hardware.cameras.gphoto.discovery import Identity
from hardware.cameras.gphoto.download import download, jpeg_size
from hardware.cameras.gphoto.file_choice import classify_files
from hardware.cameras.gphoto.file_events import FileEvents
from hardware.cameras.gphoto.other_formats import problem_of_files
from hardware.cameras.gphoto.preview import LiveView
from hardware.cameras.gphoto.profile import CameraProfile
from hardware.cameras.gphoto.status import read_battery, read_health

BURST: Final = 3
_DEFAULT_SHOT_SIZE: Final = (6000, 4000)
"""Size of the shots of a camera that does not report it, until the first shot is there."""

_NOT_READY_POLL_S: Final = 2.0
"""Seconds between two checks of battery and card while one of them keeps the camera from shooting."""

_AMBIGUOUS_REASONS: Final = frozenset({"refused", "busy", "no_live_view"})
_SIZE_TEXT: Final = re.compile(r"(\d{3,5})x(\d{3,5})")

ProgressCallback = Callable[[ShotProgress], None]

log = logging.getLogger("camera")


class DslrSession:
    """An open camera until it is closed. Every method may raise CameraProblem."""

    def __init__(
        self,
        handle: CameraHandle,
        identity: Identity,
        profile: CameraProfile,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        on_progress: ProgressCallback,
    ) -> None:
        self._handle, self._profile, self._clock, self._on_progress = handle, profile, clock, on_progress
        self._no_partial_download = any(
            maker.casefold() in identity.manufacturer.casefold() for maker in profile.files.no_partial_download
        )
        self._live_view = LiveView(handle, profile, clock, sleep)
        self._file_events = FileEvents(handle, clock, sleep)
        self._trigger = CaptureTrigger(handle, profile, self._file_events, clock, sleep, self._on_phase)
        self._card_storage = CardStorage(handle, profile.files, self._download)
        self._unsolicited: list[CameraFile] = []
        self._health: CameraHealth | None = None
        self._next_health_check = -math.inf
        self.info = self._configure(identity)

    def frame(self) -> Pixels:
        try:
            return self._live_view.frame()
        except CameraProblem as problem:
            raise self._explain_by_battery(problem) from problem

    def shoot(self) -> Shot:
        self._unsolicited += self._file_events.poll()  # earlier pictures do not belong to this shot
        self._next_health_check = -math.inf
        self._live_view.pause()
        apply_settings(self._handle, self._profile.shot)
        try:
            files = self._trigger.capture(self._card_storage.downloads_raw)
        except CameraProblem as problem:
            raise self._explain_by_battery(problem) from problem
        classified = classify_files(files)
        self._card_storage.add_raw(classified.raw)
        self._unsolicited += classified.extra_pictures
        if classified.picture is None:
            raise problem_of_files(files)
        return self._shot(classified.picture)

    def mark_stored(self, sha256: str) -> None:
        """Record that the kiosk has stored the picture with this hash."""
        self._card_storage.mark_stored(sha256)

    def poll_events(self) -> Iterator[CameraHealth | Shot]:
        self._unsolicited += self._file_events.poll()
        if self._unsolicited:
            yield from self._unsolicited_shots()
        else:
            self._card_storage.do_idle_work()
        if self._clock() >= self._next_health_check:
            before, self._health = self._health, read_health(self._handle, self._profile.warnings, self._warnings())
            self._next_health_check = self._clock() + self._health_interval()
            if self._health != before:
                yield self._health

    def _health_interval(self) -> float:
        """Return the seconds between checks: fewer while the camera cannot shoot, because people are waiting."""
        interval, health = self._profile.timeouts.status_interval, self._health
        empty_percent = self._profile.warnings.battery_empty_percent
        is_empty = health is not None and health.battery is not None and health.battery <= empty_percent
        is_full = health is not None and health.card_free == 0
        return min(interval, _NOT_READY_POLL_S) if is_empty or is_full else interval

    def close(self) -> None:
        """Lower the mirror if the camera still answers."""
        if not self._handle.dead:
            try:
                self._live_view.stop()
            except CameraProblem as problem:
                log.info("The camera was lost while it was closed: %s", problem)

    def _configure(self, identity: Identity) -> CameraInfo:
        refused = (
            *apply_settings(self._handle, self._profile.on_connect),
            *apply_settings(self._handle, self._profile.shot),
        )
        self._live_view.open()
        size_match = _SIZE_TEXT.search(self._handle.get_text("imagesize", "5003"))  # 5003: its PTP number
        return CameraInfo(
            driver="dslr",
            model=" ".join(filter(None, (_maker_prefix(identity), identity.model, identity.firmware))),
            serial=identity.serial,
            simulated=identity.simulated,
            frame_size=self._live_view.size,
            shot_size=(int(size_match[1]), int(size_match[2])) if size_match else _DEFAULT_SHOT_SIZE,
            refused=(*refused, *self._live_view.refused),
            burst=BURST,
        )

    def _shot(self, picture: CameraFile) -> Shot:
        data = self._download(picture)
        self.info = replace(self.info, shot_size=jpeg_size(data))
        self._card_storage.add_picture(picture, data)
        return Shot(data, picture.name, self.info)

    def _unsolicited_shots(self) -> Iterator[Shot]:
        """Return the pictures taken with the shutter on the body. One that cannot be read stays in the camera."""
        files, self._unsolicited = self._unsolicited, []
        classified = classify_files(files)
        self._card_storage.add_raw(classified.raw)
        for picture in (classified.picture, *classified.extra_pictures):
            if picture is not None:
                try:
                    yield self._shot(picture)
                except CameraProblem as problem:
                    if self._handle.dead:
                        raise
                    log.warning("%s, taken on the camera's body, was not fetched: %s", picture.name, problem)

    def _download(self, file: CameraFile) -> bytes:
        timeouts = self._profile.timeouts

        def on_progress(done: int, size: int, in_one_piece: bool) -> None:
            timeout = timeouts.single_piece_transfer if in_one_piece else timeouts.transfer
            self._on_progress(ShotProgress("transfer", timeout, done, size))

        return download(
            self._handle, file, 0 if self._no_partial_download else self._profile.files.chunk_bytes, on_progress
        )

    def _on_phase(self, phase: str, timeout: float) -> None:
        self._on_progress(ShotProgress(phase, timeout))

    def _explain_by_battery(self, problem: CameraProblem) -> CameraProblem:
        """Return camera.battery_empty if the battery is empty, which a camera reports as a rejection or as busy."""
        if problem.reason not in _AMBIGUOUS_REASONS:
            return problem
        power = read_battery(self._handle)
        return (
            CameraProblem("camera.battery_empty")
            if power is not None and power <= self._profile.warnings.battery_empty_percent
            else problem
        )

    def _warnings(self) -> tuple[str, ...]:
        return tuple(
            warning
            for warning, holds in (
                ("settings_refused", self.info.refused),
                ("raw_not_saved", self._card_storage.raw_failed),
            )
            if holds
        )


def _maker_prefix(identity: Identity) -> str:
    """Return the maker, if the model does not begin with it."""
    maker = identity.manufacturer.split()[0] if identity.manufacturer else ""
    return "" if identity.model.casefold().startswith(maker.casefold()) else maker
