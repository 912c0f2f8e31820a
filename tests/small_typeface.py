"""The typeface of sheets with some 4,000 characters instead of 65,000, for tests of what is on a sheet.

For each PDF, reading both weights of the whole typeface and removing the glyphs that the PDF does not use takes a
second of processor time. The bytes of the PDF are the same: tests/server/printing/test_small_typeface.py.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pytest

from kiosk.capture.report import fonts
from kiosk.capture.report.fonts import Typeface, typeface_for
from tests.paths import ROOT

FOLDER: Final = ROOT / ".pytest_cache" / "typeface"
RARE: Final = "㛃𬭎"
"""U+36C3 and U+2CB4E, which the Table of General Standard Chinese Characters (2013) has."""
LEVEL_1: Final = bytes(byte for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF) for byte in (row, cell))
"""The 3,755 most common characters of GB/T 2312-1980, its level 1."""
OTHERS: Final = ((0x20, 0x250), (0x370, 0x400), (0x2000, 0x2800), (0x3000, 0x3020), (0xFF00, 0xFF60))


@pytest.fixture(scope="module")
def small_typeface() -> Iterator[None]:
    """Draw sheets with the reduced typeface; a machine without a Chinese typeface uses its default one."""
    whole = fonts.chinese_typeface()
    with pytest.MonkeyPatch.context() as patch:
        if whole is not None:
            reduced = reduced_typeface(whole)
            patch.setattr(fonts, "chinese_typeface", lambda: reduced)
        typeface_for.cache_clear()
        yield
    typeface_for.cache_clear()


@cache
def reduced_typeface(whole: Typeface) -> Typeface:
    """Return the typeface with the usual characters only; it is created once for each version of the whole one."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        return Typeface((_reduced(*whole.regular), 0), (_reduced(*whole.bold), 0))


def _characters() -> set[int]:
    usual = LEVEL_1.decode("gb2312", "ignore") + RARE
    return {*map(ord, usual), *(code for first, end in OTHERS for code in range(first, end))}


def _reduced(path: str, index: int) -> str:
    characters = _characters()
    version_key = (
        path,
        index,
        Path(path).stat().st_size,
        Path(path).stat().st_mtime,
        version("fonttools"),
        sorted(characters),
    )
    target = FOLDER / f"{hashlib.sha256(repr(version_key).encode()).hexdigest()[:32]}.otf"
    if not target.exists():
        from fontTools import subset  # both need a third of a second, and every process imports this module
        from fontTools.ttLib import TTFont

        options = subset.Options(name_IDs=["*"], name_languages=["*"], notdef_outline=True, recommended_glyphs=True)
        options.drop_tables += ["GSUB", "GPOS", "BASE"]  # reducing them takes 2 s for each weight, and a PDF uses none
        with TTFont(path, fontNumber=index, lazy=True, recalcBBoxes=False, recalcTimestamp=False) as face:
            subsetter = subset.Subsetter(options)
            subsetter.populate(unicodes=characters)
            subsetter.subset(face)
            incomplete = target.with_suffix(".incomplete")
            face.save(incomplete)
        incomplete.rename(target)
    return str(target)
