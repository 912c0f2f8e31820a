"""The enlarged portrait with its measurements: lines, dimension arrows, and the allowed bands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PIL import Image

from config.i18n import Translations
from config.standards.registry import PhotoStandard, Stage
from kiosk.capture.report.label_layout import layout_labels
from kiosk.capture.report.labels import Label, draw_inline, draw_lane, inline_width
from kiosk.capture.report.number_format import format_number, format_value, unit_suffix
from kiosk.capture.report.page import ACCENT, COLOURS, HAIRLINE, INK, MUTED, SMALL, WHITE, Colour, Page, Point
from kiosk.capture.verification.check_file import CheckReport
from kiosk.capture.verification.portrait_analysis import Head
from kiosk.guidance.verdict import Verdict

GUTTER_LEFT: Final = 452
GUTTER_RIGHT: Final = 120
GUTTER_TOP: Final = 64
GUTTER_BOTTOM: Final = 200
_LANE_OFFSETS_PX: Final = (126, 340)  # px left of the picture: the dimensions from edge to edge, and the eye line
_BAND_BAR_PX: Final = (16, 40)  # px right of the picture: bars of the allowed bands
_ZONE_OPACITY: Final = 0.13
_BAND_LABEL_HEIGHT_PX: Final = 36  # px per number of a band


@dataclass(frozen=True)
class _Frame:
    """The position of the picture on the page, and its enlargement."""

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
    """Draws the portrait of `report` into a box (left, top, width, height) of a page, which includes the gutters."""

    def __init__(self, page: Page, report: CheckReport, standard: PhotoStandard, translations: Translations) -> None:
        self._page = page
        self._report = report
        self._translations = translations
        verdicts = {verdict.rule: verdict for verdict in report.evaluated}
        rules = standard.rules_for(Stage.PORTRAIT)
        self._verdict_by_metric = {rule.metric: verdicts[name] for name, rule in rules.items() if name in verdicts}

    def height_for(self, width: float) -> float:
        """Return the height of the drawing in a box of `width`."""
        tall, wide = self._report.pixels.shape[:2]
        return (width - GUTTER_LEFT - GUTTER_RIGHT) * tall / wide + GUTTER_TOP + GUTTER_BOTTOM

    def draw(self, box: tuple[float, float, float, float]) -> None:
        frame = self._frame(box)
        self._draw_legend((box[0], frame.bottom + 70))
        self._draw_picture(frame)
        self._draw_zones(frame)
        if self._report.head is not None:
            self._draw_lines(frame, self._report.head)
            self._draw_distances(frame, self._report.head)
            self._draw_face_width(frame, self._report.head)
            self._draw_offset(frame, self._report.head)

    def _frame(self, box: tuple[float, float, float, float]) -> _Frame:
        left, top, width, height = box
        tall, wide = self._report.pixels.shape[:2]
        room = (width - GUTTER_LEFT - GUTTER_RIGHT, height - GUTTER_TOP - GUTTER_BOTTOM)
        zoom = min(room[0] / wide, room[1] / tall)
        return _Frame(left + GUTTER_LEFT, top + GUTTER_TOP, zoom, wide * zoom, tall * zoom)

    def _draw_picture(self, frame: _Frame) -> None:
        size = (max(1, round(frame.width)), max(1, round(frame.height)))
        picture = Image.fromarray(self._report.pixels).resize(size, Image.Resampling.LANCZOS)
        self._page.picture((round(frame.left), round(frame.top)), picture)
        box = (round(frame.left) - 2, round(frame.top) - 2, round(frame.right) + 2, round(frame.bottom) + 2)
        self._page.box(box, outline=HAIRLINE, weight=2)

    def _draw_zones(self, frame: _Frame) -> None:
        """Draw the allowed rows of crown and eyes over the picture and, with their numbers, beside it."""
        numbers: list[tuple[float, str]] = []
        for measure in ("hair_top", "eye_line"):
            verdict = self._verdict_by_metric.get(measure)
            if verdict is None:
                continue
            top, bottom = self._band_rows(frame, verdict)
            self._page.tint((frame.left, top, frame.right, bottom), ACCENT, _ZONE_OPACITY)
            self._page.tint((frame.right + _BAND_BAR_PX[0], top, frame.right + _BAND_BAR_PX[1], bottom), ACCENT, 0.55)
            for bound, row in ((verdict.min, top), (verdict.max, bottom)):
                if bound is not None:
                    self._page.line((frame.left, row), (frame.right + _BAND_BAR_PX[1], row), ACCENT, 2, (10, 8))
                    numbers.append((row, format_number(bound, verdict.unit)))
        sizes = [float(_BAND_LABEL_HEIGHT_PX)] * len(numbers)
        places = layout_labels([row for row, _ in numbers], sizes, frame.top - 20, frame.bottom + 20)
        for (_, text), place in zip(numbers, places, strict=True):
            self._page.text((frame.right + _BAND_BAR_PX[1] + 12, place), text, SMALL, fill=ACCENT, anchor="lm")

    def _band_rows(self, frame: _Frame, verdict: Verdict) -> tuple[float, float]:
        top = frame.top if verdict.min is None else frame.y(verdict.min)
        return top, frame.bottom if verdict.max is None else frame.y(verdict.max)

    def _draw_lines(self, frame: _Frame, head: Head) -> None:
        page = self._page
        middle = frame.left + frame.width / 2
        centring = self._verdict_by_metric.get("centring")
        if centring is not None and centring.min is not None and centring.max is not None:
            around = self._report.pixels.shape[1] / 2
            low, high = frame.x(around + centring.min), frame.x(around + centring.max)
            page.tint((low, frame.top, high, frame.bottom), ACCENT, _ZONE_OPACITY)
        page.line((middle, frame.top - 30), (middle, frame.bottom), ACCENT, 2, (14, 10))
        centre = frame.x(head.centre)
        page.outlined_line((centre, frame.top - 30), (centre, frame.bottom), self._colour("centring"), 2)
        if head.crown is not None:
            self._draw_level_line(frame, head.crown, _LANE_OFFSETS_PX[0], self._colour("hair_top"))
        self._draw_level_line(frame, head.chin, _LANE_OFFSETS_PX[0], self._colour("head_height"))
        self._draw_level_line(frame, head.eyes, _LANE_OFFSETS_PX[1], self._colour("eye_line"))
        for pupil in head.pupils:
            self._draw_cross((frame.x(pupil[0]), frame.y(pupil[1])))
        for column, row in (head.left, head.right):
            colour = self._colour("face_width")
            page.outlined_line((frame.x(column), frame.y(row) - 60), (frame.x(column), frame.y(row) + 60), colour, 3)
            page.line((frame.x(column), frame.y(row) + 60), (frame.x(column), frame.bottom + 158), colour, 2, (6, 8))

    def _draw_level_line(self, frame: _Frame, row: float, lane: int, colour: Colour) -> None:
        """Draw a line across the picture and to its lane."""
        y = frame.y(row)
        self._page.line((frame.left - lane - 16, y), (frame.left, y), MUTED, 2)
        self._page.outlined_line((frame.left, y), (frame.right, y), colour, 3)

    def _draw_cross(self, at: Point) -> None:
        for dx, dy in ((12, 0), (0, 12)):
            self._page.outlined_line((at[0] - dx, at[1] - dy), (at[0] + dx, at[1] + dy), INK, 3)

    def _draw_distances(self, frame: _Frame, head: Head) -> None:
        """Draw the dimensions from edge to crown to chin to edge, and from the upper edge to the eyes."""
        chain = []
        if head.crown is not None:
            chain.append(self._distance_label("hair_top", 0, head.crown, "rule.hair_top", frame))
            chain.append(self._distance_label("head_height", head.crown, head.chin, "sheet.head", frame))
        chain.append(self._distance_label("body_share", head.chin, self._report.pixels.shape[0], "sheet.body", frame))
        eyes = [self._distance_label("eye_line", 0, head.eyes, "rule.eye_line", frame)]
        for lane, labels in zip(_LANE_OFFSETS_PX, (chain, eyes), strict=True):
            draw_lane(self._page, frame.left - lane, (frame.top, frame.bottom), labels)

    def _distance_label(self, measure: str, start: float, end: float, key: str, frame: _Frame) -> Label:
        return self._metric_label(measure, key, end - start, frame.y(start), frame.y(end))

    def _metric_label(self, measure: str, key: str, pixels: float, start: float = 0, end: float = 0) -> Label:
        """Return a label with the value and outcome of the metric's rule, or with `pixels` if it has no rule."""
        verdict = self._verdict_by_metric.get(measure)
        value = format_value(verdict) if verdict is not None else format_number(pixels, "px") + unit_suffix("px")
        return Label(start, end, self._translations.translate(key), value, None if verdict is None else verdict.outcome)

    def _draw_face_width(self, frame: _Frame, head: Head) -> None:
        """Draw below the picture: the width of the face, and the allowed widths around the same middle."""
        left, right = frame.x(head.left[0]), frame.x(head.right[0])
        y = frame.bottom + 40
        self._page.arrow((left, y), (right, y), self._colour("face_width"))
        label = self._metric_label("face_width", "rule.face_width", head.width)
        wide = inline_width(self._page, label)
        start = min(max((left + right - wide) / 2, frame.left), max(frame.left, frame.right - wide))
        self._page.box((start - 8, y + 22, start + wide + 9, y + 71), fill=WHITE)
        draw_inline(self._page, (start, y + 46), label)
        verdict = self._verdict_by_metric.get("face_width")
        if verdict is not None:
            self._draw_allowed_width(frame, verdict, (left + right) / 2, y + 96)

    def _draw_allowed_width(self, frame: _Frame, verdict: Verdict, middle: float, y: float) -> None:
        low = (verdict.min or 0) * frame.zoom / 2
        high = None if verdict.max is None else verdict.max * frame.zoom / 2
        reach = min(middle - frame.left, frame.right - middle) if high is None else high
        for way in (-1, 1):
            near, far = sorted((middle + way * low, middle + way * reach))
            near, far = max(near, frame.left - GUTTER_LEFT), min(far, frame.right + GUTTER_RIGHT)
            self._page.tint((near, y, far, y + 22), ACCENT, 0.55)
        bounds = [bound for bound in (verdict.min, verdict.max) if bound is not None]
        places = [middle + (bound * frame.zoom / 2) for bound in bounds]
        sizes = [self._page.width_of(format_number(bound, "px"), SMALL) + 24 for bound in bounds]
        spots = layout_labels(places, sizes, frame.left - 60, frame.right + GUTTER_RIGHT)
        for bound, spot in zip(bounds, spots, strict=True):
            self._page.text((spot, y + 46), format_number(bound, "px"), SMALL, fill=ACCENT, anchor="mm")

    def _draw_offset(self, frame: _Frame, head: Head) -> None:
        """Draw above the picture: the distance between the middles of face and picture."""
        middle, centre = frame.left + frame.width / 2, frame.x(head.centre)
        y = frame.top - 26
        self._page.arrow((middle, y), (centre, y), self._colour("centring"))
        label = self._metric_label("centring", "rule.centring", head.centre - self._report.pixels.shape[1] / 2)
        start = max(middle, centre) + 24
        wide = inline_width(self._page, label)
        if start + wide > frame.right + GUTTER_RIGHT:
            start = min(middle, centre) - 24 - wide
        draw_inline(self._page, (start, y), label)

    def _draw_legend(self, at: Point) -> None:
        page, translate = self._page, self._translations.translate
        page.tint((at[0], at[1] - 14, at[0] + 48, at[1] + 16), ACCENT, 0.55)
        page.text((at[0] + 64, at[1]), translate("sheet.legend.band"), SMALL - 2, fill=MUTED, anchor="lm")
        page.arrow((at[0], at[1] + 50), (at[0] + 48, at[1] + 50), MUTED)
        page.text((at[0] + 64, at[1] + 50), translate("sheet.legend.distance"), SMALL - 2, fill=MUTED, anchor="lm")

    def _colour(self, measure: str) -> Colour:
        verdict = self._verdict_by_metric.get(measure)
        return INK if verdict is None else COLOURS[verdict.outcome]
