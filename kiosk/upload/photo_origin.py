"""Data about the photo of a remote student besides its pixels: how it was taken, and what its file contains.

Nothing here proves anything, because the student controls the page and the file. It helps a reviewer to decide.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from kiosk.upload.wire_types import MAX_VERDICTS, Key, Number

MAX_AGENT_LENGTH: Final = 300
MAX_SIGNS: Final = 20
Side = Annotated[int, Field(ge=0, le=100_000)]
Text = Annotated[str, StringConstraints(max_length=MAX_AGENT_LENGTH)]
Source = Literal["stream", "camera_app", "album"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class DeviceReport(_Part):
    """The report of the browser. `facing` is the direction of its camera; width and height are those of the photo, in
    pixels; `browser_verdicts` are the outcomes of the live guidance by rule."""

    source: Source
    facing: Literal["environment", "user", ""] = ""
    width: Side = 0
    height: Side = 0
    user_agent: Text = ""
    browser_verdicts: dict[Key, Literal["pass", "fail", "unsure", "not_measured"]] = Field(
        default={}, max_length=MAX_VERDICTS
    )


class FileReport(_Part):
    """The data in the file: its type and size in pixels, EXIF, and the tables of a JPEG. `taken` is EXIF's local time,
    "2026-05-01 09:30:00". GPS positions are never read. `quality` is libjpeg's factor nearest to the tables."""

    kind: Key = ""
    width: Side = 0
    height: Side = 0
    camera: Key = ""
    lens: Key = ""
    taken: Key = ""
    software: tuple[Key, ...] = Field(default=(), max_length=MAX_SIGNS)
    focal_length_35mm: Number = None
    quality: int | None = None
    camera_tables: bool | None = None
    progressive: bool | None = None


class SuspicionReport(_Part):
    """kiosk.capture.retouch.beauty_filter.Suspicion on the wire."""

    score: Number = None
    level: Key = "none"
    evidence: tuple[tuple[Key, Key], ...] = Field(default=(), max_length=MAX_SIGNS)
    unable: tuple[Key, ...] = Field(default=(), max_length=MAX_SIGNS)


class PhotoOrigin(_Part):
    """`distance_m` is estimated from the width of the face, None if the focal length is unknown; `signs` are message
    ids `origin.<sign>` for the reviewer."""

    device: DeviceReport
    file: FileReport = FileReport()
    suspicion: SuspicionReport | None = None
    distance_m: Number = None
    signs: tuple[Key, ...] = Field(default=(), max_length=MAX_SIGNS)
