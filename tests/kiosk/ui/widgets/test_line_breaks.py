"""Chinese sentences on screens break at punctuation or between words, and leave no line of one character."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt5.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from config.i18n import translations
from kiosk.ui.widgets.line_breaks import JOINER, break_lines, hold_lines
from kiosk.ui.widgets.translated import Label

CALLED = "别着急，求助提示已亮起，可向工作人员招手"


def lines(text: str, width: float, most: int = 2) -> list[str]:
    return break_lines(text, width, most, len)


def test_a_line_ends_at_a_mark_where_the_lines_fit() -> None:
    assert lines(CALLED, 14) == ["别着急，求助提示已亮起，", "可向工作人员招手"]
    assert lines(CALLED, 10, most=3) == ["别着急，", "求助提示已亮起，", "可向工作人员招手"]


@pytest.mark.parametrize(
    ("sentence", "width", "word"),
    [
        ("正在调整灯光，请稍候", 9, "请稍候"),
        ("灯光还在调，辛苦你再坐一会儿", 8, "辛苦"),
        ("请核对姓名。采集码可能被他人使用，需由本人确认。", 12, "确认"),
        ("采集码请正对摄像头慢慢靠近，让码填满画面里的方框。", 13, "方框"),
        ("用于学历证书电子注册的毕业生图像采集，不作其他用途。", 15, "毕业生"),
    ],
)
def test_no_line_ends_inside_a_word(sentence: str, width: int, word: str) -> None:
    broken = lines(sentence, width)
    assert "".join(broken) == sentence
    assert any(word in line for line in broken), broken


@given(st.text(alphabet="请坐稳工作人员照片的，。（）X9 ", min_size=1, max_size=50), st.integers(4, 20))
def test_lines_lose_nothing_fit_and_are_no_more_than_needed(sentence: str, width: int) -> None:
    broken = lines("请" + sentence, width, most=1)
    assert "".join(broken) == "请" + sentence
    assert all(len(line) <= width for line in broken)
    assert len(broken) == -(-len("请" + sentence) // width)


def test_english_labels_and_labels_without_a_width_keep_their_breaks() -> None:
    assert hold_lines("Please hold still", 5, 4, len) == "Please hold still"
    assert hold_lines(CALLED, 0, 4, len).replace(JOINER, "") == CALLED


@pytest.mark.parametrize("width", [220, 260, 300, 340, 420])
def test_no_hint_has_a_line_of_one_character_or_needs_more_space(qtbot: QtBot, width: int) -> None:
    language = translations("zh_CN")
    for key in ("hint.called", "hint.light", "hint.light.again", "hint.move_left.again", "hint.clothes_backdrop.again"):
        label, plain = Label(key), QLabel()
        qtbot.addWidget(label)
        qtbot.addWidget(plain)
        label.retranslate(language)
        plain.setWordWrap(True)
        plain.setText(QLabel.text(label))
        label.resize(width, plain.heightForWidth(width))
        assert label.heightForWidth(width) == plain.heightForWidth(width), "line breaks do not change the layout"
        shown = [line.replace(JOINER, "") for line in label.lines().split("\n")]
        assert all(label.fontMetrics().horizontalAdvance(line) <= width for line in shown)
        assert all(len(re.sub(r"\W", "", line)) > 1 for line in shown), shown
