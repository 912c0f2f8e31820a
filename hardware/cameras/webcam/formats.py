"""Which size of the stream to ask for, and in which order to try when the camera does not keep to what it says."""

from __future__ import annotations

from typing import Final

from hardware.cameras.webcam.settings import WebcamSettings
from hardware.cameras.webcam.v4l2 import Mode

_MAX_CANDIDATES: Final = 4  # each costs a reopening of the device


def candidate_modes(modes: list[Mode], settings: WebcamSettings) -> list[Mode]:
    """The wished size first if the camera has it fast enough or lists nothing, then the next smaller ones.

    Sizes that are fast enough come before slow ones: a mirror that lags misleads the sitter, and the standard's
    portrait needs fewer pixels than the largest stream has. A camera that does not say its rates is believed.
    """
    preferred = Mode(settings.width, settings.height, float(settings.frames_per_second))
    if not modes:
        return [preferred]
    inside = [mode for mode in modes if mode.width <= preferred.width and mode.height <= preferred.height]
    inside = inside or [min(modes, key=lambda mode: mode.width * mode.height)]
    ordered = sorted(inside, key=lambda mode: (not _is_fast_enough(mode, settings), -mode.width * mode.height))
    return ordered[:_MAX_CANDIDATES]


def is_honoured(mode: Mode, size: tuple[int, int], rate: float, settings: WebcamSettings) -> bool:
    """Whether what was read back is the mode that was asked for, and no slower than it has to be."""
    return size == (mode.width, mode.height) and rate >= min(settings.min_fps, mode.rate or settings.min_fps)


def _is_fast_enough(mode: Mode, settings: WebcamSettings) -> bool:
    return not mode.rate or mode.rate >= settings.min_fps
