"""Photo standards: what a portrait must be, read from config/standards/*.toml, every number with its source."""

from __future__ import annotations

import json
import math
import tomllib
from datetime import date
from enum import StrEnum
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from config.problem import Problem

STANDARDS: Final = Path(__file__).parent / "standards"
Colour = Annotated[tuple[int, int, int], Field(description="sRGB, 0-255")]


class Stage(StrEnum):
    """Where a rule is asked: of a live frame, of a shot, of the finished portrait; or of a person, who looks."""

    LIVE = "live"
    SHOT = "shot"
    PORTRAIT = "portrait"
    PERSON = "person"


class Operation(StrEnum):
    """What the engine can do to the pixels of a shot. What is not listed here cannot be allowed either.

    Turning a picture upright as the camera noted it (EXIF) is reading the file, not ROTATE.
    """

    CROP = "crop"
    SCALE = "scale"
    ROTATE = "rotate"
    BACKGROUND = "background"
    COLOUR_MANAGEMENT = "colour_management"
    ENCODE = "encode"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Strict):
    """One rule: the band that a measure must lie in (bounds included), and why.

    `aim` is where in the band a crop brings the measure if it can choose. `margin` is the error of the measure: a value
    nearer than that to a bound is "unsure". `basis` says how the number was chosen where the source gives only a
    sentence; `certain` is whether the number itself is the source's.

    A rule that no measure decides is asked `by` a person, at Stage.PERSON: it has no measure and no band, and what to
    look for is said by the word key `rule.<name>.question`.
    """

    by: Literal["machine", "person"] = "machine"
    measure: str = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    aim: float | None = None
    margin: float = 0.0
    stages: tuple[Stage, ...]
    quote: str = Field(min_length=1)
    source: str = Field(min_length=1)
    retrieved: date
    certain: bool
    basis: str = ""

    @model_validator(mode="after")
    def _asked(self) -> Rule:
        persons = self.by == "person"
        if persons != (self.stages == (Stage.PERSON,)):
            raise ValueError('a rule asked by a person has stages = ["person"], and no other rule has')
        if persons == bool(self.measure):
            raise ValueError("a rule asked by a person has no measure, every other rule has one")
        return self

    @model_validator(mode="after")
    def _band(self) -> Rule:
        if self.by == "person":
            return self
        if self.low is None and self.high is None:
            raise ValueError("a rule needs low, high or both")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low ({self.low:g}) stands above high ({self.high:g})")
        if self.aim is not None and not (_least(self.low) <= self.aim <= _most(self.high)):
            raise ValueError(f"aim ({self.aim:g}) lies outside low and high")
        if not self.certain and not self.basis:
            raise ValueError("a number that is not the source's own needs a basis")
        return self


def _least(low: float | None) -> float:
    return -math.inf if low is None else low


def _most(high: float | None) -> float:
    return math.inf if high is None else high


class Output(_Strict):
    """The file to be made: pixels, dots per inch, bytes (inclusive), least JPEG quality, and the colour behind."""

    width: int
    height: int
    dpi: int
    quality_low: int
    bytes_low: int
    bytes_high: int
    backgrounds: dict[str, Colour]
    background: str

    @model_validator(mode="after")
    def _named(self) -> Output:
        if self.background not in self.backgrounds:
            raise ValueError(f"background {self.background!r} is not one of {', '.join(self.backgrounds)}")
        return self


class PhotoStandard(_Strict):
    """A photo standard: its output file, what may be done to the pixels, and its rules by name."""

    name: str
    title: str
    version: str
    allowed: tuple[Operation, ...]
    output: Output
    rules: dict[str, Rule]

    def asked(self, stage: Stage) -> dict[str, Rule]:
        """The rules asked at `stage`, in the order of the file."""
        return {name: rule for name, rule in self.rules.items() if stage in rule.stages}

    def permits(self, operation: Operation) -> bool:
        """Whether this may be done to the pixels."""
        return operation in self.allowed

    def require(self, operation: Operation) -> None:
        """To be called before the pixels are touched. Raises Problem where the standard does not allow it."""
        if not self.permits(operation):
            raise Problem(
                "problem.standard.forbidden",
                standard=self.name,
                operation=operation.value,
                allowed=", ".join(self.allowed),
            )

    @property
    def sha256(self) -> str:
        """The hash of all that the standard says, its chosen background included; comments and layout do not count."""
        content = self.model_dump(mode="json", exclude_defaults=True)
        return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def with_background(self, name: str) -> PhotoStandard:
        """The same standard with another of its own background colours."""
        if name not in self.output.backgrounds:
            raise Problem(
                "problem.standard.background",
                name=name,
                standard=self.name,
                known=", ".join(self.output.backgrounds),
            )
        return self.model_copy(update={"output": self.output.model_copy(update={"background": name})})


@cache
def standard(name: str) -> PhotoStandard:
    """The standard of that name among the ones shipped. Raises Problem where there is none or it is wrong."""
    path = STANDARDS / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in STANDARDS.glob("*.toml")))
        raise Problem("problem.standard.unknown", name=name, known=known)
    return read_standard(path)


def read_standard(path: Path) -> PhotoStandard:
    """Reads one standard file. Raises Problem naming the file and the key that is wrong."""
    try:
        return PhotoStandard.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem("problem.standard.unreadable", file=path.name, why=str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise Problem("problem.standard.wrong", file=path.name, key=key or "-", why=first["msg"]) from error
