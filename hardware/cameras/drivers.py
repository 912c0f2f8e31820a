"""Which camera a setting means: `studio`, `folder:PATH`, `webcam:0`, `webcam:/dev/video0`, `webcam:http://...`."""

from __future__ import annotations

import re
from typing import Final

from hardware.cameras.camera import Camera, CameraProblem

KINDS: Final = ("studio", "folder:PATH", "webcam:0", "webcam:/dev/video0", "webcam:http://…", "scripted:FILE")

_WEBCAM: Final = re.compile(r"\d+|/dev/\S+|https?://\S+")


def open_driver(spec: str) -> Camera:
    """The driver that `spec` names, not opened yet. Raises CameraProblem camera.spec where it names none.

    A driver's libraries are imported only when it is chosen: a station needs none but its own camera's.
    """
    kind, _, rest = spec.strip().partition(":")
    if kind == "studio" and not rest:
        from hardware.cameras.studio.driver import StudioCamera

        return StudioCamera()
    if kind == "folder" and rest:
        from hardware.cameras.folder import FolderCamera

        return FolderCamera(rest)
    if kind == "webcam" and _WEBCAM.fullmatch(rest):
        from hardware.cameras.webcam import WebcamCamera

        return WebcamCamera(rest)
    if kind == "scripted" and rest:
        from hardware.cameras.scripted import ScriptedCamera

        return ScriptedCamera(rest)
    raise CameraProblem("camera.spec", spec=spec, known=", ".join(KINDS))
