import gc
import weakref

import numpy as np
import pytest
from PyQt5.QtCore import QPointF
from pytestqt.qtbot import QtBot

from config.standard import PhotoStandard, Stage, standard
from kiosk.screens.live_view import LiveView, Mood, outline_path
from kiosk.screens.look import Look
from kiosk.screens.outline import Area, outline_of, portrait_area
from kiosk.screens.window import KioskWindow
from kiosk.sitting import Step
from tests.screens.visits import frame, show


def middle(chsi: PhotoStandard, rule: str) -> float:
    low, high = chsi.rules[rule].low, chsi.rules[rule].high
    assert low is not None
    assert high is not None
    return (low + high) / 2


@pytest.fixture
def chsi() -> PhotoStandard:
    return standard("chsi")


def test_the_outline_is_the_standard_s_own_rules(chsi: PhotoStandard) -> None:
    outline = outline_of(chsi)
    assert outline.hair_top * 640 == pytest.approx(middle(chsi, "hair_top"))
    assert outline.eye_line * 640 == pytest.approx(middle(chsi, "eye_line"))
    assert outline.half_face * 2 * 480 == pytest.approx(middle(chsi, "face_width"))
    assert outline.hair_top < outline.eye_line < outline.chin < outline.shoulder_line < 1


def test_another_standard_gives_another_outline(chsi: PhotoStandard) -> None:
    rules = dict(chsi.rules)
    rules["hair_top"] = rules["hair_top"].model_copy(update={"low": 20.0, "high": 40.0})
    changed = chsi.model_copy(update={"rules": rules})
    assert outline_of(changed).hair_top * 640 == pytest.approx(30)


def test_the_area_puts_the_face_where_the_live_rules_want_it(chsi: PhotoStandard) -> None:
    area, outline = portrait_area(1280, 960, chsi), outline_of(chsi)
    assert area.width / area.height == pytest.approx(480 / 640)
    face = 2 * outline.half_face * area.width / 960
    eyes = area.place(outline.centre, outline.eye_line)
    assert face == pytest.approx(middle(chsi, "face_size"))
    assert eyes[1] / 960 == pytest.approx(middle(chsi, "place_up"))
    assert eyes[0] / 1280 - 0.5 == pytest.approx(middle(chsi, "place_across"))


def test_without_live_rules_the_area_is_the_largest_in_the_middle(chsi: PhotoStandard) -> None:
    rules = {name: rule for name, rule in chsi.rules.items() if Stage.LIVE not in rule.stages}
    bare = chsi.model_copy(update={"rules": rules})
    assert portrait_area(1280, 960, bare) == Area(280, 0, 720, 960)


def test_the_painted_head_lies_on_the_outline(chsi: PhotoStandard) -> None:
    area, outline = Area(100, 50, 480, 640), outline_of(chsi)
    path = outline_path(area, outline)
    assert path.contains(QPointF(100 + 240, 50 + middle(chsi, "hair_top") + 3))
    assert not path.contains(QPointF(100 + 240, 50 + middle(chsi, "hair_top") - 3))
    edge = 100 + 240 - middle(chsi, "face_width") / 2
    assert path.contains(QPointF(edge + 3, 50 + middle(chsi, "eye_line")))
    assert not path.contains(QPointF(edge - 3, 50 + middle(chsi, "eye_line")))


@pytest.mark.parametrize("size", [(1180, 880), (1000, 1200), (600, 700), (400, 2000)])
def test_the_whole_area_is_always_on_the_widget(qtbot: QtBot, chsi: PhotoStandard, size: tuple[int, int]) -> None:
    live = LiveView(chsi)
    qtbot.addWidget(live)
    live.resize(*size)
    live.show_frame(frame(640, 480))
    _, area = live.shown_area()
    assert area.x >= 0
    assert area.y >= 0
    assert area.x + area.width <= size[0]
    assert area.y + area.height <= size[1]


def test_the_person_sees_a_mirror(window: KioskWindow, look: Look) -> None:
    show(window, Step.POSE, look)
    window.show_frame(frame())
    picture = window.pose.live.grab().toImage()
    left = picture.pixelColor(picture.width() // 4, 30)
    right = picture.pixelColor(picture.width() * 3 // 4, 30)
    assert left.blue() > left.red()
    assert right.red() > right.blue()


def test_a_slice_of_a_larger_buffer_is_shown_right(qtbot: QtBot, chsi: PhotoStandard) -> None:
    live = LiveView(chsi)
    qtbot.addWidget(live)
    live.resize(400, 300)
    large = np.zeros((480, 640, 3), np.uint8)
    large[:, ::2] = (10, 200, 10)
    live.show_frame(large[:, ::2])
    seen = live.grab().toImage().pixelColor(200, 150)
    assert seen.green() > 150
    assert seen.red() < 60


def test_no_frame_is_kept_once_the_next_has_come(window: KioskWindow, look: Look) -> None:
    show(window, Step.POSE, look)
    first = frame()
    gone = weakref.ref(first)
    window.show_frame(first)
    del first
    window.show_frame(frame())
    window.pose.live.grab()
    gc.collect()
    assert gone() is None


def test_the_picture_stands_still_while_it_is_developed(window: KioskWindow, look: Look) -> None:
    show(window, Step.SHOOT, look)
    window.show_frame(frame())
    show(window, Step.SHOOT, look, shots=1)
    kept = window.pose.live._image
    window.show_frame(frame())
    assert window.pose.live._image is kept


def test_right_is_green_and_seeking_is_not(qtbot: QtBot, chsi: PhotoStandard) -> None:
    live = LiveView(chsi)
    qtbot.addWidget(live)
    live.resize(800, 600)

    def greenest() -> int:
        image = live.grab().toImage()
        colours = (image.pixelColor(x, y) for x in range(0, 800, 2) for y in range(0, 600, 2))
        return sum(c.green() > c.red() + 60 and c.green() > c.blue() + 20 for c in colours)

    live.feel(Mood.SEEK)
    assert greenest() == 0
    live.feel(Mood.RIGHT)
    assert greenest() > 100
