"""The layout of the receipt: its code, margins, length and line breaks."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
import zxingcpp

from kiosk.capture.report.fonts import chinese_typeface
from kiosk.visit.sitter import Sitter
from kiosk.workers.receipt_layout import ReceiptText, _wrap, render_receipt

pytestmark = pytest.mark.skipif(
    chinese_typeface() is None, reason="no Chinese typeface on this computer (fonts-noto-cjk)"
)
ADDRESS = "https://photos.example.edu/p/6d1f0a2b9c8e7d6f5a4b"


def rendered(dots: int, language: str, name: str = "林*夏", school: str = "示例大学") -> np.ndarray:
    sitter = Sitter("student", "campaign", name, "0121", ADDRESS)
    text = ReceiptText(school, "正冠 · 一号机", datetime(2026, 6, 1, 9, 30, tzinfo=UTC), language)
    return np.asarray(render_receipt(sitter, text, dots).picture)


@pytest.mark.parametrize("dots", [384, 576])
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_code_opens_the_progress_page(dots: int, language: str) -> None:
    picture = rendered(dots, language)
    assert picture.shape[1] == dots
    assert set(np.unique(picture)) == {0, 255}  # a thermal head prints no grey
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [ADDRESS]


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut_off_at_the_sides(language: str) -> None:
    long = "一所名字很长的大学的马克思主义学院与人工智能学院联合毕业图像采集"
    picture = rendered(384, language, "Abdurahman*Muhammad*Tursun", long)
    sides = np.concatenate((picture[:, :6], picture[:, -6:]), axis=1)
    dark = (sides == 0).any(axis=1)
    assert 0 < dark.sum() <= 6  # only the two horizontal rules reach the edge


def test_a_receipt_is_as_long_as_its_text() -> None:
    picture = rendered(384, "zh_CN", school="名字没有尽头的大学" * 40)
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [ADDRESS]
    assert (picture[-20:] == 255).all()  # the margin, and no black strip
    assert len(picture) > len(rendered(384, "zh_CN")) * 2


def test_line_ends_and_control_characters_in_a_name_are_not_printed() -> None:
    picture = rendered(384, "zh_CN", name="林*\t夏\x00", school="示例大学\n数学学院\r\n")
    assert np.array_equal(picture, rendered(384, "zh_CN", name="林* 夏", school="示例大学 数学学院"))


def test_rows_break_between_words_and_between_chinese_characters() -> None:
    from kiosk.capture.report.fonts import typeface_for

    font = typeface_for("zh_CN").font(20)
    assert _wrap("one two three", font, 90) == ["one two", "three"]
    assert "".join(_wrap("审核一般不超过两个工作日", font, 90)) == "审核一般不超过两个工作日"


@pytest.mark.parametrize("width", range(60, 320, 7))
def test_no_row_begins_with_closing_punctuation(width: int) -> None:
    from kiosk.capture.report.fonts import typeface_for

    text = "审核一般不超过两个工作日，请放心。（照片已经保存。）谢谢！"
    rows = _wrap(text, typeface_for("zh_CN").font(20), width)
    assert "".join(rows) == text
    assert not [row for row in rows if row[0] in "。，）！"]


def test_a_character_that_python_does_not_know_leaves_a_mark() -> None:
    """No typeface may have it; the receipt must not show the name of somebody else."""
    with_it, without = rendered(384, "zh_CN", name="王\U0002ebf0"), rendered(384, "zh_CN", name="王")
    assert with_it.shape != without.shape or (with_it != without).any()
