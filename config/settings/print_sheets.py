"""Sheets of photos and labels, from print_sheets.toml: checked when they are read, drawn by server.printing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, RootModel, model_validator

from config.i18n import LANGUAGES
from config.settings.loader import StrictModel, read_settings

DEFAULTS: Final = Path(__file__).with_suffix(".toml")
MAX_PAPER_MM: Final = 1300  # nobody prints on longer paper than A0
_TOLERANCE_MM: Final = 1e-6
Length = Annotated[float, Field(gt=0, le=MAX_PAPER_MM, allow_inf_nan=False)]
Distance = Annotated[float, Field(ge=0, le=MAX_PAPER_MM, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=100, strict=True)]


class Cell(StrictModel):
    """The place of one photo or label: its upper left corner and size, without the caption, in mm."""

    x: float
    y: float
    width: float
    height: float


class SheetLayout(StrictModel):
    """One sheet; lengths in mm. See the comments in print_sheets.toml."""

    kind: Literal["student", "class", "labels"]
    title: dict[str, Annotated[str, Field(min_length=1, max_length=80)]]
    """By language."""
    paper: tuple[Length, Length]
    photo: tuple[Length, Length]
    columns: Count
    rows: Count
    gap: tuple[Distance, Distance]
    margin: Distance
    caption: Distance
    rotated: bool
    cutting_lines: bool

    @model_validator(mode="after")
    def _check_fit(self) -> SheetLayout:
        if not set(LANGUAGES) <= self.title.keys():
            raise ValueError(f"title needs {', '.join(LANGUAGES)}")
        if self.kind != "labels" and not self.caption:
            raise ValueError("photos need a caption: it names the student and marks a reprint")
        for name, needed, paper in zip(("wide", "high"), self.used, self.paper, strict=True):
            if needed + 2 * self.margin > paper + _TOLERANCE_MM:
                raise ValueError(
                    f"it does not fit: {needed + 2 * self.margin:g} mm {name} with margins, on {paper:g} mm of paper"
                )
        return self

    @property
    def cell(self) -> tuple[float, float]:
        """Width and height of a photo as it is printed on the paper."""
        return (self.photo[1], self.photo[0]) if self.rotated else self.photo

    @property
    def used(self) -> tuple[float, float]:
        """Width and height of everything between the margins."""
        width, height = self.cell
        across = self.columns * width + (self.columns - 1) * self.gap[0]
        down = self.rows * (height + self.caption) + (self.rows - 1) * self.gap[1]
        return across, down

    @property
    def places(self) -> int:
        return self.columns * self.rows

    def cells(self) -> Iterator[Cell]:
        """Yield every place, row by row; all of them together are centred on the paper."""
        width, height = self.cell
        left, top = ((paper - used) / 2 for paper, used in zip(self.paper, self.used, strict=True))
        for row in range(self.rows):
            for column in range(self.columns):
                x = left + column * (width + self.gap[0])
                y = top + row * (height + self.caption + self.gap[1])
                yield Cell(x=x, y=y, width=width, height=height)


class _Sheets(RootModel[dict[str, SheetLayout]]):
    """Every sheet by its name."""


def sheet_layouts(custom_file: str = "") -> dict[str, SheetLayout]:
    """Return the sheets by name, with those of the school's own file. Raises Problem with the file, the sheet and what
    does not fit."""
    return dict(read_settings(_Sheets, DEFAULTS, Path(custom_file) if custom_file else None).root)
