import gc
import weakref

import numpy as np
import pytest
from PyQt5.QtCore import QPointF, QRect
from PyQt5.QtGui import QImage
from pytestqt.qtbot import QtBot

from config.standards.registry import PhotoStandard, load_standard
from kiosk.guidance.coaching.advice import FaceBox
from kiosk.ui.painting.countdown_ring import ring_rect
from kiosk.ui.painting.outline import Area, portrait_framing
from kiosk.ui.painting.outline_painting import outline_path
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.widgets.live_view import LiveView, Phase
from kiosk.ui.window import KioskWindow
from kiosk.visit.step import Step
from tests.kiosk.ui.sample_visits import frame, show_step


@pytest.fixture
def chsi() -> PhotoStandard:
    return load_standard("chsi")


def test_the_painted_head_matches_the_outline(chsi: PhotoStandard) -> None:
    area, outline = Area(100, 50, 480, 640), portrait_framing(4, 3, chsi).outline
    path = outline_path(area, outline)
    top = 50 + outline.hair_top * 640
    assert path.contains(QPointF(340, top + 3))
    assert not path.contains(QPointF(340, top - 3))
    edge = 100 + (outline.centre - outline.half_face) * 480
    cheek = 50 + (outline.hair_top + outline.chin) / 2 * 640
    assert path.contains(QPointF(edge + 3, cheek))
    assert not path.contains(QPointF(edge - 3, cheek))


@pytest.mark.parametrize("size", [(1180, 880), (1000, 1200), (600, 700), (400, 2000)])
def test_the_whole_area_is_always_on_the_widget(qtbot: QtBot, chsi: PhotoStandard, size: tuple[int, int]) -> None:
    live = LiveView(chsi)
    qtbot.addWidget(live)
    live.resize(*size)
    live.show_frame(frame(640, 480))
    _, area = live.frame_and_portrait_area()
    assert area.x >= 0
    assert area.y >= 0
    assert area.x + area.width <= size[0]
    assert area.y + area.height <= size[1]


def test_the_frame_follows_the_face_but_the_picture_does_not(qtbot: QtBot, chsi: PhotoStandard) -> None:
    seconds = [0.0]
    live = LiveView(chsi, lambda: seconds[0])
    qtbot.addWidget(live)
    live.resize(1180, 880)
    live.show_frame(frame(640, 480))
    picture, home = live.frame_and_portrait_area()
    live.track_face(FaceBox(0.44, 0.42, 0.6, 0.16))
    seconds[0] += 0.03
    live.show_frame(frame(640, 480))
    first = live.frame_and_portrait_area()[1]
    seconds[0] += 2.0
    live.show_frame(frame(640, 480))
    later_picture, moved = live.frame_and_portrait_area()
    assert later_picture == picture
    assert home.x < first.x < moved.x  # mirrored: left in the frame is right on the screen
    middles = [area.x + area.width / 2 for area in (home, moved)]
    assert middles[1] - middles[0] == pytest.approx(0.06 * picture.width, rel=0.02)
    live.track_face(None)
    seconds[0] += 2.0
    live.show_frame(frame(640, 480))
    assert live.frame_and_portrait_area()[1].x == pytest.approx(home.x, abs=1)


def test_the_frame_is_still_while_landmarks_jitter(qtbot: QtBot, chsi: PhotoStandard) -> None:
    seconds = [0.0]
    live = LiveView(chsi, lambda: seconds[0])
    qtbot.addWidget(live)
    live.resize(1180, 880)
    live.show_frame(frame(640, 480))
    places = []
    for k in range(60):
        live.track_face(FaceBox(0.46 + 0.001 * (k % 2), 0.42, 0.55 + 0.001 * (k % 3), 0.16, 0.23))
        seconds[0] += 0.1
        live.show_frame(frame(640, 480))
        places.append(live.frame_and_portrait_area()[1])
    assert (places[-1].x, places[-1].height) == pytest.approx((places[-20].x, places[-20].height), abs=0.01)
    live.track_face(FaceBox(0.5, 0.42, 0.55, 0.16, 0.23))
    seconds[0] += 2.0
    live.show_frame(frame(640, 480))
    assert live.frame_and_portrait_area()[1].x < places[-1].x - 20  # the frame follows a sitter who moves


@pytest.mark.parametrize("face", [None, FaceBox(0.4, 0.34, 0.5, 0.13), FaceBox(0.55, 0.5, 0.7, 0.19)])
def test_the_ring_hides_no_face(chsi: PhotoStandard, face: FaceBox | None) -> None:
    framing = portrait_framing(1280, 960, chsi, face)
    area = framing.pixel_area(1280, 960)
    chin = area.point_at(0.5, framing.outline.chin)[1]
    box = ring_rect(area, framing.outline)
    assert box.top() > chin
    assert box.bottom() < area.y + area.height


