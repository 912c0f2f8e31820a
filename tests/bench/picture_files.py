"""The photographs and cut-outs that benchmarks measure."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from tests.paths import PHOTOS

SUFFIXES: Final = (".jpg", ".jpeg", ".png")


def picture_files(folder: Path, suffixes: tuple[str, ...] = SUFFIXES) -> list[Path]:
    """Return the pictures below `folder`, sorted, without the hidden companion files that macOS writes."""
    paths = (path for path in folder.rglob("*") if path.suffix.lower() in suffixes)
    return sorted(path for path in paths if not path.name.startswith("."))


def photo_folder() -> Path:
    """Return the folder of photographs: ZHENGGUAN_PHOTOS, or photos beside the repository."""
    return Path(os.environ.get("ZHENGGUAN_PHOTOS", PHOTOS))


def cutout_folder() -> Path:
    """Return the folder of cut-outs (RGBA PNG): the photographs' folder `cutouts`, or ZHENGGUAN_PHOTOS itself.

    Raises FileNotFoundError with one sentence if there are none.
    """
    folder = photo_folder()
    folder = folder / "cutouts" if (folder / "cutouts").is_dir() else folder
    if not any(folder.glob("*.png")):
        raise FileNotFoundError(f"no cut-outs (RGBA PNG) in {folder}: set ZHENGGUAN_PHOTOS to a folder of them")
    return folder
