"""Where the standard wants the head: the outline in portrait coordinates, and how it lies on a live frame.

The register's rules speak of the portrait (480x640): hair top, eye line, face width. The outline is drawn through the
middles of their bands; the band itself is the tolerance. What no rule gives is drawn from the body: the eyes lie
half-way between crown and chin, and the shoulders are about 2.4 face widths across (Loomis, Drawing the
Head and Hands, 1956).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from config.standard import PhotoStandard, Rule, Stage

SHOULDERS: Final = 2.4
NECK: Final = 0.46


@dataclass(frozen=True)
class Area:
    """A rectangle in pixels of whatever it lies on."""

    x: float
    y: float
    width: float
    height: float

    def place(self, x: float, y: float) -> tuple[float, float]:
        """A point given as fractions of the rectangle."""
        return self.x + x * self.width, self.y + y * self.height


@dataclass(frozen=True)
class Outline:
    """The head in fractions of the portrait: x and half-widths of its width, y of its height; 0,0 top left."""

    hair_top: float
    eye_line: float
    chin: float
    centre: float
    half_face: float
    half_neck: float
    half_shoulders: float
    shoulder_line: float


def outline_of(standard: PhotoStandard) -> Outline:
    """The outline that the standard's portrait rules describe. Raises KeyError naming a rule that is missing."""
    width, height = standard.output.width, standard.output.height
    hair = _middle(_rule(standard, "hair_top"))
    eyes = _middle(_rule(standard, "eye_line"))
    face = _middle(_rule(standard, "face_width"))
    chin = eyes + (eyes - hair)
    return Outline(
        hair_top=hair / height,
        eye_line=eyes / height,
        chin=chin / height,
        centre=0.5,
        half_face=face / 2 / width,
        half_neck=face * NECK / 2 / width * 1.3,
        half_shoulders=face * SHOULDERS / 2 / width,
        shoulder_line=(chin + 0.28 * (chin - hair)) / height,
    )


def portrait_area(frame_width: float, frame_height: float, standard: PhotoStandard) -> Area:
    """Where the portrait will be cut from an unmirrored frame when the sitter is right.

    The live rules give the size of the face, the height of the eyes and the place across as shares of the frame; the
    portrait's area is laid so that the outline's face has that size and stands there. A standard without those rules
    gets the largest area of the portrait's aspect in the middle.
    """
    aspect = standard.output.width / standard.output.height
    live = {rule.measure: rule for rule in standard.asked(Stage.LIVE).values()}
    whole = min(frame_height, frame_width / aspect)
    if not {"face_size", "eye_y", "face_x"} <= live.keys():
        return Area((frame_width - whole * aspect) / 2, (frame_height - whole) / 2, whole * aspect, whole)
    outline = outline_of(standard)
    height = min(whole, _middle(live["face_size"]) * frame_height / (2 * outline.half_face * aspect))
    width = height * aspect
    x = frame_width * (0.5 + _middle(live["face_x"])) - width / 2
    y = frame_height * _middle(live["eye_y"]) - height * outline.eye_line
    return Area(x, min(max(0.0, y), frame_height - height), width, height)


def _middle(rule: Rule) -> float:
    if rule.low is None or rule.high is None:
        raise ValueError(f"The outline needs both bounds of {rule.measure}.")
    return (rule.low + rule.high) / 2


def _rule(standard: PhotoStandard, measure: str) -> Rule:
    for rule in standard.asked(Stage.PORTRAIT).values():
        if rule.measure == measure:
            return rule
    raise KeyError(measure)
