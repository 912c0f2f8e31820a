"""Landmarks -> the numbers of a head that the rules of place speak of."""

from __future__ import annotations

from kiosk.capture.crop import Head
from kiosk.guidance.landmarks import Face


def middle(face: Face) -> float:
    """The x of the middle of the face: between the cheeks and between the eyes, averaged, so that neither a slight turn
    of the head nor hair over one cheek moves it much."""
    cheeks = float(face.left_cheek[0] + face.right_cheek[0]) / 2
    return (cheeks + float(face.eyes[0])) / 2


def head(face: Face, crown: float, angle: float = 0.0) -> Head:
    """The head of `face` whose hair begins at row `crown`, all in pixels of the same picture, turned by `angle`
    (kiosk.capture.level) or not."""
    return Head(crown, float(face.eyes[1]), middle(face), face.width, float(face.chin[1]), angle)
