"""What the page requests of a worker process, and its answer. Imports none of the engine's libraries."""

from __future__ import annotations

from dataclasses import dataclass

from config.errors import Problem
from kiosk.tools.photo.job import BatchOptions, Job
from kiosk.tools.photo.page_server.photo import CropRequest, FinishedPortrait


@dataclass(frozen=True)
class PortraitRequest:
    """`job` by the standard of `options`, with a crop that a person chose or the one of the rules."""

    options: BatchOptions
    job: Job
    chosen: CropRequest | None = None


@dataclass(frozen=True)
class PortraitAnswer:
    """The portrait, or why there is none. `notice`: why the chosen crop was not used."""

    portrait: FinishedPortrait | None = None
    problem: Problem | None = None
    notice: Problem | None = None
