"""Exposure, colour, focus and mains frequency: set by capability, and read back."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from hardware.cameras.webcam import v4l2
from hardware.cameras.webcam.settings import WebcamSettings
from hardware.cameras.webcam.v4l2 import VideoNode

log = logging.getLogger("camera")

_MANUAL, _APERTURE_PRIORITY = 1, 3  # of V4L2_CID_EXPOSURE_AUTO; no webcam has an adjustable aperture


@dataclass(frozen=True)
class ControlSetting:
    """A control and its desired value. `required`: also warn if the camera lacks the control."""

    name: str
    control_id: int
    value: int
    required: bool = True


def controls_before_warmup(settings: WebcamSettings) -> list[ControlSetting]:
    """Return the controls that decide how the camera settles."""
    controls = [ControlSetting("exposure_priority", v4l2.EXPOSURE_PRIORITY, 0, required=False)]
    if settings.power_line:
        controls.append(ControlSetting("power_line", v4l2.POWER_LINE, 1 if settings.power_line == 50 else 2))
    if settings.exposure:
        controls.append(ControlSetting("manual_exposure", v4l2.EXPOSURE_AUTO, _MANUAL))
        controls.append(ControlSetting("exposure", v4l2.EXPOSURE, settings.exposure))
    else:
        controls.append(ControlSetting("automatic_exposure", v4l2.EXPOSURE_AUTO, _APERTURE_PRIORITY, required=False))
    if settings.gain >= 0:
        controls.append(ControlSetting("gain", v4l2.GAIN, settings.gain))
    controls.append(
        ControlSetting("automatic_white_balance", v4l2.AUTO_WHITE_BALANCE, int(not settings.white_balance), False)
    )
    if settings.white_balance:
        controls.append(ControlSetting("white_balance", v4l2.WHITE_BALANCE, settings.white_balance))
    controls.append(ControlSetting("autofocus", v4l2.FOCUS_AUTO, int(settings.focus < 0), required=False))
    if settings.focus >= 0:
        controls.append(ControlSetting("focus", v4l2.FOCUS, settings.focus))
    return controls


def controls_after_warmup(settings: WebcamSettings) -> list[ControlSetting]:
    """Lock the automatic values: colour and focus must not hunt while somebody is photographed."""
    controls = []
    if not settings.white_balance:
        controls.append(ControlSetting("held_white_balance", v4l2.AUTO_WHITE_BALANCE, 0))
    if settings.focus < 0:
        controls.append(ControlSetting("held_focus", v4l2.FOCUS_AUTO, 0, required=False))  # a fixed lens cannot hunt
    return controls


def set_controls(node: VideoNode, controls: list[ControlSetting]) -> list[str]:
    """Set the controls, each to the desired or the nearest possible value; return the names of those that were
    rejected."""
    return [control.name for control in controls if not _set_control(node, control)]


def _set_control(node: VideoNode, control: ControlSetting) -> bool:
    limits = node.control_range(control.control_id)
    if limits is None:
        return not control.required
    value = limits.nearest(control.value)
    accepted = node.set_control(control.control_id, value)
    clamped = not limits.minimum <= control.value <= limits.maximum
    if clamped or not accepted:
        actual = node.control_value(control.control_id)
        log.warning("The webcam was set to %s = %d and has %s.", control.name, control.value, actual)
    return accepted and not clamped
