"""A hand at the face makes the portrait unsure: no metric of the face covers it, and the detector may be wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from config.standards.registry import load_standard
from kiosk.capture.image_io.decode import decode
from kiosk.capture.verification.measure_portrait import evaluate_portrait
from kiosk.guidance.detection import hands
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.verdict import Outcome
from tests.bench.drawn_hand import with_hand
from tests.kiosk.capture.test_engine import encode_jpeg

CHSI = load_standard("chsi")


def test_a_hand_at_the_cheek_is_unsure_and_no_refusal(on_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finder = FaceFinder(still=True)
    pixels = decode(on_disk.read_bytes()).pixels
    face = finder.find_faces(pixels).faces[0]
    with_hand_at_cheek = with_hand(pixels, face, degrees=0)
    outcomes = {}
    for name, picture in (("none", pixels), ("cheek", with_hand_at_cheek)):
        verdicts = evaluate_portrait(encode_jpeg(Image.fromarray(picture)), CHSI, finder)
        outcomes[name] = next(v.outcome for v in verdicts if v.rule == "no_hand")
    assert outcomes == {"none": Outcome.PASS, "cheek": Outcome.UNSURE}
    monkeypatch.setattr(hands, "_MAX_DISTANCE", -np.inf)
    assert finder.count_hands(with_hand_at_cheek, face) == 0, "only a hand on the face or near it counts"
    finder.close()
