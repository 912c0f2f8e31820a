"""Paths of this checkout and of the photographs next to it."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PHOTOS: Final = ROOT.parent / "shared" / "photos"
