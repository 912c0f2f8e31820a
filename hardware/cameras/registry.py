"""The camera that a setting names: `studio`, `folder:PATH`, `webcam`, `webcam:name:LOGITECH`, `webcam:http://...`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hardware.cameras.api import Camera, CameraProblem
from hardware.cameras.gphoto.address import CameraAddress, parse_address

if TYPE_CHECKING:
    from pathlib import Path

    from hardware.cameras.webcam import WebcamSettings

KINDS: Final = (
    "studio",
    "folder:PATH",
    "webcam",
    "webcam:name:LOGITECH",
    "webcam:/dev/…",
    "webcam:http://…",
    "dslr",
    "dslr:serial:NUMBER",
    "dslr:model:NAME",
    "dslr:usb:001,004",
    "dslr:ptpip:HOST",
    "scripted:FILE",
    "dual:LIVE+SHOT",
)

_WEBCAM: Final = re.compile(r"webcam(:(\d+|name:\s*\S.*|/dev/\S+|https?://\S+))?")

_DUAL_SEPARATOR: Final = re.compile(r"\+(?=(?:studio|folder|webcam|dslr|scripted)(?:[:@]|$))")


def open_driver(spec: str, *, webcam: WebcamSettings | None = None, framing: Path | None = None) -> Camera:
    """Return the driver that `spec` names, not opened yet. Raises CameraProblem camera.spec if it names none.

    `webcam` are the station's webcam settings; None: those of webcam.toml. `framing` is the file that stores the
    framing of two cameras; None: it is not stored and has to be calibrated each time.

    A driver's libraries are imported only when it is chosen: a station needs only those of its own camera.
    """
    kind, _, rest = spec.strip().partition(":")
    if kind == "studio" and not rest:
        from hardware.simulators.studio_camera.driver import StudioCamera

        return StudioCamera()
    if kind == "folder" and rest:
        from hardware.cameras.folder import FolderCamera

        return FolderCamera(rest)
    if _WEBCAM.fullmatch(spec.strip()):
        from hardware.cameras.webcam import WebcamCamera

        return WebcamCamera(rest, settings=webcam)
    if re.match(r"dslr([:@]|$)", spec.strip()):
        address = parse_address(spec.strip().removeprefix("dslr"))
        if address is not None:
            return _open_dslr(address)
    if kind == "scripted" and rest:
        from hardware.simulators.scripted_camera import ScriptedCamera

        return ScriptedCamera(rest)
    if kind == "dual" and len(both := _DUAL_SEPARATOR.split(rest)) == 2:
        from hardware.cameras.dual.driver import DualCamera

        live, shot = (open_driver(one, webcam=webcam) for one in both)
        return DualCamera(live, shot, framing)
    raise CameraProblem("camera.spec", spec=spec, known=", ".join(KINDS))


def _open_dslr(address: CameraAddress) -> Camera:
    try:
        from hardware.cameras.gphoto.driver import DslrCamera
    except ModuleNotFoundError as error:
        raise CameraProblem("camera.not_installed", package=error.name) from error
    return DslrCamera(address)
