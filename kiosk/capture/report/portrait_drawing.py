"""The portrait, enlarged, with what was measured of it: lines, distances with arrows, and the bands allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PIL import Image

from config.i18n import Translations
from config.standards.registry import PhotoStandard, Stage
from kiosk.capture.report.figures import number, sign, value_said
from kiosk.capture.report.labels import Label, draw_beside, draw_lane, width_beside
from kiosk.capture.report.page import ACCENT, COLOURS, HAIR, INK, SMALL, SOFT, Colour, Page, Point
from kiosk.capture.report.spread import spread
from kiosk.capture.verification.check_file import Checked
from kiosk.capture.verification.measure_portrait import Head
from kiosk.guidance.verdict import Verdict

GUTTER_LEFT: Final = 452
GUTTER_RIGHT: Final = 120
GUTTER_TOP: Final = 64
GUTTER_BOTTOM: Final = 200
_LANES: Final = (126, 340)  # px left of the picture: the chain from edge to edge, and the eye line
_BAR: Final = (16, 40)  # px right of the picture: where an allowed band is shown again
_ZONE: Final = 0.13
_BAND_NUMBER: Final = 36  # px of height for one number of a band


@dataclass(frozen=True)
class _Frame:
    """Where the picture stands on the page, and how much it is enlarged."""

    left: float
    top: float
    zoom: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    def x(self, column: float) -> float:
        return min(max(self.left + column * self.zoom, self.left), self.right)

    def y(self, row: float) -> float:
        return min(max(self.top + row * self.zoom, self.top), self.bottom)


class PortraitDrawing:
    """Draws `checked` into the box (left, top, width, height) of a page, gutters included."""

    def __init__(self, page: Page, checked: Checked, standard: PhotoStandard, words: Translations) -> None:
        self._page = page
        self._checked = checked
        self._words = words
        verdicts = {verdict.rule: verdict for verdict in checked.judged}
        rules = standard.rules_for(Stage.PORTRAIT)
        self._of = {rule.measure: verdicts[name] for name, rule in rules.items() if name in verdicts}

    def height_for(self, width: float) -> float:
        """The height that a box of `width` can fill."""
        tall, wide = self._checked.pixels.shape[:2]
        return (width - GUTTER_LEFT - GUTTER_RIGHT) * tall / wide + GUTTER_TOP + GUTTER_BOTTOM

    def draw(self, box: tuple[float, float, float, float]) -> None:
        frame = self._frame(box)
        self._legend((box[0], frame.bottom + 70))
        self._picture(frame)
        self._zones(frame)
        if self._checked.head is not None:
            self._lines(frame, self._checked.head)
            self._distances(frame, self._checked.head)
            self._width(frame, self._checked.head)
            self._offset(frame, self._checked.head)

    def _frame(self, box: tuple[float, float, float, float]) -> _Frame:
        left, top, width, height = box
        tall, wide = self._checked.pixels.shape[:2]
        room = (width - GUTTER_LEFT - GUTTER_RIGHT, height - GUTTER_TOP - GUTTER_BOTTOM)
        zoom = min(room[0] / wide, room[1] / tall)
        return _Frame(left + GUTTER_LEFT, top + GUTTER_TOP, zoom, wide * zoom, tall * zoom)

    def _picture(self, frame: _Frame) -> None:
        size = (max(1, round(frame.width)), max(1, round(frame.height)))
        picture = Image.fromarray(self._checked.pixels).resize(size, Image.Resampling.LANCZOS)
        self._page.image.paste(picture, (round(frame.left), round(frame.top)))
        box = (round(frame.left) - 2, round(frame.top) - 2, round(frame.right) + 1, round(frame.bottom) + 1)
        self._page.draw.rectangle(box, outline=HAIR, width=2)

    def _zones(self, frame: _Frame) -> None:
        """The rows in which crown and eyes may be, over the picture and again, with their numbers, beside it."""
        numbers: list[tuple[float, str]] = []
        for measure in ("hair_top", "eye_line"):
            verdict = self._of.get(measure)
            if verdict is None:
                continue
            top, bottom = self._rows(frame, verdict)
            self._page.tint((frame.left, top, frame.right, bottom), ACCENT, _ZONE)
            self._page.tint((frame.right + _BAR[0], top, frame.right + _BAR[1], bottom), ACCENT, 0.55)
            for bound, row in ((verdict.low, top), (verdict.high, bottom)):
                if bound is not None:
                    self._page.line((frame.left, row), (frame.right + _BAR[1], row), ACCENT, 2, (10, 8))
                    numbers.append((row, number(bound, verdict.unit)))
        sizes = [float(_BAND_NUMBER)] * len(numbers)
        places = spread([row for row, _ in numbers], sizes, frame.top - 20, frame.bottom + 20)
        for (_, text), place in zip(numbers, places, strict=True):
            self._page.text((frame.right + _BAR[1] + 12, place), text, SMALL, fill=ACCENT, anchor="lm")

    def _rows(self, frame: _Frame, verdict: Verdict) -> tuple[float, float]:
        top = frame.top if verdict.low is None else frame.y(verdict.low)
        return top, frame.bottom if verdict.high is None else frame.y(verdict.high)

    def _lines(self, frame: _Frame, head: Head) -> None:
        page = self._page
        middle = frame.left + frame.width / 2
        centring = self._of.get("centring")
        if centring is not None and centring.low is not None and centring.high is not None:
            around = self._checked.pixels.shape[1] / 2
            low, high = frame.x(around + centring.low), frame.x(around + centring.high)
            page.tint((low, frame.top, high, frame.bottom), ACCENT, _ZONE)
        page.line((middle, frame.top - 30), (middle, frame.bottom), ACCENT, 2, (14, 10))
        centre = frame.x(head.centre)
        page.cased((centre, frame.top - 30), (centre, frame.bottom), self._colour("centring"), 2)
        if head.crown is not None:
            self._level(frame, head.crown, _LANES[0], self._colour("hair_top"))
        self._level(frame, head.chin, _LANES[0], self._colour("head_height"))
        self._level(frame, head.eyes, _LANES[1], self._colour("eye_line"))
        for pupil in head.pupils:
            self._cross((frame.x(pupil[0]), frame.y(pupil[1])))
        for column, row in (head.left, head.right):
            colour = self._colour("face_width")
            page.cased((frame.x(column), frame.y(row) - 60), (frame.x(column), frame.y(row) + 60), colour, 3)
            page.line((frame.x(column), frame.y(row) + 60), (frame.x(column), frame.bottom + 158), colour, 2, (6, 8))

    def _level(self, frame: _Frame, row: float, lane: int, colour: Colour) -> None:
        """A line across the picture and out to its lane."""
        y = frame.y(row)
        self._page.line((frame.left - lane - 16, y), (frame.left, y), SOFT, 2)
        self._page.cased((frame.left, y), (frame.right, y), colour, 3)

    def _cross(self, at: Point) -> None:
        for dx, dy in ((12, 0), (0, 12)):
            self._page.cased((at[0] - dx, at[1] - dy), (at[0] + dx, at[1] + dy), INK, 3)

    def _distances(self, frame: _Frame, head: Head) -> None:
        """From edge to crown to chin to edge, a chain; and from the upper edge to the eyes."""
        chain = []
        if head.crown is not None:
            chain.append(self._label("hair_top", 0, head.crown, "rule.hair_top", frame))
            chain.append(self._label("head_height", head.crown, head.chin, "sheet.head", frame))
        chain.append(self._label("body_share", head.chin, self._checked.pixels.shape[0], "sheet.body", frame))
        eyes = [self._label("eye_line", 0, head.eyes, "rule.eye_line", frame)]
        for lane, labels in zip(_LANES, (chain, eyes), strict=True):
            draw_lane(self._page, frame.left - lane, (frame.top, frame.bottom), labels)

    def _label(self, measure: str, start: float, end: float, key: str, frame: _Frame) -> Label:
        return self._named(measure, key, end - start, frame.y(start), frame.y(end))

    def _named(self, measure: str, key: str, pixels: float, start: float = 0, end: float = 0) -> Label:
        """What the measure's rule says, or where there is none, how many `pixels` it is."""
        verdict = self._of.get(measure)
        value = value_said(verdict) if verdict is not None else number(pixels, "px") + sign("px")
        return Label(start, end, self._words.translate(key), value, None if verdict is None else verdict.outcome)

    def _width(self, frame: _Frame, head: Head) -> None:
        """Below the picture: the face from cheek to cheek, and the widths that are allowed about the same middle."""
        left, right = frame.x(head.left[0]), frame.x(head.right[0])
        y = frame.bottom + 40
        self._page.arrow((left, y), (right, y), self._colour("face_width"))
        label = self._named("face_width", "rule.face_width", head.width)
        wide = width_beside(self._page, label)
        start = min(max((left + right - wide) / 2, frame.left), max(frame.left, frame.right - wide))
        self._page.draw.rectangle((start - 8, y + 22, start + wide + 8, y + 70), fill="white")
        draw_beside(self._page, (start, y + 46), label)
        verdict = self._of.get("face_width")
        if verdict is not None:
            self._allowed_width(frame, verdict, (left + right) / 2, y + 96)

    def _allowed_width(self, frame: _Frame, verdict: Verdict, middle: float, y: float) -> None:
        low = (verdict.low or 0) * frame.zoom / 2
        high = None if verdict.high is None else verdict.high * frame.zoom / 2
        reach = min(middle - frame.left, frame.right - middle) if high is None else high
        for way in (-1, 1):
            near, far = sorted((middle + way * low, middle + way * reach))
            near, far = max(near, frame.left - GUTTER_LEFT), min(far, frame.right + GUTTER_RIGHT)
            self._page.tint((near, y, far, y + 22), ACCENT, 0.55)
        bounds = [bound for bound in (verdict.low, verdict.high) if bound is not None]
        places = [middle + (bound * frame.zoom / 2) for bound in bounds]
        sizes = [self._page.width_of(number(bound, "px"), SMALL) + 24 for bound in bounds]
        spots = spread(places, sizes, frame.left - 60, frame.right + GUTTER_RIGHT)
        for bound, spot in zip(bounds, spots, strict=True):
            self._page.text((spot, y + 46), number(bound, "px"), SMALL, fill=ACCENT, anchor="mm")

    def _offset(self, frame: _Frame, head: Head) -> None:
        """Above the picture: how far the face's middle is from the picture's."""
        middle, centre = frame.left + frame.width / 2, frame.x(head.centre)
        y = frame.top - 26
        self._page.arrow((middle, y), (centre, y), self._colour("centring"))
        label = self._named("centring", "rule.centring", head.centre - self._checked.pixels.shape[1] / 2)
        start = max(middle, centre) + 24
        wide = width_beside(self._page, label)
        if start + wide > frame.right + GUTTER_RIGHT:
            start = min(middle, centre) - 24 - wide
        draw_beside(self._page, (start, y), label)

    def _legend(self, at: Point) -> None:
        page, say = self._page, self._words.translate
        page.tint((at[0], at[1] - 14, at[0] + 48, at[1] + 16), ACCENT, 0.55)
        page.text((at[0] + 64, at[1]), say("sheet.legend.band"), SMALL - 2, fill=SOFT, anchor="lm")
        page.arrow((at[0], at[1] + 50), (at[0] + 48, at[1] + 50), SOFT)
        page.text((at[0] + 64, at[1] + 50), say("sheet.legend.distance"), SMALL - 2, fill=SOFT, anchor="lm")

    def _colour(self, measure: str) -> Colour:
        verdict = self._of.get(measure)
        return INK if verdict is None else COLOURS[verdict.outcome]
