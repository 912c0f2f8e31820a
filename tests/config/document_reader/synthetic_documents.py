"""Documents of people who do not exist, drawn as a camera would photograph them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from config.arrays import Pixels
from config.document_reader.mrz import check_digit
from config.id_number import make_number

NUMBER = make_number("990101", date(2003, 5, 9), 12)
CHINESE = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
OCR_B = Path("/usr/share/fonts/opentype/ocr-b/OCRB.otf")
_SIMPLIFIED = 2  # the face of that collection
_CARD = (1012, 638)  # 85.6 x 54 mm


def requires_font(font: Path, package: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not font.exists(), reason=f"needs Debian's {package}")


def card(name: str = "林晚舟", number: str = NUMBER) -> Image.Image:
    """Draw the front of an identity card: its labels and fields at their places, without the ornament."""
    picture = Image.new("RGB", _CARD, (222, 230, 236))
    draw = ImageDraw.Draw(picture)

    def write(x: int, y: int, text: str, size: int, ink: tuple[int, int, int] = (25, 25, 25)) -> None:
        draw.text((x, y), text, font=ImageFont.truetype(str(CHINESE), size, index=_SIMPLIFIED), fill=ink)

    label = (60, 120, 170)
    for y, text in ((64, "姓 名"), (136, "性 别"), (208, "出 生"), (282, "住 址"), (540, "公民身份号码")):
        write(60, y, text, 27, label)
    write(180, 56, name, 38)
    write(180, 130, "女", 33)
    write(330, 136, "民 族", 27, label)
    write(440, 130, "汉", 33)
    write(180, 202, f"{number[6:10]} 年 {int(number[10:12])} 月 {int(number[12:14])} 日", 33)
    write(180, 274, "示例省示范市样本区", 33)
    write(180, 320, "测试路12号", 33)
    for at, digit in enumerate(number):
        write(330 + 33 * at, 530, digit, 40)
    return picture


def card_back() -> Image.Image:
    """Draw the back of an identity card: its title, the issuing authority and the validity."""
    picture = Image.new("RGB", _CARD, (222, 230, 236))
    draw = ImageDraw.Draw(picture)
    for x, y, text, size in (
        (330, 90, "中华人民共和国", 54),
        (330, 180, "居民身份证", 72),
        (200, 440, "签发机关", 30),
        (360, 438, "示范市公安局样本分局", 33),
        (200, 520, "有效期限", 30),
        (360, 518, "2020.01.01-2030.01.01", 33),
    ):
        draw.text((x, y), text, font=ImageFont.truetype(str(CHINESE), size, index=_SIMPLIFIED), fill=(25, 25, 25))
    return picture


def mrz_passport(number: str = "E99012345", surname: str = "LIN", given: str = "WANZHOU") -> tuple[str, str]:
    birth, expiry, optional = "030509", "310508", "<" * 14
    line = number + check_digit(number) + "CHN" + birth + check_digit(birth) + "F" + expiry + check_digit(expiry)
    line += optional + "<"
    whole = line[0:10] + line[13:20] + line[21:43]
    return f"POCHN{surname}<<{given}".ljust(44, "<"), line + check_digit(whole)


def mrz_travel_card(number: str = "C99012345", surname: str = "WONG", given: str = "SIU<MING") -> tuple[str, str, str]:
    first = ("CTHKG" + number + check_digit(number)).ljust(30, "<")
    second = "030509" + check_digit("030509") + "M" + "310508" + check_digit("310508") + "HKG" + "<" * 11
    whole = first[5:30] + second[0:7] + second[8:15] + second[18:29]
    return first, second + check_digit(whole), f"{surname}<<{given}".ljust(30, "<")


def passport(lines: tuple[str, ...]) -> Image.Image:
    """Draw the lower part of a passport's data page."""
    picture = Image.new("RGB", (1180, 420), (214, 219, 222))
    draw = ImageDraw.Draw(picture)
    font = ImageFont.truetype(str(OCR_B), 34)
    for at, line in enumerate(lines):
        draw.text((40, 220 + 90 * at), line, font=font, fill=(25, 25, 25))
    return picture


def photograph(document: Image.Image, turn: float = 0.0, seed: int = 5, glare: float = 0.0) -> Pixels:
    """Return the document on a dark desk, a little askew, with blur, noise and a spot of glare; RGB, 1280 x 960."""
    random = np.random.default_rng(seed)
    page = np.asarray(document.convert("RGB"), np.uint8)
    height, width = page.shape[:2]
    scale = 1050 / width
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]]) * scale
    corners -= corners.mean(axis=0)
    angle = np.deg2rad(turn)
    corners = corners @ np.float32([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    corners = (corners + np.float32([640, 480]) + random.uniform(-12, 12, (4, 2))).astype(np.float32)
    source = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    warp = cv2.getPerspectiveTransform(source, corners)
    table = np.full((960, 1280, 3), (70, 80, 95), np.uint8)
    picture = cv2.warpPerspective(page, warp, (1280, 960), dst=table, borderMode=cv2.BORDER_TRANSPARENT)
    down, across = np.mgrid[0:960, 0:1280]
    spot = glare * np.exp(-(((across - 760) / 90) ** 2 + ((down - 420) / 60) ** 2))
    picture = cv2.GaussianBlur(picture.astype(np.float32) + spot[..., None], (0, 0), 0.8)
    picture = picture + random.normal(0, 3, (960, 1280, 1))
    return np.clip(picture, 0, 255).astype(np.uint8)
