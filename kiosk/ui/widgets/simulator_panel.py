"""A drawer at the right edge of a simulated station, with the actions of the student."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QFrame, QPushButton, QScrollArea, QWidget

from config.i18n import Translations, translations
from kiosk.ui.base import column, fill_layout, row
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.translated import Button, Label


class SimulatorPanel(QWidget):
    """`cards` are the labels (masked names) of the simulator's cards, in order; `scenes` the camera's scene names.

    Its handle or F2 opens and closes it. The window places it over its right edge.
    """

    card_placed = pyqtSignal(int)
    card_removed = pyqtSignal()
    scene_chosen = pyqtSignal(str)
    play_requested = pyqtSignal()
    toggled = pyqtSignal(bool)

    def __init__(self, cards: Sequence[str], scenes: Sequence[str]) -> None:
        super().__init__()
        self.setObjectName("simulator_panel")
        self.is_open = False
        self.handle = QPushButton("‹")
        self.handle.setObjectName("simulator_handle")
        self.handle.setProperty("kind", "handle")
        self.handle.setFocusPolicy(Qt.NoFocus)
        self.handle.clicked.connect(self.toggle)
        self.drawer = QFrame()
        self.drawer.setObjectName("simulator")
        self._cards = [_CardButton(label, place) for place, label in enumerate(cards)]
        for button in self._cards:
            button.clicked.connect(lambda _, place=button.index: self.card_placed.emit(place))
        self._scenes = [_SceneButton(name) for name in scenes]
        for scene_button in self._scenes:
            scene_button.clicked.connect(lambda _, name=scene_button.scene: self.scene_chosen.emit(name))
        self.remove_card_button = Button("screen.simulator.remove_card", "simulator_take", "scene")
        self.remove_card_button.clicked.connect(self.card_removed)
        self.play_button = Button("screen.simulator.play", "simulator_play", "scene")
        self.play_button.clicked.connect(self.play_requested)
        self.title = Label("screen.simulator.title", "smallstrong")
        self.card_title = Label("screen.simulator.cards", "small")
        self.scene_title = Label("screen.simulator.scenes", "small")
        self._list = QWidget()
        self._list_box = column(self._list)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._list)
        self._drawer_box = column(self.drawer)
        self._box = row(self)
        self.drawer.hide()

    def toggle(self) -> None:
        self.is_open = not self.is_open
        self.drawer.setVisible(self.is_open)
        self.handle.setText("›" if self.is_open else "‹")
        self.toggled.emit(self.is_open)

    def update_layout(self, scale: Scale) -> None:
        self.handle.setFixedWidth(max(44, scale.px(44)))
        self.drawer.setFixedWidth(scale.px(380))
        gap = 8
        cards = [part for button in self._cards for part in (button, gap)]
        scenes = [part for button in self._scenes for part in (button, gap)]
        head = (self.title, 16, self.card_title, 6)
        rest = (self.remove_card_button, 20, self.scene_title, 6, self.play_button, gap)
        fill_layout(self._list_box, scale, *head, *cards, *rest, *scenes, 1.0)
        fill_layout(self._drawer_box, scale, (self._scroll, 1))
        edge = scale.px(20)
        self._drawer_box.setContentsMargins(edge, edge, edge, edge)
        fill_layout(self._box, scale, (self.handle, Qt.AlignVCenter), (self.drawer, 1))

    def place_on(self, width: int, height: int, top: int) -> None:
        """Place the panel on the right edge of a window of that size, below its header."""
        self._box.activate()
        panel_width = self.handle.width() + (self.drawer.width() if self.is_open else 0)
        self.setGeometry(width - panel_width, top, panel_width, height - top)
        self.raise_()


class _CardButton(QPushButton):
    def __init__(self, label: str, place: int) -> None:
        super().__init__(label)
        self.index = place
        self.setObjectName(f"card_{place}")
        self.setProperty("kind", "scene")
        self.setFocusPolicy(Qt.NoFocus)


class _SceneButton(QPushButton):
    """A button with the description of a scene, or with the camera's name for it."""

    def __init__(self, scene: str) -> None:
        super().__init__()
        self.scene = scene
        self.setObjectName(f"scene_{scene}")
        self.setProperty("kind", "scene")
        self.setFocusPolicy(Qt.NoFocus)
        self.retranslate(translations())

    def retranslate(self, tr: Translations) -> None:
        key = f"screen.scene.{self.scene}"
        self.setText(tr.translate(key) if tr.has(key) else self.scene)
