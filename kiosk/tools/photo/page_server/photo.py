"""One photo on the page: where it is stored, what was requested, and its portrait or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from config.errors import Problem
from config.standards.registry import PhotoStandard
from kiosk.capture.cropping.solver import Crop, Head
from kiosk.guidance.verdict import Verdict
from kiosk.tools.photo.shots import Shot, natural_order


class PhotoState(StrEnum):
    WAITING = "waiting"
    MAKING = "making"
    MADE = "made"
    REFUSED = "refused"


@dataclass(frozen=True)
class FinishedPortrait:
    """A portrait in the work folder. `path`: below its folder of portraits. `verdicts`: one for every rule of the
    standard. `head`: as measured on the portrait, in pixels of the decoded shot, whose size is `picture`; None if it
    was not found. `adjusted`: a person chose the crop."""

    path: PurePath
    sha256: str
    verdicts: tuple[Verdict, ...]
    crop: Crop
    picture: tuple[int, int]
    head: Head | None
    adjusted: bool


@dataclass(frozen=True)
class CropRequest:
    """A crop that a person chose on `portrait`."""

    crop: Crop
    portrait: FinishedPortrait


@dataclass(frozen=True)
class PagePhoto:
    """`name`: the path below the folder that was dropped. `request` is the number of the latest request, so that the
    result of an earlier request is recognized. `notice`: the reason why a requested crop was not used. `version`: see
    Collection."""

    id: str
    name: PurePosixPath
    file: Path
    sha256: str
    state: PhotoState = PhotoState.WAITING
    request: int = 1
    has_preview: bool = False
    chosen: CropRequest | None = None
    portrait: FinishedPortrait | None = None
    problem: Problem | None = None
    notice: Problem | None = None
    version: int = 0

    @property
    def shot(self) -> Shot:
        """The shot under its original name, by which its portrait is named as in `make`; the file is elsewhere."""
        return Shot(Path(self.name.name), self.name.parent)

    @property
    def portrait_path(self) -> PurePath:
        """The path of the portrait of this request. Each request has its own path, because an earlier one may still
        run."""
        return PurePath(f"{self.id}-{self.request}.jpg")


@dataclass(frozen=True)
class PageSettings:
    """The choices for all portraits of the page."""

    standard: PhotoStandard
    use_network: bool = False


def walking_order(name: PurePosixPath) -> tuple[Any, ...]:
    """Return a key that sorts paths in the order in which `make --recursive` finds them: the files of a folder, then
    its folders, both in natural order."""
    *folders, file = name.parts
    return (*((1, natural_order(folder)) for folder in folders), (0, natural_order(file)))
