"""The request of the page to a worker process, and its result. Imports none of the engine's libraries."""

from __future__ import annotations

from dataclasses import dataclass

from config.errors import Problem
from kiosk.tools.photo.job import BatchOptions, Job
from kiosk.tools.photo.page_server.photo import CropRequest, FinishedPortrait


@dataclass(frozen=True)
class PortraitRequest:
    """`job` by the standard of `options`, with the crop that a person chose, or with that of the rules."""

    options: BatchOptions
    job: Job
    chosen: CropRequest | None = None


@dataclass(frozen=True)
class PortraitAnswer:
    """The portrait, or the problem that prevented it. `notice`: the reason why the chosen crop was not used."""

    portrait: FinishedPortrait | None = None
    problem: Problem | None = None
    notice: Problem | None = None
