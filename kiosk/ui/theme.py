"""The appearance of the screens: colours, sizes relative to the window, and the style sheet made of both."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from PyQt5.QtGui import QColor, QFont, QFontDatabase, QGuiApplication

FONT_FAMILIES: Final = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "Noto Sans",
    "sans-serif",
)
COLOURS: Final = {
    "paper": "#FAF8F4",
    "card": "#FFFFFF",
    "ink": "#1C2B2A",
    "soft": "#5B6B69",
    "line": "#E2DED5",
    "mist": "#EEF3F0",
    "accent": "#17705E",
    "accent_dark": "#0F5546",
    "calm": "#5FD0A5",
    "amber": "#9A5B00",
    "amber_mist": "#FFF3DC",
    "brick": "#A63D2A",
    "brick_mist": "#FBEAE6",
    "night": "#15211F",
    "sim": "#FFC24B",
}
# A thumb needs about 20 mm while standing; on the 24-inch 1080p panels of kiosks that is 88 px, the minimum.
MIN_TOUCH_PX: Final = 88
DESIGN_SIDE_PX: Final = 1080
_STYLE_SHEET: Final = Path(__file__).parent / "kiosk.qss"


@dataclass(frozen=True)
class Scale:
    """The size of the window in design units: `unit` device pixels per unit; `tall` for a portrait window."""

    unit: float
    tall: bool

    @staticmethod
    def for_window(width: int, height: int) -> Scale:
        return Scale(max(0.3, min(width, height) / DESIGN_SIDE_PX), height > width)

    def px(self, units: float) -> int:
        return max(1, round(units * self.unit))

    def touch(self, units: float) -> int:
        return max(MIN_TOUCH_PX, self.px(units))


def colour(name: str, alpha: float = 1.0) -> QColor:
    shade = QColor(COLOURS[name])
    shade.setAlphaF(alpha)
    return shade


def font(size: int, bold: bool = False) -> QFont:
    """Return the font of the screens at `size` device pixels."""
    face = QFont()
    face.setFamilies(list(FONT_FAMILIES))
    face.setPixelSize(max(1, size))
    face.setWeight(QFont.DemiBold if bold else QFont.Normal)
    return face


@lru_cache(maxsize=64)  # fitting a screen tries the same few scales again
def style_sheet(scale: Scale) -> str:
    """Return kiosk.qss with its `px(n)`, `touch(n)` and `$colour` filled in."""
    sheet = _STYLE_SHEET.read_text(encoding="utf-8")
    sheet = re.sub(r"touch\((\d+)\)", lambda m: f"{scale.touch(int(m[1]))}px", sheet)
    sheet = re.sub(r"px\((\d+)\)", lambda m: f"{scale.px(int(m[1]))}px", sheet)
    sheet = sheet.replace("$families", ", ".join(f'"{name}"' for name in FONT_FAMILIES))
    return re.sub(r"\$(\w+)", lambda m: COLOURS[m[1]], sheet)


def has_chinese_font() -> bool:
    """Return whether Qt has a font for simplified Chinese; start Qt without a screen if it does not run yet."""
    application = None
    if QGuiApplication.instance() is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        application = QGuiApplication(sys.argv[:1])
    has_font = bool(QFontDatabase().families(QFontDatabase.SimplifiedChinese))
    del application
    return has_font
