"""The photographs in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Final

SUFFIXES: Final = (".jpg", ".jpeg", ".png")


def picture_files(folder: Path, suffixes: tuple[str, ...] = SUFFIXES) -> list[Path]:
    """Return the pictures below `folder`, sorted, without the hidden files of their names that macOS writes."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in suffixes)
    return sorted(path for path in found if not path.name.startswith("."))
