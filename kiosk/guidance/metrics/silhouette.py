"""The outline of neck, shoulders and arms below a face, cut out of the person mask at a fixed face size."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Plane
from config.opencv import cv2
from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.types import Detections

FACE_WIDTH_PX: Final = 40
"""Pixels: about what the face has in the mask of a live frame."""
EXTENT_ASIDE: Final = 2.2
EXTENT_ABOVE_CHIN: Final = 0.4
EXTENT_BELOW_CHIN: Final = 1.8
"""Face widths cut out: to either side of the face's middle, above and below the chin."""


@dataclass(frozen=True, eq=False)
class Silhouette:
    """`mask` float32 (h, w), 0 backdrop to 1 person; `inside` is its part within the picture, `face_centre_x` the
    column of the face's middle, `chin` the row of the chin."""

    mask: Plane = field(repr=False)
    inside: NDArray[np.bool_] = field(repr=False)
    face_centre_x: float
    chin: float

    def top_rows(self) -> Plane:
        """Return the fractional row at which the person begins, for each column; nan if that is outside the
        picture."""
        rows = self.mask.shape[0]
        over = self.mask > 0.5
        first = over.argmax(axis=0)
        columns = np.arange(self.mask.shape[1])
        above, at = self.mask[np.maximum(first - 1, 0), columns], self.mask[first, columns]
        edges = first - 1 + (0.5 - above) / np.maximum(at - above, 1e-6)
        visible = over.any(axis=0) & (first > 0) & self.inside[np.minimum(first, rows - 1), columns]
        return np.where(visible, edges, np.nan).astype(np.float32)

    def row_centres(self, top: float, bottom: float) -> Plane:
        """Return, for the rows `top` to `bottom` (face widths below the chin), the middle between the outermost columns
        of the person, float32 (n,); rows in which the person leaves the picture are left out."""
        rows = slice(*(round(self.chin + share * FACE_WIDTH_PX) for share in (top, bottom)))
        over = (self.mask[rows] > 0.5) & self.inside[rows]
        first, last = over.argmax(axis=1), over.shape[1] - 1 - over[:, ::-1].argmax(axis=1)
        edges = np.arange(len(over))
        free = over.any(axis=1) & (first > 1) & (last < over.shape[1] - 2)
        free &= self.inside[rows][edges, first - 2 * free] & self.inside[rows][edges, last + 2 * free]
        return np.asarray(((first + last) / 2)[free], np.float32)


def silhouette_below(detections: Detections, face: Face) -> Silhouette | None:
    """Return the person mask below `face`; None without a mask."""
    if detections.person is None or face.width < 1:
        return None
    scale = FACE_WIDTH_PX / face.width
    left = float(face.left_cheek[0] + face.right_cheek[0]) / 2 - EXTENT_ASIDE * face.width
    top = float(face.chin[1]) - EXTENT_ABOVE_CHIN * face.width
    size = (round(2 * EXTENT_ASIDE * FACE_WIDTH_PX), round((EXTENT_ABOVE_CHIN + EXTENT_BELOW_CHIN) * FACE_WIDTH_PX))
    zoom = detections.person.shape[1] / detections.size[0]  # mask pixels per picture pixel
    step = zoom / scale
    to_mask = np.array([[step, 0, left * zoom], [0, step, top * zoom]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    mask = cv2.warpAffine(detections.person, to_mask, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    x, y = left + np.arange(size[0]) / scale, top + np.arange(size[1]) / scale
    across = (x >= 0) & (x <= detections.size[0] - 1)
    down = (y >= 0) & (y <= detections.size[1] - 1)
    return Silhouette(
        np.asarray(mask, np.float32),
        down[:, None] & across[None, :],
        EXTENT_ASIDE * FACE_WIDTH_PX,
        EXTENT_ABOVE_CHIN * FACE_WIDTH_PX,
    )
