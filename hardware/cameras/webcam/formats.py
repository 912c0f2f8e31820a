"""Choose the stream size to request, and the order of attempts if the camera does not deliver what it lists."""

from __future__ import annotations

from typing import Final

from hardware.cameras.webcam.settings import WebcamSettings
from hardware.cameras.webcam.v4l2 import Mode

_MAX_CANDIDATES: Final = 4  # each attempt reopens the device


def candidate_modes(modes: list[Mode], settings: WebcamSettings) -> list[Mode]:
    """Return the desired size first, if the camera lists it as fast enough or lists nothing, then smaller ones.

    Sizes that are fast enough come before slow ones: a live view with a delay misleads the sitter, and the standard's
    portrait needs fewer pixels than the largest stream has. A camera that does not list rates is assumed to be fast.
    """
    preferred = Mode(settings.width, settings.height, float(settings.frames_per_second))
    if not modes:
        return [preferred]
    fitting = [mode for mode in modes if mode.width <= preferred.width and mode.height <= preferred.height]
    fitting = fitting or [min(modes, key=lambda mode: mode.width * mode.height)]
    ordered = sorted(fitting, key=lambda mode: (not _is_fast_enough(mode, settings), -mode.width * mode.height))
    return ordered[:_MAX_CANDIDATES]


def is_honoured(mode: Mode, size: tuple[int, int], rate: float, settings: WebcamSettings) -> bool:
    """Return whether the mode that was read back is the requested one, and fast enough."""
    return size == (mode.width, mode.height) and rate >= min(settings.min_fps, mode.rate or settings.min_fps)


def _is_fast_enough(mode: Mode, settings: WebcamSettings) -> bool:
    return not mode.rate or mode.rate >= settings.min_fps
