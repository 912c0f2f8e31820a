"""Names for the arrays of pictures: dtype and shape in one word."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""A picture: uint8 (h, w, 3), sRGB, RGB. OpenCV's BGR ends at the driver."""
FloatImage = NDArray[np.float32]
"""A picture for calculations: float32 (h, w, 3), 0 to 1."""
Plane = NDArray[np.float32]
"""One value per pixel: float32 (h, w)."""
Mask = NDArray[np.bool_]
"""Selected pixels: bool (h, w)."""
Point = NDArray[np.float32]
"""float32 (2,): x, y."""
Points = NDArray[np.float32]
"""float32 (n, 2): x, y."""
Floats = NDArray[np.float32]
"""float32 of any shape."""
Doubles = NDArray[np.float64]
"""float64 of any shape."""
