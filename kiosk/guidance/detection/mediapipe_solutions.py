"""MediaPipe's solutions, imported without matplotlib and MediaPipe's tasks: import them from here and nowhere else.

mediapipe 0.10.21 imports matplotlib.pyplot for one function that draws graphs, which nothing here calls. It takes 1.5 s
at the start of every process and 40 MB, so an empty module replaces it during the import, and the lock files leave it
out. Its other interface, mediapipe.tasks, is 140 modules and 0.06 s.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from config.opencv import cv2  # noqa: F401 - before mediapipe, which imports cv2 itself

_NAMES = ("matplotlib", "matplotlib.pyplot", "mediapipe.tasks", "mediapipe.tasks.python")
_placeholders = {name: ModuleType(name) for name in _NAMES if name not in sys.modules}
sys.modules.update(_placeholders)
for _name, _placeholder in _placeholders.items():
    _package, _, _attribute = _name.rpartition(".")
    if _package in _placeholders:
        setattr(_placeholders[_package], _attribute, _placeholder)
try:
    from mediapipe.python.solutions.face_detection import FaceDetection
    from mediapipe.python.solutions.face_mesh import FaceMesh
    from mediapipe.python.solutions.hands import Hands
    from mediapipe.python.solutions.pose import Pose
    from mediapipe.python.solutions.selfie_segmentation import SelfieSegmentation
finally:
    for name in _placeholders:
        del sys.modules[name]

__all__ = ["FaceDetection", "FaceMesh", "Hands", "Pose", "SelfieSegmentation", "import_part"]


def import_part(name: str) -> Any:
    """Import a module of mediapipe that only the build of the remote student's page needs; it has no type stubs."""
    return import_module(f"mediapipe.{name}")
