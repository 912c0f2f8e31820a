"""The studio inside the running station: checks on demand, keeps the last ones, and watches live frames in between.

Where the lamps are dimmed by the station it offers to follow its own advice; a person says yes.
"""

from __future__ import annotations

import io
import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np

from config.atomic_file import write_atomic
from config.errors import Problem
from config.i18n import translations
from config.settings.studio import StudioSettings
from config.standards.registry import PhotoStandard
from hardware.cameras.api import Frame
from hardware.lights.api import LightsProblem
from kiosk.guidance.detection.face import Pixels
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.studio.monitor import Drift, StudioWatch
from kiosk.guidance.studio.reference_image import Plate
from kiosk.guidance.studio.setup_check import FRAMES, Checked, Kind, SetUp, as_json, check_studio, from_json
from kiosk.studio.lights import Offer, StudioLamps
from kiosk.studio.overlay import marked, overlay

log = logging.getLogger(__name__)
_STEPS: Final = 8  # of a code value that the kept plate has
_FRAMES_WITHIN: Final = 5.0  # seconds in which a live camera sends what a check needs
_NAP: Final = 0.02


@dataclass(frozen=True, eq=False)
class StudioReport:
    """What the operator page shows: the last check of each kind, what has drifted since, the last marked picture, and
    what the dimmer could do about the last check, which `StudioDesk.accept` then does."""

    set_ups: Mapping[Kind, SetUp] = field(default_factory=dict)
    drifts: tuple[Drift, ...] = ()
    busy: bool = False
    problem: Problem | None = None
    last: Kind | None = None
    picture: Pixels | None = field(default=None, repr=False)
    offer: Offer | None = None


