"""Exposure, colour, focus and the lamps' flicker: asked for by what the camera can do, and read back."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from hardware.cameras.webcam import v4l2
from hardware.cameras.webcam.settings import WebcamSettings
from hardware.cameras.webcam.v4l2 import VideoNode

log = logging.getLogger("camera")

_MANUAL, _APERTURE_PRIORITY = 1, 3  # of V4L2_CID_EXPOSURE_AUTO; no webcam has an aperture to turn


@dataclass(frozen=True)
class Wish:
    """A control and the value it should have. `needed`: that a camera lacks it altogether is worth a word too."""

    name: str
    control: int
    value: int
    needed: bool = True


def before_settling(settings: WebcamSettings) -> list[Wish]:
    """What decides how the camera settles."""
    wishes = [Wish("exposure_priority", v4l2.EXPOSURE_PRIORITY, 0, needed=False)]
    if settings.power_line:
        wishes.append(Wish("power_line", v4l2.POWER_LINE, 1 if settings.power_line == 50 else 2))
    if settings.exposure:
        wishes.append(Wish("manual_exposure", v4l2.EXPOSURE_AUTO, _MANUAL))
        wishes.append(Wish("exposure", v4l2.EXPOSURE, settings.exposure))
    else:
        wishes.append(Wish("automatic_exposure", v4l2.EXPOSURE_AUTO, _APERTURE_PRIORITY, needed=False))
    if settings.gain >= 0:
        wishes.append(Wish("gain", v4l2.GAIN, settings.gain))
    wishes.append(Wish("automatic_white_balance", v4l2.AUTO_WHITE_BALANCE, int(not settings.white_balance), False))
    if settings.white_balance:
        wishes.append(Wish("white_balance", v4l2.WHITE_BALANCE, settings.white_balance))
    wishes.append(Wish("autofocus", v4l2.FOCUS_AUTO, int(settings.focus < 0), needed=False))
    if settings.focus >= 0:
        wishes.append(Wish("focus", v4l2.FOCUS, settings.focus))
    return wishes


def once_settled(settings: WebcamSettings) -> list[Wish]:
    """What the camera found by itself is held: colour and focus shall not hunt while somebody is photographed."""
    held = []
    if not settings.white_balance:
        held.append(Wish("held_white_balance", v4l2.AUTO_WHITE_BALANCE, 0))
    if settings.focus < 0:
        held.append(Wish("held_focus", v4l2.FOCUS_AUTO, 0, needed=False))  # a fixed lens cannot hunt
    return held


def turn(node: VideoNode, wishes: list[Wish]) -> list[str]:
    """Turns the controls, each to its wish or to the nearest value that there is; the names of those refused."""
    return [wish.name for wish in wishes if not _turned(node, wish)]


def _turned(node: VideoNode, wish: Wish) -> bool:
    limits = node.range_of(wish.control)
    if limits is None:
        return not wish.needed
    value = limits.nearest(wish.value)
    kept = node.turn(wish.control, value)
    clamped = not limits.lowest <= wish.value <= limits.highest
    if clamped or not kept:
        now = node.value_of(wish.control)
        log.warning("The webcam was asked for %s = %d and has %s.", wish.name, wish.value, now)
    return kept and not clamped
