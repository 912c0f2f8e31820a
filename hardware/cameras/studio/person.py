"""The person in the studio: `astronaut` (NASA, public domain) as scikit-image carries it, cut out once and kept.

The cut-out takes seconds, so it is kept in the user's cache folder; a missing, broken or older one is made anew.
"""

from __future__ import annotations

import logging
import os
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import platformdirs
from numpy.typing import NDArray

from hardware.cameras.camera import Pixels
from hardware.cameras.studio.cutout import DETAIL, cut_out, face_points

log = logging.getLogger(__name__)
VERSION: Final = 5
"""Raise it whenever the cut-out changes: the number is in the file's name."""


@dataclass(frozen=True)
class Person:
    """A cut-out: `rgba` 2048 x 2048 x 4 uint8, colour premultiplied by alpha, and its face points.

    `points` is 478 x 3 float32: x, y, depth in source pixels, those of the 512 x 512 photograph; `rgba` has DETAIL
    times as many each way.
    """

    rgba: Pixels
    points: NDArray[np.float32]


def load_person(folder: Path | None = None) -> Person:
    """The person from the cache `folder`, or freshly cut out (about 15 s) and kept there."""
    path = (folder or Path(platformdirs.user_cache_dir("zhengguan"))) / f"studio-person-{VERSION}.npz"
    kept = _read(path)
    if kept is not None:
        return kept
    log.info("studio: cutting out the person; this happens once and takes some seconds")
    person = _make()
    _keep(person, path)
    log.info("studio: the person is cut out and kept in %s", path)
    return person


def _make() -> Person:
    # Imported here: scikit-image is slow to load and only wanted when there is no cut-out yet.
    from skimage.data import astronaut

    photograph = np.ascontiguousarray(astronaut())
    return Person(cut_out(photograph), face_points(photograph))


def _read(path: Path) -> Person | None:
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as kept:
            person = Person(kept["rgba"], kept["points"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as broken:
        log.warning("studio: the kept cut-out %s is broken (%s); making it anew", path, broken)
        return None
    if person.rgba.shape != (512 * DETAIL, 512 * DETAIL, 4) or person.points.shape != (478, 3):
        log.warning("studio: the kept cut-out %s has another shape; making it anew", path)
        return None
    return person


def _keep(person: Person, path: Path) -> None:
    """Writes beside the place and renames, so that two cameras starting at once never read half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as out:
            np.savez(out, rgba=person.rgba, points=person.points)
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