class StudioDesk:
    """One thread for the studio of one station. `newest(after)` gives a frame with a higher number, or None."""

    def __init__(
        self,
        newest: Callable[[int], Frame | None],
        folder: Path,
        standard: PhotoStandard,
        settings: StudioSettings,
        language: str,
        today: Callable[[], datetime],
        lamps: StudioLamps | None = None,
    ) -> None:
        self._newest, self._folder, self._standard = newest, folder, standard
        self._settings, self._language, self._today = settings, language, today
        self._lamps = lamps
        self._asked: Kind | Offer | None = None
        self._watch: StudioWatch | None = None
        self._changed = threading.Condition()
        self._stopped = False
        self._number = -1
        self.report = StudioReport()
        self._thread = threading.Thread(target=self._run, name="studio", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout=3)

    def ask(self, kind: Kind) -> None:
        """Checks what stands before the camera, which should be `kind`; the report says when it is done."""
        with self._changed:
            self._asked = kind
            self.report = replace(self.report, busy=True, problem=None)
            self._changed.notify_all()

    def accept(self) -> None:
        """Sets the lamps as the report offers, and checks again; without an offer nothing happens."""
        with self._changed:
            if self.report.offer is not None:
                self._asked = self.report.offer
                self.report = replace(self.report, busy=True, problem=None, offer=None)
                self._changed.notify_all()

    # ------------------------------------------------------------------ the thread

    def _run(self) -> None:
        self._load()
        self._light()
        while True:
            with self._changed:
                if self._asked is None and not self._stopped:
                    self._changed.wait(self._settings.watch.period)
                if self._stopped:
                    break
                asked, self._asked = self._asked, None
            try:
                self._do(asked)
            except Problem as problem:
                self.report = replace(self.report, busy=False, problem=problem)
            except Exception:  # the visits must go on without a watch; told once, and tried again at the next check
                log.exception("the studio could not be looked at")
                self._watch = None
                self.report = replace(self.report, busy=False, problem=Problem("trouble.unexpected"))
        if self._lamps is not None:
            self._lamps.close()

    def _light(self) -> None:
        """The lamps as they were agreed on last."""
        try:
            if self._lamps is not None:
                self._lamps.start()
        except LightsProblem as problem:
            log.warning("%s", problem)
            self.report = replace(self.report, problem=problem)

    def _do(self, asked: Kind | Offer | None) -> None:
        if isinstance(asked, Offer):
            self._shine(asked)
        elif asked is not None:
            self._check(asked)
        else:
            self._look()

    def _shine(self, offer: Offer) -> None:
        """The empty studio that was kept is of the light before; nothing is watched against it any more."""
        assert self._lamps is not None, "nobody else makes offers"
        self._lamps.accept(offer)
        self._watch = None
        self._reference.unlink(missing_ok=True)
        self.report = replace(self.report, drifts=())
        self._check(self.report.last or Kind.EMPTY)

    def _look(self) -> None:
        frame = self._newest(self._number) if self._watch is not None else None
        if frame is None or self._watch is None:
            return
        self._number = frame.number
        before = {drift.finding.key for drift in self.report.drifts}
        drifts = self._watch.look(frame.pixels, frame.taken_at)
        for drift in drifts:
            if drift.finding.key not in before:
                log.warning("studio: %s", translations().translate(drift.finding.key, **drift.finding.values))
        if drifts != self.report.drifts:
            self.report = replace(self.report, drifts=drifts)

    def _check(self, kind: Kind) -> None:
        frames = self._frames()
        with closing(FaceFinder(still=True)) as finder:
            checked = check_studio(
                frames, finder, self._standard, self._settings, self._today(), wanted=kind, camera=""
            )
        set_ups = {**self.report.set_ups, checked.set_up.kind: checked.set_up}
        picture = marked(frames[-1], checked, self._settings, translations(self._language))
        offer, problem = self._offer(checked.set_up)
        seen = replace(self.report, set_ups=set_ups, last=kind, picture=picture)
        self.report = replace(seen, busy=False, problem=problem, offer=offer)
        if kind is Kind.EMPTY:
            self._watch = StudioWatch(checked.plate, self._settings)
            self.report = replace(self.report, drifts=())
        self._keep(frames[-1], checked)

    def _offer(self, set_up: SetUp) -> tuple[Offer | None, Problem | None]:
        """What the dimmer could do about a check, or why it can do nothing; the check itself holds all the same."""
        try:
            return (self._lamps.offer(set_up.findings) if self._lamps is not None else None), None
        except LightsProblem as problem:
            return None, problem

    def _frames(self) -> list[Pixels]:
        """The next FRAMES of the camera. Raises Problem studio.no_frames."""
        frames: list[Pixels] = []
        until = time.monotonic() + _FRAMES_WITHIN
        while len(frames) < FRAMES and time.monotonic() < until:
            frame = self._newest(self._number)
            if frame is None:
                time.sleep(_NAP)
                continue
            self._number = frame.number
            frames.append(frame.pixels)
        if len(frames) < FRAMES:
            raise Problem("studio.no_frames")
        return frames

    # ------------------------------------------------------------------ what is kept

    @property
    def _record(self) -> Path:
        return self._folder / "set_up.json"

    @property
    def _reference(self) -> Path:
        return self._folder / "empty.npz"

    def _keep(self, frame: Pixels, checked: Checked) -> None:
        """Pictures are kept of the empty studio alone: a helper's face does not belong on the disk.

        Raises Problem studio.not_kept; the check itself holds all the same.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if checked.set_up.kind is Kind.EMPTY:
                self._keep_pictures(frame, checked)
            write_atomic(self._record, as_json(self.report.set_ups))
        except OSError as error:
            why = error.strerror or str(error)
            raise Problem("studio.not_kept", file=str(self._folder), why=why) from error

    def _keep_pictures(self, frame: Pixels, checked: Checked) -> None:
        png, npz = io.BytesIO(), io.BytesIO()
        overlay(frame, checked, self._settings, translations(self._language)).save(png, "PNG")
        np.savez_compressed(npz, codes=np.rint(checked.plate.codes * _STEPS).astype(np.uint16))
        write_atomic(self._folder / "empty.png", png.getvalue())
        write_atomic(self._reference, npz.getvalue())

    def _load(self) -> None:
        """What was kept when the station ran before."""
        try:
            if self._record.exists():
                set_ups = from_json(self._record.read_bytes())
                self.report = replace(self.report, set_ups=set_ups)
            if self._reference.exists():
                with np.load(self._reference) as kept:
                    codes = kept["codes"].astype(np.float32) / _STEPS
                self._watch = StudioWatch(Plate(codes), self._settings)
        except (OSError, ValueError, KeyError, EOFError) as error:
            log.warning("what was kept of the studio cannot be read: %s", error)
            self.report = replace(self.report, problem=Problem("studio.spoilt", file=self._record.name, why=str(error)))