def test_the_live_view_is_mirrored(window: KioskWindow, ui_settings: UiSettings) -> None:
    show_step(window, Step.POSE, ui_settings)
    window.show_frame(frame())
    picture = window.pose.live_view.grab().toImage()
    left = picture.pixelColor(picture.width() // 4, 30)
    right = picture.pixelColor(picture.width() * 3 // 4, 30)
    assert left.blue() > left.red()
    assert right.red() > right.blue()


def test_a_slice_of_a_larger_buffer_is_shown_correctly(qtbot: QtBot, chsi: PhotoStandard) -> None:
    live = LiveView(chsi)
    qtbot.addWidget(live)
    live.resize(400, 300)
    large = np.zeros((480, 640, 3), np.uint8)
    large[:, ::2] = (10, 200, 10)
    live.show_frame(large[:, ::2])
    pixel = live.grab().toImage().pixelColor(200, 150)
    assert pixel.green() > 150
    assert pixel.red() < 60


def test_a_frame_is_released_when_the_next_one_arrives(window: KioskWindow, ui_settings: UiSettings) -> None:
    show_step(window, Step.POSE, ui_settings)
    first = frame()
    reference = weakref.ref(first)
    window.show_frame(first)
    del first
    window.show_frame(frame())
    window.pose.live_view.grab()
    gc.collect()
    assert reference() is None


def test_the_picture_is_frozen_while_the_portrait_is_made(window: KioskWindow, ui_settings: UiSettings) -> None:
    show_step(window, Step.SHOOT, ui_settings)
    window.show_frame(frame())
    show_step(window, Step.SHOOT, ui_settings, shot_count=1)
    frozen = window.pose.live_view._image
    window.show_frame(frame())
    assert window.pose.live_view._image is frozen


def test_a_ready_sitter_sees_green(qtbot: QtBot, chsi: PhotoStandard) -> None:
    seconds = [0.0]
    live = LiveView(chsi, lambda: seconds[0])
    qtbot.addWidget(live)
    live.resize(800, 600)

    def count_green() -> int:
        image = live.grab().toImage()
        colours = (image.pixelColor(x, y) for x in range(0, 800, 2) for y in range(0, 600, 2))
        return sum(c.green() > c.red() + 60 and c.green() > c.blue() + 20 for c in colours)

    live.set_phase(Phase.SEEKING)
    assert count_green() == 0
    live.set_phase(Phase.READY)
    seconds[0] += 1.0
    assert count_green() > 100
    live.set_phase(Phase.SEEKING)
    seconds[0] += 1.0
    assert count_green() == 0


def updates_of(live: LiveView, monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """Record the arguments of each call of `update` from now on."""
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(live, "update", lambda *args: calls.append(args))
    return calls


def test_an_animation_is_painted_25_times_a_second_and_at_its_end(
    qtbot: QtBot, chsi: PhotoStandard, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [0.0]
    live = LiveView(chsi, lambda: seconds[0])
    qtbot.addWidget(live)
    calls = updates_of(live, monkeypatch)
    for step in range(60):  # Qt calls 60 steps per second
        seconds[0] = step / 60
        live.on_animation_step(step / 60)
    painted = len(calls)
    assert 15 <= painted <= 25
    live.on_animation_step(1.0)
    assert len(calls) == painted + 1, "the last step removes the flash of the shutter"


def test_while_a_portrait_is_made_only_the_moving_part_is_painted(
    qtbot: QtBot, chsi: PhotoStandard, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = LiveView(chsi)
    qtbot.addWidget(live)
    live.resize(1180, 880)
    live.show_frame(frame(640, 480))
    live.set_phase(Phase.PROCESSING)
    pictures = []
    for phase in (0.1, 0.35, 0.6, 0.85):
        live.freeze(phase)
        pictures.append(rgb_pixels(live))
    changed = np.any([picture != pictures[0] for picture in pictures], axis=(0, 3))
    calls = updates_of(live, monkeypatch)
    live.on_animation_step(0.9)
    [(painted,)] = calls
    assert isinstance(painted, QRect)
    moving = changed.copy()
    changed[painted.top() : painted.bottom() + 1, painted.left() : painted.right() + 1] = False
    assert moving.any()
    assert not changed.any()
    assert painted.width() * painted.height() < 0.25 * live.width() * live.height()


def rgb_pixels(live: LiveView) -> np.ndarray:
    image = live.grab().toImage().convertToFormat(QImage.Format_RGB888)
    bits = image.bits()
    bits.setsize(image.sizeInBytes())
    rows = np.frombuffer(bits.asstring(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
