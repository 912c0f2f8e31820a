"""The studio checks on disk, so that they survive a restart of the kiosk."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from config.arrays import Pixels
from config.atomic_file import write_atomic
from config.errors import Problem
from config.i18n import translations
from config.settings.studio import StudioSettings
from kiosk.guidance.studio.reference_image import ReferenceImage
from kiosk.guidance.studio.setup_check import CheckKind, SetupCheck, SetupCheckResult, dump_checks, load_checks
from kiosk.studio.overlay import render_overlay

_STEPS_PER_CODE_VALUE: Final = 8  # the reference image is stored in eighths of a code value


class CheckFiles:
    """The last check of each kind, and pictures of the empty studio only, because no helper's face may be stored."""

    def __init__(self, folder: Path, settings: StudioSettings, language: str) -> None:
        self._folder, self._settings, self._language = folder, settings, language
        self.record = folder / "set_up.json"
        self._reference = folder / "empty.npz"

    def save(self, checks: Mapping[CheckKind, SetupCheck], frame: Pixels, newest: SetupCheckResult) -> None:
        """Store all checks; `frame` shows the studio of the `newest`. Raises Problem studio.record_not_saved; the check
        is valid in any case."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if newest.check.kind is CheckKind.EMPTY:
                self._save_pictures(frame, newest)
            write_atomic(self.record, dump_checks(checks))
        except OSError as error:
            why = error.strerror or str(error)
            raise Problem("studio.record_not_saved", file=str(self._folder), why=why) from error

    def _save_pictures(self, frame: Pixels, result: SetupCheckResult) -> None:
        png, npz = io.BytesIO(), io.BytesIO()
        render_overlay(frame, result, self._settings, translations(self._language)).save(png, "PNG")
        np.savez_compressed(npz, codes=np.rint(result.image.codes * _STEPS_PER_CODE_VALUE).astype(np.uint16))
        write_atomic(self._folder / "empty.png", png.getvalue())
        write_atomic(self._reference, npz.getvalue())

    def load_checks(self) -> Mapping[CheckKind, SetupCheck]:
        """Return the stored checks by kind. Raises OSError, ValueError, KeyError or EOFError if they are damaged."""
        return load_checks(self.record.read_bytes()) if self.record.exists() else {}

    def load_reference(self) -> ReferenceImage | None:
        """Return the picture of the empty studio, or None without one. Raises the same errors as `load_checks`."""
        if not self._reference.exists():
            return None
        with np.load(self._reference) as stored:
            return ReferenceImage(stored["codes"].astype(np.float32) / _STEPS_PER_CODE_VALUE)

    def delete_reference(self) -> None:
        self._reference.unlink(missing_ok=True)
