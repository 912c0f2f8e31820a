"""The part of a portrait that a smaller format shows."""

from __future__ import annotations


def crop_box(width: int, height: int, ratio: float) -> tuple[int, int, int, int]:
    """Return the largest part with this ratio: centred, from the top.

    >>> crop_box(480, 640, 295 / 413), crop_box(480, 640, 1)
    ((12, 0, 469, 640), (0, 0, 480, 480))
    """
    if width / height > ratio:
        cropped_width = round(height * ratio)
        left = (width - cropped_width + 1) // 2
        return left, 0, left + cropped_width, height
    return 0, 0, width, round(width / ratio)
