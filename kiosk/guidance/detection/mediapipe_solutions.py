"""MediaPipe's solutions, imported without matplotlib: import them from here and nowhere else.

mediapipe 0.10.21 imports matplotlib.pyplot for one function that draws graphs, which nothing here calls. It takes 1.5 s
at the start of every process and 40 MB, so an empty module replaces it during the import, and the lock files leave it
out.
"""

from __future__ import annotations

import sys
from types import ModuleType

from config.opencv import cv2  # noqa: F401 - before mediapipe, which imports cv2 itself

_NAMES = ("matplotlib", "matplotlib.pyplot")
_placeholders = {name: ModuleType(name) for name in _NAMES if name not in sys.modules}
sys.modules.update(_placeholders)
if "matplotlib" in _placeholders:
    _placeholders["matplotlib"].__dict__["pyplot"] = sys.modules["matplotlib.pyplot"]
try:
    from mediapipe.python.solutions.face_detection import FaceDetection
    from mediapipe.python.solutions.face_mesh import FaceMesh
    from mediapipe.python.solutions.pose import Pose
    from mediapipe.python.solutions.selfie_segmentation import SelfieSegmentation
finally:
    for name in _placeholders:
        del sys.modules[name]

__all__ = ["FaceDetection", "FaceMesh", "Pose", "SelfieSegmentation"]
