"""The output file of a photo standard."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from config.standards.base import Integer, NonEmptyText, StrictModel, invalid_standard

Level = Annotated[int, Field(strict=True, ge=0, le=255)]
Colour = Annotated[tuple[Level, Level, Level], Field(description="sRGB, 0-255")]


class Output(StrictModel):
    """The output file: pixels, dots per inch, bytes (inclusive), minimum JPEG quality, and the background colours."""

    width: Annotated[Integer, Field(ge=1, le=8000)]
    height: Annotated[Integer, Field(ge=1, le=8000)]
    dpi: Annotated[Integer, Field(ge=1, le=2400)]
    min_quality: Annotated[Integer, Field(ge=1, le=100)]
    min_bytes: Annotated[Integer, Field(ge=0)]
    max_bytes: Annotated[Integer, Field(ge=1)]
    backgrounds: Annotated[dict[NonEmptyText, Colour], Field(min_length=1)]
    background: NonEmptyText

    @property
    def background_colour(self) -> Colour:
        return self.backgrounds[self.background]

    @model_validator(mode="after")
    def _validate(self) -> Output:
        if self.min_bytes > self.max_bytes:
            raise invalid_standard("min_above_max", "min_bytes", low=self.min_bytes, high=self.max_bytes)
        if self.background not in self.backgrounds:
            known = ", ".join(self.backgrounds)
            raise invalid_standard("unknown_background", "background", given=self.background, known=known)
        return self
