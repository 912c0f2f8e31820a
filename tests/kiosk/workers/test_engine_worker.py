"""The engine process makes a portrait from the picture and detections of its shot's assessment."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from config.standards.registry import load_standard
from kiosk.capture.cropping.subject import SearchedShot
from kiosk.capture.image_io.decode import Picture
from kiosk.capture.storage import StoredFile
from kiosk.capture.types import Portrait
from kiosk.guidance.detection.types import Detections
from kiosk.guidance.live import ImageAnalysis
from kiosk.workers import engine_worker
from kiosk.workers.searched_shots import SearchedShots

CHSI = load_standard("chsi")


class ServiceDouble:
    """A service whose assessments detect nobody; records the sources of portraits."""

    def __init__(self) -> None:
        self.assessed: list[SearchedShot] = []
        self.sources: list[SearchedShot | None] = []

    def assess(self, shot: bytes, min_short_side: int, standard: Any) -> tuple[SearchedShot, ImageAnalysis]:
        detections = Detections((3, 4), ())
        self.assessed.append(SearchedShot(Picture(np.zeros((4, 3, 3), np.uint8), 1, "none"), detections))
        return self.assessed[-1], ImageAnalysis({}, (), detections)

    def make_and_store(self, shot: bytes, standard: Any, camera: Any, header: Any, searched: Any) -> Any:
        self.sources.append(searched)
        return Portrait(b"", "", (), {}, ()), stored("portrait")


def stored(sha256: str) -> StoredFile:
    return StoredFile(Path(sha256), "a.jpg", 1, sha256)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> ServiceDouble:
    double = ServiceDouble()
    files = SimpleNamespace(read=lambda shot: b"", read_content=lambda shot: SimpleNamespace(data=b"", header=None))
    monkeypatch.setattr(engine_worker, "_service", double, raising=False)
    monkeypatch.setattr(engine_worker, "_files", files, raising=False)
    monkeypatch.setattr(engine_worker, "_searched_shots", SearchedShots(), raising=False)
    return double


def test_a_portrait_is_made_from_the_assessment_of_its_shot(service: ServiceDouble) -> None:
    for name in ("first", "second"):
        engine_worker.assess(stored(name), CHSI)
    engine_worker.make_portrait(stored("first"), CHSI, {})
    assert service.sources == [service.assessed[0]]


def test_a_portrait_of_a_shot_that_was_not_assessed_begins_with_its_file(service: ServiceDouble) -> None:
    engine_worker.assess(stored("other"), CHSI)
    engine_worker.make_portrait(stored("first"), CHSI, {})
    assert service.sources == [None]
