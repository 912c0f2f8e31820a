"""How the camera lay: the eight orientations of EXIF undone, each exactly once.

The orientation says how the stored rows and columns lie to what was before the camera (CIPA DC-008, 4.6.4). The
mirrored ones (2, 4, 5, 7) come from cameras that store a selfie as the screen showed it: undoing them shows the person
as seen by others. That is the picture as taken, not a mirroring of the person.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.opencv import cv2

_ROTATIONS: Final = {3: cv2.ROTATE_180, 6: cv2.ROTATE_90_CLOCKWISE, 8: cv2.ROTATE_90_COUNTERCLOCKWISE}
_FLIPS: Final = {2: 1, 4: 0}  # cv2: 1 swaps left and right, 0 top and bottom


def upright(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """`pixels` (h, w, 3) stored with that EXIF orientation, 1 to 8, as they are to be seen."""
    if orientation in _ROTATIONS:
        return np.asarray(cv2.rotate(pixels, _ROTATIONS[orientation]), np.uint8)
    if orientation in _FLIPS:
        return np.asarray(cv2.flip(pixels, _FLIPS[orientation]), np.uint8)
    if orientation == 5:
        return np.asarray(cv2.transpose(pixels), np.uint8)
    if orientation == 7:
        return np.asarray(cv2.rotate(cv2.transpose(pixels), cv2.ROTATE_180), np.uint8)
    return pixels
