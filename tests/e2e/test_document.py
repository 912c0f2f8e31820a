"""A document instead of a card: from the touch to consent at the real kiosk, with its camera and document scanner."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PyQt5.QtWidgets import QLabel

from config.arrays import Pixels
from config.document_reader.api import DocumentReading
from config.opencv import cv2
from kiosk.app import App
from kiosk.visit.step import Step
from tests.e2e.test_missing_devices import NUMBER, kiosk, paired_once, touch, until

pytestmark = pytest.mark.usefixtures("qapp")
NAME = "王小明"


def replace_recognition(app: App, pictures: list[Pixels]) -> None:
    """Replace the recognition, which has its own tests and takes seconds."""

    def read(pixels: Pixels) -> DocumentReading:
        pictures.append(pixels)
        return DocumentReading("id_card", NUMBER, NAME)

    app.station.identification.document_scanner._read = read


def test_a_student_without_a_card_shows_a_document(tmp_path: Path) -> None:
    pytest.importorskip("rapidocr")
    paired_once(tmp_path / "station")
    (tmp_path / "pictures").mkdir()
    cv2.imwrite(str(tmp_path / "pictures" / "desk.png"), np.full((240, 320, 3), 90, np.uint8))
    pictures: list[Pixels] = []
    with kiosk(tmp_path / "station", f"folder:{tmp_path / 'pictures'}") as app:
        replace_recognition(app, pictures)
        until(app, lambda: app.station.camera.state.kind == "live")
        touch(app, "start")
        until(app, lambda: app.window.screen_name == "identify")
        touch(app, "identify_document")
        until(app, lambda: app.controller.state.asks_confirmation)
        until(app, lambda: app.window.screen_name == "identify")
        assert len(pictures) == 2, "two pictures, and none after them"
        text = "".join(label.text() for label in app.window.findChildren(QLabel))
        assert "王*明" in text
        assert NAME not in text
        assert NUMBER not in text
        touch(app, "identify_yes")
        until(app, lambda: app.window.screen_name == "last_four")
        for character in NUMBER[-4:]:
            touch(app, f"last_four_{character}")
        touch(app, "last_four_enter")
        until(app, lambda: app.window.screen_name == "consent")
        sitter = app.controller.state.sitter
        assert sitter is not None
        assert sitter.identified_by == "document"


def test_another_way_can_be_chosen_before_anything_is_read(tmp_path: Path) -> None:
    pytest.importorskip("rapidocr")
    paired_once(tmp_path / "station")
    with kiosk(tmp_path / "station", f"folder:{tmp_path / 'nothing there'}") as app:
        touch(app, "start")
        until(app, lambda: app.window.screen_name == "identify")
        touch(app, "identify_document")
        until(app, lambda: app.window.screen_name == "document")
        touch(app, "document_back")
        until(app, lambda: app.window.screen_name == "identify")
        assert (app.controller.state.step, app.controller.state.sitter) == (Step.IDENTIFY, None)
