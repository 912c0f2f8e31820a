"""The typeface of a sheet: one with Chinese if it is installed, else DejaVu Sans for an English sheet."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from PIL import ImageFont

from config.errors import Problem

Font = ImageFont.FreeTypeFont

_CHINESE_FAMILY: Final = "Noto Sans CJK SC"
_MAX_COLLECTION_FACES: Final = 10  # a collection holds no more; the Simplified Chinese one is not the first
_FOLDERS: Final = (
    "/usr/share/fonts/opentype/noto",
    "/usr/share/fonts/noto-cjk",
    "/usr/share/fonts/google-noto-cjk",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)
_FILE_NAMES: Final = {
    False: ("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "NotoSansSC-Regular.otf", "msyh.ttc"),
    True: ("NotoSansCJK-Bold.ttc", "NotoSansCJKsc-Bold.otf", "NotoSansSC-Bold.otf", "msyhbd.ttc"),
}


@dataclass(frozen=True)
class Typeface:
    """Two weights of one family."""

    regular: tuple[str, int]
    bold: tuple[str, int]

    def font(self, size: int, bold: bool = False) -> Font:
        """Return the font at `size` pixels."""
        return _load_font(*(self.bold if bold else self.regular), size)

    def has_glyph(self, character: str) -> bool:
        """Return whether it has a glyph for `character`, not the box for missing ones."""
        return character.isspace() or _has_glyph(self, character)

    def replace_missing_glyphs(self, text: str) -> str:
        """Return `text` with a dot for every character without a glyph."""
        return "".join(c if self.has_glyph(c) else "·" for c in text)


@lru_cache(maxsize=8192)
def _has_glyph(typeface: Typeface, character: str) -> bool:
    """Like Typeface.has_glyph. Cached, because a long table has the same few characters many times."""
    font = typeface.font(32)
    return bytes(font.getmask(character)) != bytes(font.getmask("\U000fffff"))


@cache
def typeface_for(language: str) -> Typeface:
    """Return the typeface for a sheet in `language`. Raises Problem (sheet.no_font) if none has its characters."""
    chinese = chinese_typeface()
    if chinese is not None:
        return chinese
    if language.startswith("zh"):
        raise Problem("sheet.no_font", package="fonts-noto-cjk")
    latin = tuple(_fontconfig_match("DejaVu Sans", bold) for bold in (False, True))
    if latin[0] is None or latin[1] is None:
        raise Problem("sheet.no_font", package="fonts-dejavu-core")
    return Typeface(latin[0], latin[1])


def chinese_typeface() -> Typeface | None:
    """Return the installed typeface with Chinese, by fontconfig or in the usual places."""
    regular, bold = (_fontconfig_match(_CHINESE_FAMILY, weight) or _find_in_folders(weight) for weight in (False, True))
    if regular is None:
        return None
    typeface = Typeface(regular, bold or regular)
    return typeface if typeface.has_glyph("正") and typeface.has_glyph("冠") else None


def _fontconfig_match(family: str, bold: bool) -> tuple[str, int] | None:
    """Return the file and index that fontconfig finds for `family`; None if it substitutes another family."""
    pattern = f"{family}:bold" if bold else family
    try:
        output = subprocess.run(
            ["fc-match", "-f", "%{file}\n%{index}\n%{family}", pattern], capture_output=True, text=True, timeout=20
        ).stdout
    except (OSError, subprocess.TimeoutExpired):  # without fontconfig the usual folders are searched
        return None
    file, index, families = [*output.split("\n"), "", ""][:3]
    return (file, int(index or 0)) if family in families and Path(file).is_file() else None


def _find_in_folders(bold: bool) -> tuple[str, int] | None:
    for folder in _FOLDERS:
        for name in _FILE_NAMES[bold]:
            path = Path(folder) / name
            if path.is_file():
                return str(path), _simplified_chinese_index(path)
    return None


def _simplified_chinese_index(path: Path) -> int:
    """Return the index of the Simplified Chinese face in a collection."""
    for index in range(_MAX_COLLECTION_FACES):
        try:
            if "SC" in (ImageFont.truetype(str(path), 16, index=index).getname()[0] or ""):
                return index
        except OSError:  # there are no more faces
            break
    return 0


@cache
def _load_font(path: str, index: int, size: int) -> Font:
    # Pillow's other layout engine exists only on machines with libfribidi, where its kerning changes the width of text.
    return ImageFont.truetype(path, size, index=index, layout_engine=ImageFont.Layout.BASIC)
