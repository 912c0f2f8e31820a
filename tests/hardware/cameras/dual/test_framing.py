"""The framing of two cameras is stored, valid for these two only, and rejected if the live camera is unsuitable."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from config.similarity import Similarity
from hardware.cameras.api import CameraInfo
from hardware.cameras.dual.framing import Framing, check_usable, read_framing, uncovered_share, write_framing
from hardware.cameras.dual.matching import FramingProblem
from hardware.cameras.dual.settings import dual_camera_settings
from tests.hardware.cameras.dual.synthetic_scenes import LIVE, SHOT

WEBCAM = CameraInfo("webcam", 'Brio "4K" \\ 你好', "W1", False, LIVE, LIVE)
DSLR = CameraInfo("dslr", "D750", "", False, (640, 424), SHOT)
FRAMING = Framing(1.5, -2.25, -0.2, -0.1, 0.002, 321, 0.0, "webcam W1", "dslr D750", LIVE, SHOT, "2026-06-01T09:00:00")
SETTINGS = dual_camera_settings()


def test_a_stored_framing_is_read(tmp_path: Path) -> None:
    framing = replace(FRAMING, live='web "cam" \\ 你好')
    write_framing(tmp_path / "framing.toml", framing)
    assert read_framing(tmp_path / "framing.toml") == framing


def test_without_a_file_there_is_no_framing_and_a_damaged_one_is_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "framing.toml"
    assert read_framing(file) is None
    for text in ("scale = ", "scale = 1.0", 'scale = "wide"', "\0"):
        file.write_text(text)
        with pytest.raises(FramingProblem) as caught:
            read_framing(file)
        assert caught.value.warning == "framing_unreadable"


@pytest.mark.parametrize(
    ("live", "shot", "fits"),
    [
        (WEBCAM, DSLR, True),
        (replace(WEBCAM, frame_size=(1280, 960)), replace(DSLR, shot_size=(6000, 4000)), True),
        (replace(WEBCAM, serial="W2"), DSLR, False),
        (replace(WEBCAM, frame_size=(1280, 720)), DSLR, False),
        (WEBCAM, replace(DSLR, model="D850"), False),
        (DSLR, WEBCAM, False),
    ],
)
def test_a_framing_is_valid_for_two_cameras_only(live: CameraInfo, shot: CameraInfo, fits: bool) -> None:
    assert FRAMING.is_for(live, shot) is fits


def test_the_part_that_the_live_camera_does_not_cover_is_grey() -> None:
    framing = replace(FRAMING, scale=1.0, roll=0.0, x=0.05, y=0.0)
    view = framing.render(np.full((420, 560, 3), 250, np.uint8))
    width = framing.view_size[0]
    assert view.shape == (400, 600, 3)
    inside = view[3:-3, :-3]  # at its very edge the picture blends into the grey
    assert (inside[:, : int(width * 0.05) - 3] == 128).all()
    assert (inside[:, int(width * 0.05) + 3 :] == 250).all()
    assert uncovered_share(framing.similarity, LIVE, SHOT) == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize(
    ("similarity", "warning"),
    [
        (Similarity(1.0, 0.0, 0.3, 0.0), "framing_outside"),  # it points past the sitter
        (Similarity(0.8, 0.0, 0.1, 0.03), "framing_outside"),  # its lens is longer than that of the shot
        (Similarity(4.0, 0.0, -1.5, -1.2), "framing_too_wide"),
    ],
)
def test_an_unsuitable_live_camera_is_refused(similarity: Similarity, warning: str) -> None:
    with pytest.raises(FramingProblem) as caught:
        check_usable(similarity, LIVE, SHOT, SETTINGS)
    assert caught.value.warning == warning


def test_a_live_camera_that_covers_the_whole_portrait_is_accepted() -> None:
    """No exception is raised."""
    check_usable(Similarity(1.0, 0.0, 0.0, -0.04), LIVE, SHOT, SETTINGS)
