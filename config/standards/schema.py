"""What a photo standard is: the file to be made, what may be done to the pixels, and its rules with their sources."""

from __future__ import annotations

import json
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from config.errors import Problem
from config.renamed_keys import PHOTO_STANDARD, rename_keys
from config.standards.validation import check_consistency, check_messages, check_output, check_rule

_FIRST_RELEASE_KEYS: Final = {new: old for old, new in PHOTO_STANDARD.items()}
NAME_PATTERN: Final = r"^\w[\w-]{0,39}$"
NonEmptyText = Annotated[str, Field(strict=True, min_length=1)]
Integer = Annotated[int, Field(strict=True)]
FiniteFloat = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Level = Annotated[int, Field(strict=True, ge=0, le=255)]
Colour = Annotated[tuple[Level, Level, Level], Field(description="sRGB, 0-255")]


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


class _StrictModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_StrictModel):
    """One rule: the band from `min` to `max` that a metric must lie in (bounds included), and the reason.

    A crop that can choose brings the metric to `target`. `tolerance` is the error of the metric: a value nearer than
    that to a bound is "unsure". `verbatim`: the source states the number itself; elsewhere `rationale` gives the reason
    for the number.

    A rule that no metric decides is answered `by` a person, at Stage.PERSON: it has no metric and no band, and the
    catalogue has its question under `rule.<name>.question`.

    A rule that is only `advice` never fails: where its metric is out of the band the verdict is "unsure".
    """

    by: Literal["machine", "person"] = "machine"
    metric: Annotated[str, Field(strict=True)] = ""
    unit: Annotated[str, Field(strict=True)] = ""
    min: FiniteFloat | None = None
    max: FiniteFloat | None = None
    target: FiniteFloat | None = None
    tolerance: Annotated[FiniteFloat, Field(ge=0)] = 0.0
    advice: Annotated[bool, Field(strict=True)] = False
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    quote: NonEmptyText
    source: NonEmptyText
    retrieved: Annotated[date, Field(strict=True)]
    verbatim: Annotated[bool, Field(strict=True)]
    rationale: Annotated[str, Field(strict=True)] = ""

    @model_validator(mode="after")
    def _validate(self) -> Rule:
        check_rule(self)
        return self

    @property
    def bounds(self) -> dict[str, float | None]:
        """The bounds by the side on which a value is out, "low" or "high", as verdicts and catalogues name it."""
        return {"low": self.min, "high": self.max}


class Output(_StrictModel):
    """The file to be made: pixels, dots per inch, bytes (inclusive), least JPEG quality, and the colour behind."""

    width: Annotated[Integer, Field(ge=1, le=8000)]
    height: Annotated[Integer, Field(ge=1, le=8000)]
    dpi: Annotated[Integer, Field(ge=1, le=2400)]
    min_quality: Annotated[Integer, Field(ge=1, le=100)]
    min_bytes: Annotated[Integer, Field(ge=0)]
    max_bytes: Annotated[Integer, Field(ge=1)]
    backgrounds: Annotated[dict[NonEmptyText, Colour], Field(min_length=1)]
    background: NonEmptyText

    @model_validator(mode="after")
    def _validate(self) -> Output:
        check_output(self)
        return self


class PhotoStandard(_StrictModel):
    """A photo standard: its output file, what may be done to the pixels, and its rules by name.

    `extends` names the standard that it took over what it does not say itself, `exclude` the rules it left out.
    """

    name: Annotated[str, Field(strict=True, pattern=NAME_PATTERN)]
    title: NonEmptyText
    version: NonEmptyText
    extends: Annotated[str, Field(strict=True)] = ""
    exclude: tuple[NonEmptyText, ...] = ()
    allowed: tuple[Operation, ...]
    output: Output
    rules: Annotated[dict[str, Rule], Field(min_length=1)]

    @model_validator(mode="after")
    def _validate(self) -> PhotoStandard:
        check_messages(self)
        check_consistency(self)
        return self

    def rules_for(self, stage: Stage) -> dict[str, Rule]:
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
                allowed=", ".join(self.allowed) or "-",
            )

    @property
    def sha256(self) -> str:
        """The hash of the whole content, its chosen background included; comments and layout do not count.

        It is taken under the keys of the first release: recipes hold it, and new keys alone make no other standard.
        """
        content = rename_keys(self.content(), _FIRST_RELEASE_KEYS)
        return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def content(self) -> dict[str, Any]:
        """Everything that is said in it, in plain JSON types."""
        return self.model_dump(mode="json", exclude_defaults=True)

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
